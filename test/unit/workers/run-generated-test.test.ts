import { describe, expect, it } from 'vitest';
import { Service } from '../../../src/config/schema.ts';
import { digestOf } from '../../../src/ids.ts';
import type { SandboxResult } from '../../../src/sandbox/sandbox.ts';
import type { Run } from '../../../src/store/tables.ts';
import { runGeneratedTest } from '../../../src/workers/test-gen/run-generated-test.ts';
import { makeMemoryRecord } from '../../support/memory-record.ts';

const FILE = 'test/slipway_pr1_0.test.js';
const TAP = `TAP version 13\n# Subtest: adds\nok 1 - adds\n  ---\n  duration_ms: 1\n  ...\n1..1\n# tests 1\n# pass 1\n# fail 0\n`;

const RED: Partial<SandboxResult> = { exit_code: 1 };

async function run(collectFirst: boolean, answers: readonly Partial<SandboxResult>[]) {
  const commands: string[] = [];
  const service = Service.parse({
    repository: 'https://git.example.com/acme/shop.git',
    repo: 'acme/shop',
    delivery: { kind: 'local', command: ['node', 'server.js'] },
    tests: {
      command: ['run', '{file}'],
      collect_command: ['collect', '{file}'],
      directory: 'test',
      pattern: 'test/*.test.js',
      report: 'tap',
    },
  });
  const { tests } = service;
  if (tests === undefined) throw new Error('the service has tests');
  const sha = 'a'.repeat(40);
  const verdict = await runGeneratedTest(
    {
      kind: 'entered',
      run: { merge_sha: sha, target_sha: sha } as Run,
      record: makeMemoryRecord(),
      holding: (lease) => ({ lease, now: () => 0, confirm: async () => {} }),
      service: { ...service, name: 'shop', limits: {} as never },
    },
    'merge',
    {
      sandbox: {
        run(_receipt, { command }) {
          const answer = answers[commands.length];
          commands.push(command.join(' '));
          return Promise.resolve({
            end: 'exited',
            exit_code: 0,
            stdout: TAP,
            stderr: '',
            report: null,
            duration_ms: 1,
            ...answer,
          });
        },
      },
      repository: { materialise: () => Promise.resolve({ digest: digestOf('tree'), directory: '/tree' }) },
      tests,
      collectFirst,
      file: FILE,
      code: 'code',
      n: 0,
      signal: new AbortController().signal,
    },
  );
  return { verdict, commands };
}

describe('validation.fixture_validation', () => {
  it('loads a generated test before it runs it, and does not run what does not load', async () => {
    const { verdict, commands } = await run(true, [{ exit_code: 1, stderr: 'Cannot find module' }]);
    expect(commands).toEqual([`collect ${FILE}`]);
    expect(verdict).toMatchObject({ verdict: 'red', why: 'it does not load' });
    expect(verdict.output).toContain('Cannot find module');
  });

  it('runs what loads', async () => {
    const { verdict, commands } = await run(true, [{}, {}, RED]);
    expect(commands).toEqual([`collect ${FILE}`, `run ${FILE}`, `run ${FILE}`]);
    expect(verdict.verdict).toBe('green');
  });

  it('runs at once when it is switched off', async () => {
    const { commands } = await run(false, [{ exit_code: 1 }]);
    expect(commands).toEqual([`run ${FILE}`]);
  });
});

describe('a green run', () => {
  it('counts only when the same test with an end that has to fail is red', async () => {
    expect((await run(false, [{}, RED])).verdict).toMatchObject({ verdict: 'green', why: '1 passed' });
    expect((await run(false, [{}, {}])).verdict).toMatchObject({
      verdict: 'forged',
      why: 'a run that has to fail passed too',
    });
  });
});
