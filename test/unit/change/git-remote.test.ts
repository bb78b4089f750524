import { describe, expect, test } from 'vitest';
import { branchRef } from '../../../src/change/fetch-commit.ts';
import { parseGitRemote } from '../../../src/change/git-remote.ts';
import { checkTreePath } from '../../../src/change/materialise.ts';
import { isGitNewEnough } from '../../../src/change/mirror.ts';
import { checkSymlink } from '../../../src/change/resolve-symlink.ts';

describe('parseGitRemote', () => {
  test.each([
    ['/srv/git/app.git', { url: '/srv/git/app.git', protocol: 'file', path: '/srv/git/app.git' }],
    ['file:///srv/a%20b.git', { url: '/srv/a b.git', protocol: 'file', path: '/srv/a b.git' }],
    ['https://example.com/o/app.git', { url: 'https://example.com/o/app.git', protocol: 'https', path: null }],
    ['ssh://git@example.com:22/o/app.git', { url: 'ssh://git@example.com:22/o/app.git', protocol: 'ssh', path: null }],
    ['git@example.com:o/app.git', { url: 'git@example.com:o/app.git', protocol: 'ssh', path: null }],
  ])('%s', (repository, remote) => expect(parseGitRemote(repository)).toEqual(remote));

  test('a relative path is made absolute', () => expect(parseGitRemote('./repo').path).toMatch(/^\/.*\/repo$/));

  test.each([
    ['ext::sh -c touch% pwned', 'transport'],
    ['fd::17', 'transport'],
    ['--upload-pack=touch pwned', 'dash'],
    ['git://example.com/x.git', 'transport'],
    ['http://example.com/x.git', 'transport'],
    ['ssh://-oProxyCommand=touch/x', 'host'],
    ['https://user:pass@example.com/x.git', 'password'],
    ['host:path\n', 'control'],
    ['-oProxyCommand=x@host:path', 'dash'],
    ['host:path', 'neither'],
    ['', 'empty'],
  ])('threat 15: %j is refused', (repository, reason) => expect(() => parseGitRemote(repository)).toThrow(reason));
});

describe('branchRef', () => {
  test.each(['main', 'release/1.2', 'v1_x'])('%s', (branch) => expect(branchRef(branch)).toBe(`refs/heads/${branch}`));
  test.each([
    '',
    '-x',
    '--upload-pack=x',
    '$(id)',
    '`id`',
    'a;id',
    'a..b',
    'x.lock',
    'a b',
    '/a',
    'a/',
    'main:x',
    '+main',
    'a\n',
  ])('threat 15: %j is refused', (branch) => expect(() => branchRef(branch)).toThrow('[BAD_BRANCH]'));
});

test.each([
  ['git version 2.39.5', true],
  ['git version 2.38.0.windows.1', true],
  ['git version 3.0.0', true],
  ['git version 2.37.9', false],
  ['git version 1.99', false],
  ['nonsense', false],
])('isGitNewEnough(%s) is %s', (line, expected) => expect(isGitNewEnough(line)).toBe(expected));

test.each(['', '/etc/passwd', 'a/../b', './a', 'a//b', '.git/config', 'a/.GIT/hooks', 'a\0b', `${'x'.repeat(3001)}`])(
  'threat 4: the path %j of a tree is refused',
  (path) => expect(() => checkTreePath(path)).toThrow('[BAD_TREE]'),
);

describe('checkSymlink', () => {
  const links = (entries: Record<string, string>) => new Map(Object.entries(entries));
  test.each([
    ['l', { l: 'a/b' }],
    ['a/l', { 'a/l': '../b' }],
    ['a/l', { 'a/l': '..' }],
    ['m', { 'a/b/l': '../../z/y', m: 'a/b/l/..' }],
    ['l', { l: './././x' }],
  ])('%s of %j stays inside', (path, entries) => expect(() => checkSymlink(path, links(entries))).not.toThrow());
  test.each([
    ['l', { l: '/etc/passwd' }, 'SYMLINK_LEAVES_TREE'],
    ['l', { l: '..' }, 'SYMLINK_LEAVES_TREE'],
    ['a/l', { 'a/l': '../../x' }, 'SYMLINK_LEAVES_TREE'],
    ['l', { l: 'a/../../x' }, 'SYMLINK_LEAVES_TREE'],
    ['m', { 'a/b/l': '../../z', m: 'a/b/l/../..' }, 'SYMLINK_LEAVES_TREE'],
    ['l', { l: '' }, 'SYMLINK_LEAVES_TREE'],
    ['a', { a: 'b', b: 'a' }, 'SYMLINK_LOOP'],
    ['a', { a: 'a/x' }, 'SYMLINK_LOOP'],
  ])('%s of %j is refused', (path, entries, code) =>
    expect(() => checkSymlink(path, links(entries))).toThrow(`[${code}]`),
  );
});
