import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafeName } from '../../../src/sandbox/safe-name.ts';

describe('threat 4: names of generated files', () => {
  it.each(['a.test.js', 'test/cart.test.mjs', 'tests/test_cart.py', 'a/b/c/d.ts', '_x/y-z.js', '...', 'a..b'])(
    'accepts %j',
    (name) => {
      expect(isSafeName(name)).toBe(true);
    },
  );

  it.each([
    ['empty', ''],
    ['parent', '../x.js'],
    ['parent in the middle', 'a/../../x.js'],
    ['only a parent', '..'],
    ['current directory', './a.js'],
    ['absolute', '/etc/passwd'],
    ['drive letter', 'C:/x.js'],
    ['backslashes', 'a\\..\\x.js'],
    ['NUL', 'a\0.js'],
    ['line feed', 'a.js\n'],
    ['space', 'a b.js'],
    ['shell', '$(id).js'],
    ['option', '--reporter=x.js'],
    ['double slash', 'a//b.js'],
    ['trailing slash', 'a/'],
    ['git hook', '.git/hooks/pre-commit'],
    ['git in another case', 'sub/.GIT/config'],
    ['git of a submodule', 'sub/.git'],
    ['look-alike letter', 'tеst.js'],
    ['long segment', `${'a'.repeat(256)}.js`],
    ['long path', `${'a/'.repeat(600)}x.js`],
  ])('refuses %s', (_what, name) => {
    expect(isSafeName(name)).toBe(false);
  });

  it('never accepts a name that resolves outside the tree, into .git, or to an option', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '.git', '.Git', 'a', 'test.js', '-x', '', 'C:', '~', 'a\0b'),
      fc.string({ maxLength: 6 }),
    );
    const name = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/')),
    );
    fc.assert(
      fc.property(name, (path) => {
        if (!isSafeName(path)) return;
        const resolved = posix.resolve('/tree', path);
        expect(resolved).toBe(`/tree/${path}`);
        expect(path.toLowerCase().split('/')).not.toContain('.git');
        expect(path.startsWith('-')).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
