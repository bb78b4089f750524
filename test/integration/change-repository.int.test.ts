import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeRepository } from '../../src/change/change.ts';
import { fetchCommit } from '../../src/change/fetch-commit.ts';
import { makeGit } from '../../src/change/git.ts';
import { type Mirror, makeOpenMirror } from '../../src/change/mirror.ts';
import { pushTarget } from '../../src/change/push-target.ts';
import { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { RECEIPT } from '../contract/delivery-target.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';

const at = new Date('2026-11-23T10:00:00Z');
const signal = new AbortController().signal;
const log = makeLogger({ level: 'silent', name: 'test' });
const MISSING = Sha.parse('1'.repeat(40));

let repo: TestRepo;
let git: ChangeRepository;

beforeEach(() => {
  repo = makeTestRepo('change');
  git = makeGit({ mirrorsDir: join(repo.root, 'mirrors'), artifactsDir: join(repo.root, 'artifacts'), log });
});
afterEach(() => repo.remove());

function resolve(headSha: Sha, on: ChangeRepository = git, prNumber = 7) {
  return on.resolve({ repository: repo.origin, targetBranch: 'main', headSha, prNumber, at }, signal);
}

async function resolved(headSha: Sha) {
  const answer = await resolve(headSha);
  if (answer.kind !== 'resolved') throw new Error(`not resolved: ${answer.reason} ${answer.detail}`);
  return answer;
}

/** main with one file, then a branch `feature` from it. */
function start(files: Record<string, string> = { 'a.txt': 'one\n' }): Sha {
  const base = repo.commit({ files, message: 'start' });
  repo.push('main');
  repo.git('switch', '--quiet', '-c', 'feature');
  return base;
}

describe('resolve', () => {
  test('merges head into the tip of the target, the same way on every replica', async () => {
    const base = start();
    const head = repo.commit({
      files: { 'b.txt': 'two\n' },
      message: 'feat: b\n\nCo-authored-by: Grace <grace@example.com>\n\nmore text',
      author: 'Bob',
      email: 'bob@example.com',
    });
    repo.push('feature');
    repo.git('switch', '--quiet', 'main');
    const target = repo.commit({ files: { 'c.txt': 'three\n' } });
    repo.push('main');

    const first = await resolved(head);
    expect(first).toMatchObject({ head_sha: head, target_sha: target, base_sha: base });
    expect(first.contributors).toEqual([
      { name: 'Ada', email: 'ada@example.com' },
      { name: 'Bob', email: 'bob@example.com' },
      { name: 'Grace', email: 'grace@example.com' },
    ]);
    expect(await resolve(head)).toEqual(first);
    const elsewhere = makeGit({
      mirrorsDir: join(repo.root, 'mirrors-2'),
      artifactsDir: join(repo.root, 'artifacts-2'),
      log,
    });
    expect(await resolve(head, elsewhere)).toEqual(first);

    expect(await git.listFiles(repo.origin, first.merge_sha, signal)).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(await git.commitMessages(repo.origin, base, head, signal)).toContain('feat: b');
    expect(await git.readFile(repo.origin, head, 'b.txt', signal)).toBe('two\n');
    expect(await git.readFile(repo.origin, base, 'b.txt', signal)).toBeNull();
    expect(await git.diff(repo.origin, base, head, 10_000, signal)).toContain('+two');
    expect(await git.diff(repo.origin, base, head, 20, signal)).toBeNull();
    expect(await git.isAncestor(repo.origin, base, head, signal)).toBe(true);
    expect(await git.isAncestor(repo.origin, head, target, signal)).toBe(false);
  });

  test('the diff digest survives a moved target, the artifact does not', async () => {
    start();
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');
    const before = await resolved(head);
    repo.git('switch', '--quiet', 'main');
    repo.commit({ files: { 'c.txt': 'three\n' } });
    repo.push('main');
    const after = await resolved(head);
    expect(after.diff_digest).toBe(before.diff_digest);
    expect(after.artifact).not.toBe(before.artifact);
    expect(after.merge_sha).not.toBe(before.merge_sha);
  });

  test('a conflict is named with its paths', async () => {
    start();
    const head = repo.commit({ files: { 'a.txt': 'head\n' } });
    repo.push('feature');
    repo.git('switch', '--quiet', 'main');
    repo.commit({ files: { 'a.txt': 'target\n' } });
    repo.push('main');
    expect(await resolve(head)).toEqual({
      kind: 'unresolvable',
      reason: 'merge_conflict',
      detail: 'conflict in a.txt',
    });
  });

  test('an unknown sha, and a sha that is no commit, are unknown_sha', async () => {
    start();
    repo.push('feature');
    expect(await resolve(MISSING)).toMatchObject({ reason: 'unknown_sha' });
    const blob = Sha.parse(repo.git('rev-parse', 'HEAD:a.txt'));
    expect(await resolve(blob)).toMatchObject({ reason: 'unknown_sha', detail: `${blob} is not a commit` });
  });

  test('a head that is already in the target, changes nothing, or was applied otherwise is empty_diff', async () => {
    const base = start();
    expect(await resolve(base)).toMatchObject({
      reason: 'empty_diff',
      detail: expect.stringContaining('already part of main'),
    });
    const nothing = repo.commit({ message: 'nothing' });
    repo.push('feature');
    expect(await resolve(nothing)).toMatchObject({ reason: 'empty_diff', detail: 'the head changes no file' });
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');
    repo.git('switch', '--quiet', 'main');
    repo.commit({ files: { 'b.txt': 'two\n' }, message: 'squashed' });
    repo.push('main');
    expect(await resolve(head)).toMatchObject({ reason: 'empty_diff', detail: 'main already contains this change' });
  });

  test('unrelated histories have no merge base', async () => {
    start();
    repo.git('switch', '--quiet', '--orphan', 'other');
    const head = repo.commit({ files: { 'z.txt': 'z\n' } });
    repo.push('other');
    expect(await resolve(head)).toMatchObject({ reason: 'no_merge_base' });
  });

  test('a branch that was merged crosswise is refused: its diff from one base would not show what the merge takes out', async () => {
    start();
    repo.commit({ files: { 'own.txt': 'own\n' } });
    const own = repo.git('rev-parse', 'HEAD');
    repo.git('switch', '--quiet', 'main');
    repo.commit({ files: { 'check.txt': 'check\n' } });
    const check = repo.git('rev-parse', 'HEAD');
    repo.git('merge', '--quiet', '--no-edit', own);
    repo.push('main');
    repo.git('switch', '--quiet', 'feature');
    repo.git('merge', '--quiet', '--no-edit', check);
    const undone = repo.commit({ files: { 'check.txt': null, 'b.txt': 'two\n' } });
    repo.push('feature');
    // Seen from its own base, nothing is said of the check, and the merge has lost it.
    expect(repo.git('diff', '--name-only', own, undone)).toBe('b.txt');
    const merged = repo.git('merge-tree', '--write-tree', 'main', undone);
    expect(repo.git('ls-tree', '--name-only', merged).split('\n')).not.toContain('check.txt');
    expect(await resolve(undone)).toMatchObject({
      reason: 'several_merge_bases',
      detail: expect.stringContaining('merge main into the branch'),
    });

    repo.git('merge', '--quiet', '--no-edit', 'main');
    repo.push('feature');
    const head = Sha.parse(repo.git('rev-parse', 'HEAD'));
    const { base_sha } = await resolved(head);
    expect(await git.listChanges(repo.origin, base_sha, head, signal)).toMatchObject([
      { path: 'b.txt' },
      { path: 'check.txt', blob: null },
    ]);
  });

  test('a missing repository and a missing target branch are repository_unreachable', async () => {
    start();
    const request = { repository: repo.origin, targetBranch: 'main', headSha: MISSING, prNumber: 7, at };
    expect(await git.resolve({ ...request, repository: join(repo.root, 'nowhere') }, signal)).toMatchObject({
      reason: 'repository_unreachable',
    });
    expect(await git.resolve({ ...request, targetBranch: 'trunk' }, signal)).toMatchObject({
      reason: 'repository_unreachable',
      detail: 'the repository has no branch trunk',
    });
    await expect(git.targetTip(repo.origin, 'trunk', signal)).rejects.toThrow('[UNKNOWN_BRANCH]');
    await expect(git.targetTip(join(repo.root, 'nowhere'), 'main', signal)).rejects.toThrow('[REPOSITORY_UNREACHABLE]');
  });

  test('a change of binary files only is resolved and shown as binary', async () => {
    const base = start();
    const head = repo.commit({ files: { 'logo.png': new Uint8Array([0, 1, 2, 0, 255]) } });
    repo.push('feature');
    await resolved(head);
    expect(await git.diff(repo.origin, base, head, 10_000, signal)).toContain(
      'Binary files /dev/null and b/logo.png differ',
    );
    expect(await git.readFile(repo.origin, head, 'logo.png', signal)).toBeNull();
  });

  test('falls back to refs/pull/<n>/head, and only when it names the very sha', async () => {
    start();
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('HEAD:refs/pull/7/head');
    const open = makeOpenMirror({ mirrorsDir: join(repo.root, 'mirrors'), log, environment: {} });
    const mirror = await open(repo.origin, signal);
    // A server of old gives out refs, but no bare object names.
    const refusing: Mirror = {
      ...mirror,
      run: async (args, call) =>
        args[0] === 'fetch' && args.includes(head)
          ? {
              exitCode: 128,
              stdout: Buffer.alloc(0),
              stderr: 'Server does not allow request for unadvertised object',
              cut: false,
            }
          : mirror.run(args, call),
    };
    expect(await fetchCommit(refusing, head, 8, signal)).toMatchObject({
      kind: 'unknown',
      detail: expect.stringContaining('unadvertised'),
    });
    expect(await fetchCommit(refusing, head, 7, signal)).toEqual({ kind: 'present' });
  });

  test('an abort stops it', async () => {
    start();
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(git.targetTip(repo.origin, 'main', stopped)).rejects.toThrow('stopped');
  });
});

describe('pushTarget', () => {
  async function merged() {
    start();
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');
    return resolved(head);
  }

  test('moves the branch once; a second call finds it there', async () => {
    const change = await merged();
    const request = {
      repository: repo.origin,
      targetBranch: 'main',
      expected: change.target_sha,
      next: change.merge_sha,
    };
    expect(await git.pushTarget(RECEIPT, request, signal)).toBe('pushed');
    expect(await git.targetTip(repo.origin, 'main', signal)).toBe(change.merge_sha);
    expect(await git.pushTarget(RECEIPT, request, signal)).toBe('already_there');
    repo.git('fetch', '--quiet', 'origin');
    repo.git('switch', '--quiet', 'main');
    repo.git('reset', '--quiet', '--hard', 'origin/main');
    repo.commit({ files: { 'later.txt': 'x\n' } });
    repo.push('main');
    expect(await git.pushTarget(RECEIPT, request, signal)).toBe('already_there');
  });

  test('a branch that moved is left alone', async () => {
    const change = await merged();
    repo.git('switch', '--quiet', 'main');
    const other = repo.commit({ files: { 'd.txt': 'four\n' } });
    repo.push('main');
    const request = {
      repository: repo.origin,
      targetBranch: 'main',
      expected: change.target_sha,
      next: change.merge_sha,
    };
    expect(await git.pushTarget(RECEIPT, request, signal)).toBe('moved');
    expect(await git.targetTip(repo.origin, 'main', signal)).toBe(other);
  });

  test('a branch that moves at the last moment is left alone: the remote compares', async () => {
    const change = await merged();
    const mirror = await makeOpenMirror({ mirrorsDir: join(repo.root, 'mirrors'), log, environment: {} })(
      repo.origin,
      signal,
    );
    repo.git('switch', '--quiet', 'main');
    const other = repo.commit({ files: { 'd.txt': 'four\n' } });
    const racing: Mirror = {
      ...mirror,
      run: async (args, call) => {
        if (args[0] === 'push') repo.push('main');
        return mirror.run(args, call);
      },
    };
    const request = {
      repository: repo.origin,
      targetBranch: 'main',
      expected: change.target_sha,
      next: change.merge_sha,
    };
    expect(await pushTarget(racing, request, signal)).toBe('moved');
    expect(await git.targetTip(repo.origin, 'main', signal)).toBe(other);
  });

  test('refuses to drop commits of the target', async () => {
    const change = await merged();
    repo.git('switch', '--quiet', 'main');
    const other = repo.commit({ files: { 'd.txt': 'four\n' } });
    repo.push('main');
    const request = { repository: repo.origin, targetBranch: 'main', expected: other, next: change.merge_sha };
    await expect(git.pushTarget(RECEIPT, request, signal)).rejects.toThrow('[NOT_A_FAST_FORWARD]');
    expect(await git.targetTip(repo.origin, 'main', signal)).toBe(other);
  });

  test('a remote that refuses is reported, not taken for success', async () => {
    const change = await merged();
    mkdirSync(join(repo.origin, 'hooks'), { recursive: true });
    writeFileSync(join(repo.origin, 'hooks', 'pre-receive'), '#!/bin/sh\necho no pushes today >&2\nexit 1\n', {
      mode: 0o755,
    });
    execFileSync('git', ['--git-dir', repo.origin, 'config', 'core.hooksPath', join(repo.origin, 'hooks')]);
    const request = {
      repository: repo.origin,
      targetBranch: 'main',
      expected: change.target_sha,
      next: change.merge_sha,
    };
    await expect(git.pushTarget(RECEIPT, request, signal)).rejects.toThrow('[PUSH_REFUSED]');
    expect(await git.targetTip(repo.origin, 'main', signal)).toBe(change.target_sha);
  });
});

describe('materialise', () => {
  test('lays the tree out whole, once, without .git', async () => {
    start({ 'a.txt': 'one\n', 'bin/run': '#!/bin/sh\n', 'dir/deep/b.txt': 'b\r\n' });
    const head = repo.commit({
      files: { 'bin/go': '#!/bin/sh\n' },
      executable: ['bin/go'],
      links: { 'dir/link': '../a.txt' },
    });
    repo.push('feature');
    const change = await resolved(head);
    const first = await git.materialise(repo.origin, change.merge_sha, signal);
    expect(first.digest).toBe(change.artifact);
    expect(first.directory).toBe(join(repo.root, 'artifacts', change.artifact));
    expect(readFileSync(join(first.directory, 'dir/deep/b.txt'), 'utf8')).toBe('b\r\n');
    expect(readlinkSync(join(first.directory, 'dir/link'))).toBe('../a.txt');
    expect(statSync(join(first.directory, 'bin/go')).mode & 0o111).not.toBe(0);
    expect(statSync(join(first.directory, 'bin/run')).mode & 0o111).toBe(0);
    expect(existsSync(join(first.directory, '.git'))).toBe(false);
    const inode = statSync(first.directory).ino;
    expect(await git.materialise(repo.origin, change.merge_sha, signal)).toEqual(first);
    expect(statSync(first.directory).ino).toBe(inode);
    expect(readdirSync(join(repo.root, 'artifacts'))).toEqual([change.artifact]);
  });

  test.each([
    ['absolute', { 'dir/evil': '/etc/passwd' }],
    ['climbing', { 'dir/evil': '../../outside' }],
    ['climbing through another link', { 'a/b/l': '../../z', evil: 'a/b/l/../..' }],
  ])('refuses a symlink that leaves the tree: %s', async (_name, links: Record<string, string>) => {
    start({ 'a.txt': 'one\n', 'z/keep': 'x\n' });
    const head = repo.commit({ links });
    repo.push('feature');
    await expect(git.materialise(repo.origin, head, signal)).rejects.toThrow('[SYMLINK_LEAVES_TREE]');
    expect(readdirSync(join(repo.root, 'artifacts'))).toEqual([]);
  });

  test('a commit that is nowhere says what to do', async () => {
    start();
    await expect(git.materialise(repo.origin, MISSING, signal)).rejects.toThrow(/\[UNKNOWN_COMMIT\].*resolve it here/);
  });
});

describe('a killed fetch', () => {
  test('leaves a usable mirror: locks of git and of the dead owner are taken over', async () => {
    const base = start();
    expect(await git.targetTip(repo.origin, 'main', signal)).toBe(base);
    const [mirror] = readdirSync(join(repo.root, 'mirrors')).filter((name) => name.endsWith('.git'));
    const gitDir = join(repo.root, 'mirrors', mirror ?? '');
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');

    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((done) => dead.once('exit', done));
    const { hostname } = await import('node:os');
    writeFileSync(`${gitDir}.slipway-lock`, JSON.stringify({ pid: dead.pid, host: hostname(), nonce: 'gone' }));
    mkdirSync(join(gitDir, 'refs/slipway/keep'), { recursive: true });
    for (const sha of [head, base]) writeFileSync(join(gitDir, 'refs/slipway/keep', `${sha}.lock`), '');
    writeFileSync(join(gitDir, 'packed-refs.lock'), '');
    writeFileSync(join(gitDir, 'shallow.lock'), '');

    expect(await resolve(head)).toMatchObject({ kind: 'resolved', head_sha: head });
    expect(readdirSync(gitDir).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect(existsSync(`${gitDir}.slipway-lock`)).toBe(false);
  });

  test('kill -9 of the process that fetches, at any moment, and the next one fetches', async () => {
    start(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}.txt`, `${n}\n`.repeat(200)])));
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');
    const script = `
      const { makeGit } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/change/git.ts'))});
      const { makeLogger } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/log.ts'))});
      const git = makeGit({ mirrorsDir: ${JSON.stringify(join(repo.root, 'mirrors'))}, artifactsDir: ${JSON.stringify(join(repo.root, 'artifacts'))}, log: makeLogger({ level: 'silent', name: 'test' }) });
      await git.resolve({ repository: ${JSON.stringify(repo.origin)}, targetBranch: 'main', headSha: ${JSON.stringify(head)}, prNumber: 7, at: new Date(0) }, new AbortController().signal);
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: 'ignore',
    });
    const ended = new Promise((done) => child.once('exit', done));
    const mirrors = join(repo.root, 'mirrors');
    // The moment the lock appears, the fetch is on its way.
    while (
      child.exitCode === null &&
      !(existsSync(mirrors) && readdirSync(mirrors).some((name) => name.endsWith('.slipway-lock')))
    ) {
      await new Promise((next) => setImmediate(next));
    }
    child.kill('SIGKILL');
    await ended;
    expect(await resolve(head)).toMatchObject({ kind: 'resolved', head_sha: head });
  });

  test('a mirror that was removed comes back', async () => {
    start();
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');
    const before = await resolved(head);
    rmSync(join(repo.root, 'mirrors'), { recursive: true });
    expect(await resolve(head)).toEqual(before);
  });

  test('many at once share one mirror', async () => {
    start();
    const head = repo.commit({ files: { 'b.txt': 'two\n' } });
    repo.push('feature');
    const other = makeGit({ mirrorsDir: join(repo.root, 'mirrors'), artifactsDir: join(repo.root, 'artifacts'), log });
    const answers = await Promise.all([resolve(head), resolve(head, other), resolve(head), resolve(head, other)]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ kind: 'resolved' });
    expect(lstatSync(join(repo.root, 'mirrors')).isDirectory()).toBe(true);
  });
});
