import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeGit } from '../../src/change/git.ts';
import { Service } from '../../src/config/schema.ts';
import type { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { holdMerge, mergeRequest } from '../../src/workers/hold-merge.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { makeRunRow } from '../support/run-row.ts';

const signal = new AbortController().signal;
const log = makeLogger({ level: 'silent', name: 'test' });

let repo: TestRepo;
let head: Sha;

beforeEach(() => {
  repo = makeTestRepo('hold-merge');
  repo.commit({ files: { 'a.txt': 'one\n' } });
  repo.push('HEAD:refs/heads/main');
  repo.git('checkout', '--quiet', '-b', 'change');
  head = repo.commit({ files: { 'b.txt': 'two\n' } });
  repo.push('HEAD:refs/heads/change');
});
afterEach(() => repo.remove());

function machine(name: string) {
  return makeGit({
    mirrorsDir: join(repo.root, name, 'mirrors'),
    artifactsDir: join(repo.root, name, 'artifacts'),
    log,
  });
}

function entered() {
  const service = Service.parse({
    repository: repo.origin,
    repo: 'acme/shop',
    delivery: { kind: 'local', command: ['node', 'server.js'] },
  });
  const run = makeRunRow({ head_sha: head });
  return { run, service: { ...service, name: 'shop', limits: {} as never } };
}

it('makes the very same merge again on another machine, though the target has moved since', async () => {
  const before = entered();
  const made = await machine('one').resolve(mergeRequest(before), signal);
  if (made.kind !== 'resolved') throw new Error(made.detail);
  repo.git('checkout', '--quiet', '-B', 'main', made.target_sha);
  repo.commit({ files: { 'c.txt': 'three\n' } });
  repo.push('HEAD:refs/heads/main');

  const run = { ...before.run, target_sha: made.target_sha, merge_sha: made.merge_sha };
  const other = machine('two');
  expect(await other.holds(repo.origin, made.merge_sha, signal)).toBe(false);
  expect(await holdMerge(other, { ...before, run }, signal)).toBe(made.merge_sha);
  expect((await other.materialise(repo.origin, made.merge_sha, signal)).digest).toBe(made.artifact);
});

it('refuses when what it makes is another commit than the recorded one', async () => {
  const before = entered();
  const made = await machine('one').resolve(mergeRequest(before), signal);
  if (made.kind !== 'resolved') throw new Error(made.detail);
  const run = { ...before.run, target_sha: made.target_sha, merge_sha: 'd'.repeat(40) };
  await expect(holdMerge(machine('two'), { ...before, run }, signal)).rejects.toThrow(/MERGE_DIFFERS/);
});

it('says so when the run has no merge yet', async () => {
  await expect(holdMerge(machine('one'), entered(), signal)).rejects.toThrow(/NO_MERGE/);
});
