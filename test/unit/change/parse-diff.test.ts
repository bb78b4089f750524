import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inspectChange } from '../../../src/change/inspect.ts';
import { addedLines, parseDiff, removedLines } from '../../../src/change/parse-diff.ts';

const file = (name: string, hunks: string) =>
  `diff --git a/${name} b/${name}\nindex 1111111..2222222 100644\n--- a/${name}\n+++ b/${name}\n${hunks}`;
const one = '@@ -1 +1 @@\n-a\n+b\n';

describe('parseDiff', () => {
  test('prefixes that git names by what is compared are no part of a path', () => {
    const named = file('CODEOWNERS', one)
      .replaceAll('a/CODEOWNERS', 'i/CODEOWNERS')
      .replaceAll('b/CODEOWNERS', 'w/CODEOWNERS');
    expect(parseDiff(named).files).toMatchObject([{ path: 'CODEOWNERS', status: 'modified', added: 1, removed: 1 }]);
    // Without prefixes these are the folders themselves, and a rename between them.
    const moved = 'diff --git i/x w/x\nsimilarity index 100%\nrename from i/x\nrename to w/x\n';
    expect(parseDiff(moved).files).toMatchObject([{ path: 'w/x', previousPath: 'i/x', status: 'renamed' }]);
  });

  test('files, hunks and line numbers', () => {
    const parsed = parseDiff(
      file('src/a.js', '@@ -1,3 +1,4 @@ function f()\n a\n-b\n+B\n+C\n c\n@@ -10,2 +11,1 @@\n x\n-y\n'),
    );
    expect(parsed).toMatchObject({ complete: true, problems: [] });
    const [only] = parsed.files;
    expect(only).toMatchObject({
      path: 'src/a.js',
      status: 'modified',
      binary: false,
      added: 2,
      removed: 2,
      mode: '100644',
    });
    expect(only?.hunks.map((hunk) => hunk.heading)).toEqual(['function f()', '']);
    expect(addedLines(only!)).toEqual([
      { line: 2, text: 'B' },
      { line: 3, text: 'C' },
    ]);
    expect(removedLines(only!)).toEqual([
      { line: 2, text: 'b' },
      { line: 11, text: 'y' },
    ]);
  });

  test.each([
    ['added', 'diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n', { path: 'e', status: 'added' }],
    [
      'deleted',
      'diff --git a/e b/e\ndeleted file mode 100644\nindex e69de29..0000000\n',
      { path: 'e', status: 'deleted' },
    ],
    [
      'renamed',
      'diff --git a/a b.txt b/c d.txt\nsimilarity index 100%\nrename from a b.txt\nrename to c d.txt\n',
      { path: 'c d.txt', previousPath: 'a b.txt', status: 'renamed' },
    ],
    ['mode', 'diff --git a/x b/x\nold mode 100644\nnew mode 100755\n', { path: 'x', status: 'mode', mode: '100755' }],
    [
      'binary',
      'diff --git a/x.png b/x.png\nindex 1111111..2222222 100644\nBinary files a/x.png and b/x.png differ\n',
      { path: 'x.png', binary: true, status: 'modified' },
    ],
    [
      'binary patch',
      'diff --git a/x b/x\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 4\nLcmZQzWMT#Y01f~L\n\nliteral 3\nKcmZQzWMXDvV*mgE\n\n',
      { path: 'x', binary: true },
    ],
    [
      'quoted name',
      `diff --git "a/\\303\\244\\t.js" "b/\\303\\244\\t.js"\nindex 1111111..2222222 100644\n--- "a/\\303\\244\\t.js"\n+++ "b/\\303\\244\\t.js"\n${one}`,
      { path: 'ä\t.js' },
    ],
    [
      'trailing space',
      `diff --git a/x  b/x \nindex 1111111..2222222 100644\n--- a/x \t\n+++ b/x \t\n${one}`,
      { path: 'x ' },
    ],
    ['a name with b/', `diff --git a/x b/y b/x b/y\nold mode 100644\nnew mode 100755\n`, { path: 'x b/y' }],
    [
      'no newline at the end',
      file('a', '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n'),
      { path: 'a', added: 1, removed: 1 },
    ],
    ['plain diff', `--- a/x.sql\t2026-01-01\n+++ b/x.sql\t2026-01-01\n${one}`, { path: 'x.sql', added: 1 }],
    [
      'a removed line that looks like a header',
      file('a.sql', '@@ -1,2 +1,1 @@\n--- drop\n x\n'),
      { path: 'a.sql', removed: 1 },
    ],
  ])('%s', (_name, text, expected) => {
    const parsed = parseDiff(text);
    expect(parsed.files).toHaveLength(1);
    expect(parsed.files[0]).toMatchObject(expected);
    expect(parsed).toMatchObject({ complete: true, problems: [] });
  });

  test.each([
    [
      'combined',
      'diff --cc a.js\nindex 1,2..3\n--- a/a.js\n+++ b/a.js\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n',
      'a.js: it is a combined diff',
    ],
    [
      'no content and no mark',
      'diff --git a/a.js b/a.js\nindex 1111111..2222222 100644\n',
      'a.js: it shows no changed line',
    ],
    ['cut in a hunk', file('a.js', '@@ -1,5 +1,5 @@\n a\n-b\n'), 'a.js: it is damaged or cut'],
    ['cut in a header', 'diff --git a/a.js b/a.js\nindex 1..2\n--- a/a.js\n', 'a.js: it shows no changed line'],
    ['no diff at all', 'hello\nworld\n', 'unknown: it names no file'],
    ['more lines than counted', file('a.js', '@@ -1 +1 @@\n-a\n+b\n+c\n'), 'a.js: it is damaged or cut'],
  ])('not complete: %s', (_name, text, problem) => {
    const parsed = parseDiff(text);
    expect(parsed.complete).toBe(false);
    expect(parsed.problems.join()).toContain(problem);
  });

  test('one damaged file does not hide the others', () => {
    const parsed = parseDiff(file('a.js', one) + file('b.js', '@@ -1,9 +1,9 @@\n-x\n') + file('c.js', one));
    expect(parsed.files.map((item) => [item.path, item.unreadable === null])).toEqual([
      ['a.js', true],
      ['b.js', false],
      ['c.js', true],
    ]);
  });

  test('content cannot forge a header', () => {
    const parsed = parseDiff(file('a.js', '@@ -1 +1,3 @@\n-a\n+diff --git a/x b/x\n+--- a/x\n++++ b/x\n'));
    expect(parsed.files.map((item) => item.path)).toEqual(['a.js']);
    expect(parsed.files[0]?.added).toBe(3);
  });

  test('the signature of format-patch is no removed line', () => {
    const parsed = parseDiff(
      `From ${'a'.repeat(40)} Mon Sep 17 00:00:00 2001\nSubject: x\n\n---\n a.js | 2 +-\n\n${file('a.js', one)}-- \n2.39.5\n\n`,
    );
    expect(parsed).toMatchObject({ complete: true, problems: [] });
  });

  test('a last line without its newline is said', () => {
    expect(parseDiff(file('a.js', one).trimEnd()).problems).toEqual([
      'the diff does not end with a newline: its last line may be cut',
    ]);
  });

  test('never throws, whatever it is given', async () => {
    const words = fc.constantFrom(
      'diff --git a/x b/x',
      'diff --cc x',
      '--- a/x',
      '+++ b/x',
      '@@ -1 +1 @@',
      '@@ -1,2 +3,4 @@ f',
      '+a',
      '-b',
      ' c',
      '\\ No newline',
      '',
      'GIT binary patch',
      'rename from x',
      'rename to "y',
      'new file mode 100644',
      '+ALTER TABLE a ADD b int;',
      'junk',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 30 }).map((lines) => lines.join('\n')),
        ),
        async (text) => {
          const inspection = await inspectChange({ diffText: text, commitMessages: text });
          expect(inspection.files.length > 0 || inspection.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
