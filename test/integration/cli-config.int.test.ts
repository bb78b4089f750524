import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

async function check(...args: string[]): Promise<{ out: string; err: string; exitCode: number }> {
  const argv = [join(packageRoot, 'bin/slipway.js'), 'config', ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      argv,
      { cwd: packageRoot, env: { PATH: process.env['PATH'] ?? '' } },
      (error, out, err) => {
        resolve({ out, err, exitCode: error === null ? 0 : Number(error.code) });
      },
    );
  });
}

describe('slipway config check', () => {
  it('accepts the template of the source, with a warning and the policy’s hash', async () => {
    const { out, err, exitCode } = await check('check', '--config', 'examples/pipeline-config.yaml');
    expect(err).toContain('warning: orchestration.model: claude-sonnet-4-5');
    expect(out).toMatch(/^ok: 0 services, profile production\npolicy [0-9a-f]{64}\n$/);
    expect(exitCode).toBe(0);
  });

  it('lists every problem with file, line and column, and ends with 2', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
    const file = join(directory, 'bad.yaml');
    writeFileSync(file, 'thresholds:\n  risk_score_max: 11\nvalidatoin: {}\n');
    const { out, err, exitCode } = await check('check', '--config', file).finally(() =>
      rmSync(directory, { recursive: true }),
    );
    expect(err).toContain(`${file}:2:19 thresholds.risk_score_max: must be <=7\n`);
    expect(err).toContain(`${file}:3:1 validatoin: unknown key (did you mean "validation"?)\n`);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
  });
});
