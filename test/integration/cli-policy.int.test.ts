import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-policy-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function check(file: string, text: string, ...args: string[]) {
  const path = join(directory, file);
  writeFileSync(path, text);
  const argv = [join(packageRoot, 'bin/slipway.js'), 'policy', 'check', ...args, path];
  const env = { PATH: process.env['PATH'] ?? '' };
  return new Promise<{ out: string; err: string; exitCode: number }>((resolve) => {
    execFile(process.execPath, argv, { cwd: packageRoot, env }, (error, out, err) =>
      resolve({ out, err, exitCode: error === null ? 0 : Number(error.code) }),
    );
  });
}

const SERVICES = `services:
  ledger: {repository: /r, repo: a/ledger, tier: critical, delivery: {kind: local, command: [x]}}
`;

describe('slipway policy check', () => {
  it('says what holds for each service', async () => {
    const { out, exitCode } = await check('good.yaml', SERVICES, '--config');
    expect(out).toContain('ledger   critical  6.0 = 7.0 base, −1.0 tier critical');
    expect(out).toContain('rule      schema_changes_detected');
    expect(exitCode).toBe(0);
  });

  it('refuses to automate what a person decides', async () => {
    const { err, exitCode } = await check(
      'class.yaml',
      'change_classes:\n  schema_migration: {route: automated}\n',
      '--config',
    );
    expect(err).toMatch(/class\.yaml:2:29 change_classes\.schema_migration\.route: cannot be automated/);
    expect(exitCode).toBe(2);
  });

  it('refuses a rule that costs too much, with its place', async () => {
    const rule = 'risk_score >= 7 && paths.exists(a, paths.exists(b, a == b))';
    const text = `escalation:\n  auto_route_to_human:\n    - '${rule}'\n`;
    const { err, exitCode } = await check('rule.yaml', text, '--config');
    expect(err).toMatch(
      /rule\.yaml:3:7 escalation\.auto_route_to_human\.0: nests exists .*\(character \d+ of the rule\)/,
    );
    expect(exitCode).toBe(2);
  });

  it('checks the file that a repository keeps on its target branch', async () => {
    const good = await check('policy.yaml', 'thresholds: {risk_score_max: 4}\n', '--branch-policy');
    expect(good).toMatchObject({ out: 'ok: asks for thresholds\n', exitCode: 0 });
    const bad = await check('policy.yaml', 'threshold: {risk_score_max: 4}\n', '--branch-policy');
    expect(bad).toMatchObject({ exitCode: 2, err: expect.stringContaining('1:1 threshold: unknown key') });
  });
});
