import { describe, expect, it } from 'vitest';
import { ownersOf, parseCodeOwners } from '../../../src/policy/code-owners.ts';

function owners(text: string, ...paths: string[]): Record<string, string[]> {
  return Object.fromEntries(ownersOf(parseCodeOwners(text), paths));
}

describe('CODEOWNERS', () => {
  it('gives each path to the last rule that matches', () => {
    const text = '* @acme/all\n/db/ @acme/dba ada@example.com # who knows\n*.md @docs\n';
    expect(owners(text, 'src/a.js', 'db/one.sql', 'db/notes.md')).toEqual({
      '@acme/all': ['src/a.js'],
      '@acme/dba': ['db/one.sql'],
      'ada@example.com': ['db/one.sql'],
      '@docs': ['db/notes.md'],
    });
  });

  it.each([
    ['*.js', 'deep/in/a.js', true],
    ['*.js', 'a.jsx', false],
    ['/build/logs/', 'build/logs/x/y.log', true],
    ['/build/logs/', 'other/build/logs/y.log', false],
    ['docs/*', 'docs/a.md', true],
    ['docs/*', 'docs/deep/a.md', false],
    ['apps/', 'x/apps/y/z.ts', true],
    ['apps/', 'apps', false],
    ['/docs', 'docs/deep/a.md', true],
    ['**/logs', 'a/b/logs/c.txt', true],
    ['/src/**/test', 'src/a/b/test/c.ts', true],
    ['/src/**', 'src/a', true],
    ['/src/**', 'lib/a', false],
    ['a?c.txt', 'x/abc.txt', true],
    ['my\\ file.txt', 'my file.txt', true],
    ['Docs/', 'docs/a', false],
    ['foo', 'bar/foo/baz', true],
    ['foo', 'foo.txt', false],
    ['/foo', 'bar/foo', false],
    ['/foo', 'fool.txt', false],
    ['foo/', 'bar/foo', false],
    ['foo/bar', 'foo/bar/baz', true],
    ['foo/bar', 'baz/foo/bar', false],
    ['foo/bar/', 'foo/bar', false],
    ['*', 'deep/in/a', true],
    ['f*', 'bar/foo/baz', true],
    ['/f*', 'bar/foo', false],
    ['/*', 'a', true],
    ['/*', 'deep/a', false],
    ['/*/', 'a', false],
    ['/*/', 'deep/in/a', true],
    ['docs/*/', 'docs/a', false],
    ['docs/*/', 'docs/deep/a', true],
    ['/f*/', 'foo', false],
    ['/f*/', 'foo/a', true],
    ['foo/*.txt', 'foo/deep/a.txt', false],
    ['foo/*/baz', 'foo/baz', false],
    ['foo/*/baz', 'foo/bar/baz/a', true],
    ['f?o', 'fooo', false],
    ['**', 'deep/a', true],
    ['**/foo/bar', 'qux/foo/bar/baz', true],
    ['**/foo/bar', 'qux/foo/baz/bar', false],
    ['**/*bar*', 'foo/barrio', true],
    ['foo/bar/**', 'foo/bar', false],
    ['foo/bar/**', 'qux/foo/bar/baz', false],
    ['foo/**/bar', 'foo/bar/baz', true],
    ['foo/**/bar', 'foo/qux/quux/bar', true],
    ['foo/**/', 'foo', false],
    ['foo/**/bar/b*', 'foo/qux/bar/baz', true],
    ['foo/**/bar/b*', 'foo/qux/bar/qux', false],
    // A range is no range here; the folders that some frameworks name so can be owned.
    ['app/[id]/', 'app/[id]/page.tsx', true],
    ['app/[ab].js', 'app/a.js', false],
    ['\\#notes', '#notes', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(Object.keys(owners(`${pattern} @x`, path))).toEqual(expected ? ['@x'] : []);
  });

  it('takes a rule without owners as nobody’s', () => {
    expect(owners('* @all\n/vendor/\n', 'vendor/a.js')).toEqual({});
  });

  it('reads GitLab’s sections as rules and leaves out what it does not understand', () => {
    expect(owners('[Database][2] @acme/dba\n^[Docs]\n!a.js @no\n/db/ @dba\n', 'db/a.sql', 'a.js')).toEqual({
      '@dba': ['db/a.sql'],
    });
  });

  it('takes a line that is not understood as if it were not there, and names it', () => {
    const text = '\ufeff* @all\r\n\n# of the database\n/db/ @dba nonsense\n!/db/ @no\n/db/ @ # nobody\n';
    expect(owners(text, 'db/a.sql')).toEqual({ '@all': ['db/a.sql'] });
    expect(parseCodeOwners(text).skipped).toEqual([
      { line: 4, why: 'nonsense is no @user, @org/team or e-mail' },
      { line: 5, why: 'a pattern cannot be taken back with !' },
      { line: 6, why: '@ is no @user, @org/team or e-mail' },
    ]);
  });

  it('of more rules than it looks at keeps the last, which count', () => {
    const text = `${'/a @first\n'.repeat(5_000)}/b @last\n`;
    expect(owners(text, 'b')).toEqual({ '@last': ['b'] });
    expect(parseCodeOwners(text).skipped).toMatchObject([{ why: expect.stringContaining('only the last 5000') }]);
  });

  it('is quick with a pattern made to be slow', () => {
    const pattern = `/${'**/a*'.repeat(60)}b`;
    expect(owners(`${pattern} @x\n${'*a'.repeat(200)}b @y`, `${'a/'.repeat(80)}${'a'.repeat(200)}`)).toEqual({});
  });
});
