import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeRepository } from '../../src/change/change.ts';
import { makeGit } from '../../src/change/git.ts';
import { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { RECEIPT } from '../contract/delivery-target.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';

const at = new Date('2026-11-23T10:00:00Z');
const signal = new AbortController().signal;
const log = makeLogger({ level: 'silent', name: 'test' });

let repo: TestRepo;
let git: ChangeRepository;
let pwned: string;

beforeEach(() => {
  repo = makeTestRepo('hostile');
  pwned = join(repo.root, 'pwned');
  git = makeGit({ mirrorsDir: join(repo.root, 'mirrors'), artifactsDir: join(repo.root, 'artifacts'), log });
  repo.commit({ files: { 'a.js': 'export const a = 1;\n' }, message: 'start' });
  repo.push('main');
  repo.git('switch', '--quiet', '-c', 'feature');
});
afterEach(() => repo.remove());

function originGit(...args: string[]): string {
  return execFileSync('git', ['--git-dir', repo.origin, ...args], { encoding: 'utf8' }).trim();
}

/** Everything the product does with a change, end to end. */
async function endToEnd(headSha: Sha) {
  const change = await git.resolve({ repository: repo.origin, targetBranch: 'main', headSha, prNumber: 7, at }, signal);
  if (change.kind !== 'resolved') throw new Error(`not resolved: ${change.reason} ${change.detail}`);
  const diff = await git.diff(repo.origin, change.base_sha, headSha, 1_000_000, signal);
  const files = await git.listFiles(repo.origin, headSha, signal);
  for (const path of files) await git.readFile(repo.origin, headSha, path, signal);
  await git.commitMessages(repo.origin, change.base_sha, headSha, signal);
  const artifact = await git.materialise(repo.origin, change.merge_sha, signal);
  const pushed = await git.pushTarget(
    RECEIPT,
    { repository: repo.origin, targetBranch: 'main', expected: change.target_sha, next: change.merge_sha },
    signal,
  );
  return { change, diff, files, artifact, pushed };
}

const NAMES = [
  '--upload-pack=touch${IFS}pwned',
  '$(touch pwned)',
  'a;touch pwned',
  '`touch pwned`',
  '-c core.sshCommand=touch',
];

describe('threat 15: names of branches, files and people never become commands', () => {
  test('threat 15: changes on hostile branches go through by sha', async () => {
    for (const name of NAMES) {
      const head = repo.commit({ files: { [`x/${name}`]: 'text\n' }, message: `feat: ${name}`, author: name });
      // Git itself forbids spaces in a branch; the other names it accepts.
      repo.git('push', '--quiet', 'origin', `HEAD:refs/heads/${name.replaceAll(' ', '\u00a0')}`);
      const { pushed, files, change } = await endToEnd(head);
      expect(pushed).toBe('pushed');
      expect(files).toContain(`x/${name}`);
      expect(change.contributors.map((person) => person.name)).toContain(name);
    }
    for (const directory of [repo.root, join(repo.root, 'mirrors'), repo.origin, process.cwd()]) {
      expect(existsSync(join(directory, 'pwned'))).toBe(false);
    }
  });

  test('threat 15: a hostile target branch or repository is refused before git starts', async () => {
    for (const branch of [...NAMES, '-x', 'main:refs/heads/x']) {
      await expect(git.targetTip(repo.origin, branch, signal)).rejects.toThrow('[BAD_BRANCH]');
    }
    const request = { targetBranch: 'main', headSha: Sha.parse('1'.repeat(40)), prNumber: 7, at };
    for (const repository of ['--upload-pack=touch pwned', 'ext::sh -c touch% pwned']) {
      await expect(git.resolve({ ...request, repository }, signal)).rejects.toThrow('services.<name>.repository');
    }
    for (const repository of ['$(touch pwned)', '`touch pwned`', 'a;touch pwned']) {
      expect(await git.resolve({ ...request, repository }, signal)).toMatchObject({ reason: 'repository_unreachable' });
    }
    expect(existsSync(join(process.cwd(), 'pwned'))).toBe(false);
  });
});

describe('threat 16: a hostile repository runs nothing and hides nothing', () => {
  test('threat 16: hooks, filters, textconv, merge drivers and helpers of the repository stay dead', async () => {
    const evil = join(repo.root, 'evil.sh');
    writeFileSync(evil, `#!/bin/sh\ntouch ${pwned}\ncat\n`, { mode: 0o755 });
    for (const key of [
      'filter.evil.smudge',
      'filter.evil.clean',
      'filter.evil.process',
      'filter.lfs.smudge',
      'filter.lfs.process',
      'diff.evil.textconv',
      'diff.evil.command',
      'diff.external',
      'merge.evil.driver',
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'core.askPass',
      'credential.helper',
      'uploadpack.packObjectsHook',
      'gpg.program',
    ]) {
      originGit('config', key, evil);
    }
    mkdirSync(join(repo.origin, 'hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'pre-push', 'pre-auto-gc', 'post-merge', 'fsmonitor-watchman']) {
      writeFileSync(join(repo.origin, 'hooks', hook), `#!/bin/sh\ntouch ${pwned}\n`, { mode: 0o755 });
    }
    const attributes =
      '* filter=evil diff=evil merge=evil text eol=crlf ident\n*.js binary -diff export-ignore\nsecret.txt export-ignore export-subst\nbig.bin filter=lfs diff=lfs merge=lfs -text\n';
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    const head = repo.commit({
      files: {
        '.gitattributes': attributes,
        '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/steal\n',
        '.gitconfig': '[core]\n\tpager = touch pwned\n',
        'b.js': 'steal();\n',
        'secret.txt': '$Format:%H$ $Id$\n',
        'big.bin': pointer,
        'hooks/pre-push': '#!/bin/sh\ntouch pwned\n',
      },
    });
    repo.push('feature');
    const { diff, artifact, pushed } = await endToEnd(head);
    expect(existsSync(pwned)).toBe(false);
    expect(pushed).toBe('pushed');
    expect(diff).toContain('+steal();');
    expect(readFileSync(join(artifact.directory, 'b.js'), 'utf8')).toBe('steal();\n');
    expect(readFileSync(join(artifact.directory, 'secret.txt'), 'utf8')).toBe('$Format:%H$ $Id$\n');
    expect(readFileSync(join(artifact.directory, 'big.bin'), 'utf8')).toBe(pointer);
    expect(readdirSync(artifact.directory).sort()).toEqual([
      '.gitattributes',
      '.gitconfig',
      '.lfsconfig',
      'a.js',
      'b.js',
      'big.bin',
      'hooks',
      'secret.txt',
    ]);
  });

  test('threat 16: a submodule is never fetched, whatever its address', async () => {
    const commit = repo.git('rev-parse', 'HEAD');
    repo.git('update-index', '--add', '--cacheinfo', `160000,${commit},vendored`);
    const head = repo.commit({
      files: {
        '.gitmodules': `[submodule "vendored"]\n\tpath = vendored\n\turl = ext::sh -c touch% ${pwned}\n\tupdate = none\n`,
      },
    });
    expect(repo.git('ls-tree', '--name-only', head).split('\n')).not.toContain('vendored');
    // `git add --all` drops an unpopulated link, so the commit is written by hand.
    repo.git('update-index', '--add', '--cacheinfo', `160000,${commit},vendored`);
    const tree = repo.git('write-tree');
    const linked = Sha.parse(repo.git('commit-tree', tree, '-p', head, '-m', 'link'));
    repo.git('push', '--quiet', 'origin', `${linked}:refs/heads/feature`);
    const { artifact } = await endToEnd(linked);
    expect(readdirSync(join(artifact.directory, 'vendored'))).toEqual([]);
    expect(existsSync(pwned)).toBe(false);
  });

  test.each([
    [
      'a submodule address that is an option',
      '.gitmodules',
      '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch pwned\n',
    ],
    ['a file named .git', '.git', 'x\n'],
  ])('threat 16: %s is refused when it is fetched', async (_name, path, content) => {
    const file = execFileSync('git', ['hash-object', '-w', '--stdin'], {
      cwd: repo.work,
      input: content,
      encoding: 'utf8',
    }).trim();
    const tree = execFileSync('git', ['mktree'], {
      cwd: repo.work,
      input: `100644 blob ${file}\t${path}\n`,
      encoding: 'utf8',
    }).trim();
    const head = Sha.parse(repo.git('commit-tree', tree, '-p', 'main', '-m', 'x'));
    repo.git('push', '--quiet', 'origin', `${head}:refs/heads/feature`);
    const answer = await git.resolve(
      { repository: repo.origin, targetBranch: 'main', headSha: head, prNumber: 7, at },
      signal,
    );
    expect(answer).toMatchObject({
      kind: 'unresolvable',
      reason: 'unknown_sha',
      detail: expect.stringContaining('fsck'),
    });
  });

  test('threat 16: git sees none of our environment', async () => {
    const seen = join(repo.root, 'seen');
    const bin = join(repo.root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\n/usr/bin/env > ${seen}\n`, { mode: 0o755 });
    process.env['SLIPWAY_CANARY'] = 'canary-value';
    process.env['GIT_DIR'] = '/nonexistent';
    try {
      const spied = makeGit({
        mirrorsDir: join(repo.root, 'm2'),
        artifactsDir: join(repo.root, 'a2'),
        log,
        environment: { path: bin },
      });
      await expect(spied.targetTip(repo.origin, 'main', signal)).rejects.toThrow('[GIT_TOO_OLD]');
    } finally {
      delete process.env['SLIPWAY_CANARY'];
      delete process.env['GIT_DIR'];
    }
    const names = readFileSync(seen, 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toContain('GIT_CONFIG_NOSYSTEM');
    expect(names).not.toContain('SLIPWAY_CANARY');
    expect(names).not.toContain('GIT_DIR');
  });
});
