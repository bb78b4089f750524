import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../src/audit/audit-log.ts';
import { Service } from '../../../src/config/schema.ts';
import { digestOf } from '../../../src/ids.ts';
import type { RunRecord } from '../../../src/runs/record.ts';
import type { SandboxResult } from '../../../src/sandbox/sandbox.ts';
import type { Run } from '../../../src/store/tables.ts';
import { runGeneratedTest } from '../../../src/workers/test-gen/run-generated-test.ts';
import { recorded } from '../../support/entries.ts';

const FILE = 'test/slipway_pr1_0.test.js';
const TAP = `TAP version 13\n# Subtest: adds\nok 1 - adds\n  ---\n  duration_ms: 1\n  ...\n1..1\n# tests 1\n# pass 1\n# fail 0\n`;

/** A record in memory: what is appended is what is found. */
function makeRecord(): RunRecord {
  const kept = new Map<string, Recorded>();
  const record: RunRecord = {
    find: (stage, step, event, n = 0) => Promise.resolve(kept.get(`${stage}/${step}/${event}/${n}`) ?? null),
    list: () => Promise.resolve([...kept.values()]),
    append({ stage, step, event, n = 0, payload }) {
      const entry = recorded(kept.size, { stage, event, n, payload: JSON.parse(JSON.stringify(payload)) });
      kept.set(`${stage}/${step}/${event}/${n}`, entry);
      return Promise.resolve({ ...entry, dup: false });
    },
    appendAll: (drafts) => Promise.all(drafts.map((draft) => record.append(draft))),
  };
  return record;
}

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
      record: makeRecord(),
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
    const { verdict, commands } = await run(true, [{}, {}]);
    expect(commands).toEqual([`collect ${FILE}`, `run ${FILE}`]);
    expect(verdict.verdict).toBe('green');
  });

  it('runs at once when it is switched off', async () => {
    const { commands } = await run(false, [{}]);
    expect(commands).toEqual([`run ${FILE}`]);
  });
});
