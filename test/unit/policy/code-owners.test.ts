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
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(Object.keys(owners(`${pattern} @x`, path))).toEqual(expected ? ['@x'] : []);
  });

  it('takes a rule without owners as nobody’s', () => {
    expect(owners('* @all\n/vendor/\n', 'vendor/a.js')).toEqual({});
  });

  it('reads GitLab’s sections as rules and leaves out what it does not understand', () => {
    expect(owners('[Database][2] @acme/dba\n^[Docs]\n!a.js @no\n/db/ @dba nonsense\n', 'db/a.sql', 'a.js')).toEqual({
      '@dba': ['db/a.sql'],
    });
  });

  it('is quick with a pattern made to be slow', () => {
    const pattern = `/${'**/a*'.repeat(60)}b`;
    expect(owners(`${pattern} @x\n${'*a'.repeat(200)}b @y`, `${'a/'.repeat(80)}${'a'.repeat(200)}`)).toEqual({});
  });
});
