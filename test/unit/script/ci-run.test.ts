import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const CI_RUN = fileURLToPath(new URL('../../../.ci/run', import.meta.url));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-ci-'));
  await Promise.all(['.ci', 'script', 'bin'].map((name) => mkdir(join(root, name))));
  await cp(CI_RUN, join(root, '.ci/run'));
  await makeProgram('script/bootstrap', 'exit 0');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function makeProgram(path: string, body: string): Promise<void> {
  await writeFile(join(root, path), `#!/bin/sh\n${body}\n`);
  await chmod(join(root, path), 0o755);
}

function runCi(): Promise<{ code: number | null; lines: string[] }> {
  return new Promise((resolve) => {
    const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin` };
    const child = execFile(join(root, '.ci/run'), { env, cwd: '/' }, (_error, out) =>
      resolve({ code: child.exitCode, lines: out.trim().split('\n') }),
    );
  });
}

it('runs every step in order and counts them', async () => {
  await makeProgram('bin/npm', 'echo "npm $*"');
  const { code, lines } = await runCi();
  expect(code).toBe(0);
  expect(lines.filter((line) => line.startsWith('npm'))).toEqual([
    'npm run check',
    'npm test',
    'npm run test:browser',
    'npm run test:ops',
    'npm run test:delivery',
    'npm run demo',
    'npm run test:e2e',
    'npm run test:chaos -- --runs 16',
  ]);
  expect(lines.at(-1)).toBe('9 passed, 0 failed');
});

it('stops at the first failure and names the step', async () => {
  await makeProgram('bin/npm', 'echo "npm $*"; [ "$1" != test ]');
  const { code, lines } = await runCi();
  expect(code).toBe(1);
  expect(lines.filter((line) => line.startsWith('npm'))).toEqual(['npm run check', 'npm test']);
  expect(lines.at(-2)).toMatch(/^==> test FAILED with code 1 after \d+ s$/);
  expect(lines.at(-1)).toBe('2 passed, 1 failed');
});
