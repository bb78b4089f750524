import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChangeRepository } from '../../src/change/change.ts';
import { collectMirror } from '../../src/change/collect-mirror.ts';
import { collectMirrors } from '../../src/change/collect-mirrors.ts';
import { makeGit } from '../../src/change/git.ts';
import { makeOpenMirror, mirrorPath, type OpenMirror } from '../../src/change/mirror.ts';
import { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';

const DAY_MS = 24 * 3_600_000;
const at = new Date('2026-11-23T10:00:00Z');
const { signal } = new AbortController();
const log = makeLogger({ level: 'silent', name: 'test' });

let repo: TestRepo;
let git: ChangeRepository;
let mirrorsDir: string;
let openMirror: OpenMirror;
let gitDir: string;

beforeEach(() => {
  repo = makeTestRepo('mirrors');
  mirrorsDir = join(repo.root, 'mirrors');
  git = makeGit({ mirrorsDir, artifactsDir: join(repo.root, 'artifacts'), log });
  openMirror = makeOpenMirror({ mirrorsDir, log, environment: {} });
  gitDir = mirrorPath(mirrorsDir, repo.origin);
});
afterEach(() => repo.remove());

/** A pull request on top of main, resolved, so that the mirror keeps its head, its target and its merge. */
async function resolved(name: string) {
  repo.git('switch', '--quiet', '-c', name, 'main');
  const head = repo.commit({ files: { [`${name}.txt`]: `${name}\n` } });
  repo.push(name);
  const request = { repository: repo.origin, targetBranch: 'main', headSha: head, prNumber: 7, at };
  const answer = await git.resolve(request, signal);
  if (answer.kind !== 'resolved') throw new Error(`not resolved: ${answer.reason} ${answer.detail}`);
  return answer;
}

function startMain(): Sha {
  const tip = repo.commit({ files: { 'a.txt': 'one\n' }, message: 'start' });
  repo.push('main');
  return tip;
}

/** As if everything in the mirror had been written long ago: what is young is spared. */
function age(): void {
  execFileSync('find', [join(gitDir, 'objects'), '-type', 'f', '-exec', 'touch', '-d', '2026-01-01', '{}', '+']);
}

function holds(sha: string): boolean {
  try {
    execFileSync('git', ['--git-dir', gitDir, 'cat-file', '-e', sha], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A day's collection: the stamp of the one before counts from the real clock. */
async function collect(day: number, needed: readonly Sha[]) {
  age();
  return collectMirror(await openMirror(repo.origin, signal), new Set(needed), Date.now() + day * DAY_MS, signal);
}

test('lets go of what no run names, and removes it a day later, with every object that only it reached', async () => {
  const target = startMain();
  const old = await resolved('old');
  const live = await resolved('live');
  const needed = [target, live.head_sha, live.merge_sha];

  expect(await collect(0, needed)).toEqual({ released: 2, kept: 0 });
  expect([holds(old.head_sha), holds(old.merge_sha)]).toEqual([true, true]);

  expect(await collect(1, needed)).toEqual({ released: 0, kept: 0 });
  expect([holds(old.head_sha), holds(old.merge_sha), holds(live.head_sha), holds(live.merge_sha)]).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(readdirSync(join(gitDir, 'objects', 'pack')).filter((name) => name.endsWith('.pack'))).toHaveLength(1);
});

test('a commit that a run took up again after its release is kept again before anything is removed', async () => {
  const target = startMain();
  const change = await resolved('late');
  expect(await collect(0, [target])).toMatchObject({ released: 2 });
  expect(await collect(1, [target, change.head_sha, change.merge_sha])).toEqual({ released: 0, kept: 2 });
  expect([holds(change.head_sha), holds(change.merge_sha)]).toEqual([true, true]);
});

test('a process that saw a commit here before it was removed fetches it again, and makes its merge again', async () => {
  const target = startMain();
  const change = await resolved('again');
  expect(await git.diff(repo.origin, target, change.head_sha, 10_000, signal)).toContain('+again');
  await collect(0, [target]);
  await collect(1, [target]);
  expect(holds(change.head_sha)).toBe(false);
  expect(await git.diff(repo.origin, target, change.head_sha, 10_000, signal)).toContain('+again');
  const request = { repository: repo.origin, targetBranch: 'main', headSha: change.head_sha, prNumber: 7, at };
  expect(await git.resolve(request, signal)).toEqual(change);
});

test('what a merge has written and nothing keeps yet is young, and stays', async () => {
  const target = startMain();
  await resolved('one');
  await collect(0, [target]);
  age();
  const hash = ['--git-dir', gitDir, 'hash-object', '-w', '--stdin'];
  const blob = execFileSync('git', hash, { input: 'of a merge that is being made' });
  const mirror = await openMirror(repo.origin, signal);
  await collectMirror(mirror, new Set([target]), Date.now() + DAY_MS, signal);
  expect(holds(blob.toString('utf8').trim())).toBe(true);
});

test('once a day, whoever asks: a second replica on the same directory finds it done', async () => {
  startMain();
  await resolved('one');
  const mirror = await openMirror(repo.origin, signal);
  const both = await Promise.all([0, 0].map(() => collectMirror(mirror, new Set(), Date.now(), signal)));
  expect(both.filter((done) => done !== null)).toEqual([{ released: 3, kept: 0 }]);
});

test('a mirror that borrows its objects lets go of commits whose objects the lender has removed, and packs nothing', async () => {
  const target = startMain();
  const change = await resolved('lent');
  const lender = join(repo.root, 'lender', 'objects');
  mkdirSync(join(repo.root, 'lender'));
  execFileSync('mv', [join(gitDir, 'objects'), lender]);
  mkdirSync(join(gitDir, 'objects', 'info'), { recursive: true });
  writeFileSync(join(gitDir, 'objects', 'info', 'alternates'), `${lender}\n`);
  const mirror = await openMirror(repo.origin, signal);
  const objects = [change.head_sha, change.merge_sha].map((sha) => join(lender, sha.slice(0, 2), sha.slice(2)));
  for (const path of objects) rmSync(path, { force: true });
  expect(await collectMirror(mirror, new Set([target]), Date.now(), signal)).toEqual({ released: 2, kept: 0 });
  expect(readdirSync(join(gitDir, 'objects'))).toEqual(['info']);
  expect(await mirror.isKept(change.head_sha, signal)).toBe(false);
});

test('the mirror of a repository that is not configured any more goes once nobody collected it for as long', async () => {
  startMain();
  await resolved('one');
  await openMirror(repo.origin, signal);
  const ask = { repositories: [], needed: new Set<Sha>(), unusedMs: 30 * DAY_MS, signal, log };
  const before = readdirSync(mirrorsDir);
  await collectMirrors({ mirrorsDir, openMirror }, { ...ask, now: Date.now() });
  expect(readdirSync(mirrorsDir)).toEqual(before);
  await collectMirrors({ mirrorsDir, openMirror }, { ...ask, now: Date.now() + 31 * DAY_MS });
  expect(readdirSync(mirrorsDir)).toEqual(['home']);
});

test('a damaged mirror is left as it is, and the next one is collected all the same', async () => {
  startMain();
  const change = await resolved('one');
  const other = makeTestRepo('mirrors-other');
  try {
    other.commit({ files: { 'b.txt': 'two\n' } });
    other.push('main');
    const otherDir = mirrorPath(mirrorsDir, other.origin);
    await openMirror(other.origin, signal);
    for (const dir of [gitDir, otherDir].sort().slice(0, 1)) {
      mkdirSync(join(dir, 'refs', 'slipway', 'keep'), { recursive: true });
      writeFileSync(join(dir, 'refs', 'slipway', 'keep', '1'.repeat(40)), `${'1'.repeat(40)}\n`);
    }
    const needed = new Set([change.head_sha, change.merge_sha]);
    const ask = { repositories: [repo.origin, other.origin], needed, now: Date.now(), unusedMs: DAY_MS, signal, log };
    await collectMirrors({ mirrorsDir, openMirror }, ask);
    const stamped = [gitDir, otherDir].sort().map((dir) => readdirSync(dir).includes('slipway-collected'));
    expect(stamped).toEqual([false, true]);
  } finally {
    other.remove();
  }
});
