import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkDiff } from '../../../src/change/chunk-diff.ts';
import { coverageOf } from '../../../src/change/coverage-manifest.ts';
import { addedLines, parseDiff, removedLines } from '../../../src/change/parse-diff.ts';

const file = (name: string, hunks: string, extra = '') =>
  `diff --git a/${name} b/${name}\n${extra}index 1111111..2222222 100644\n--- a/${name}\n+++ b/${name}\n${hunks}`;
const grown = (lines: number, text = 'x') =>
  `@@ -1 +1,${lines + 1} @@\n a\n${Array.from({ length: lines }, (_, n) => `+${text} ${n}\n`).join('')}`;

describe('chunkDiff', () => {
  test('small files share a chunk, and every file is full', () => {
    const { chunks, manifest } = chunkDiff(parseDiff(file('a.js', grown(2)) + file('b.js', grown(3))), {
      maxTokens: 4000,
    });
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatchObject({ paths: ['a.js', 'b.js'], changedLines: 5 });
    expect(chunks[0]?.text).toContain('--- a/a.js\n+++ b/a.js\n@@ -1,1 +1,3 @@\n a\n+x 0\n');
    expect(manifest.map((entry) => [entry.path, entry.status, entry.changed_lines, entry.read_lines])).toEqual([
      ['a.js', 'full', 2, 2],
      ['b.js', 'full', 3, 3],
    ]);
  });

  test('a large hunk is cut into parts that name their own lines', () => {
    const { chunks, manifest } = chunkDiff(parseDiff(file('a.js', grown(200))), { maxTokens: 340 });
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.every((chunk) => chunk.text.length <= 1020)).toBe(true);
    expect(chunks.reduce((sum, chunk) => sum + chunk.changedLines, 0)).toBe(200);
    expect(manifest).toMatchObject([{ path: 'a.js', status: 'full', read_lines: 200 }]);
    const again = chunks.flatMap((chunk) => parseDiff(chunk.text).files.flatMap((part) => addedLines(part)));
    expect(again).toEqual(addedLines(parseDiff(file('a.js', grown(200))).files[0]!));
  });

  test('what is not read is said: lock file, binary, unreadable, submodule, a line that is too long', () => {
    const binary = 'diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n';
    const combined = 'diff --cc c.js\nindex 1,2..3\n';
    const submodule =
      'diff --git a/v b/v\nindex 1111111..2222222 160000\n--- a/v\n+++ b/v\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n';
    const long = file('min.js', `@@ -1 +1,3 @@\n a\n+short\n+${'x'.repeat(5000)}\n`);
    const only = file('one.js', `@@ -0,0 +1 @@\n+${'x'.repeat(5000)}\n`);
    const renamed = 'diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n';
    const text = file('package-lock.json', grown(1)) + binary + combined + submodule + long + only + renamed;
    const { chunks, manifest } = chunkDiff(parseDiff(text), { maxTokens: 700 });
    expect(manifest.map((entry) => [entry.path, entry.status, entry.reason, entry.read_lines])).toEqual([
      ['package-lock.json', 'skipped', 'lock_file', 0],
      ['x.png', 'skipped', 'binary', 0],
      ['c.js', 'skipped', 'unreadable', 0],
      ['v', 'skipped', 'submodule', 0],
      ['min.js', 'partial', 'line_too_long', 1],
      ['one.js', 'skipped', 'line_too_long', 0],
      ['n', 'full', null, 0],
    ]);
    expect(chunks.map((chunk) => chunk.paths)).toEqual([['min.js']]);
  });

  test('what cannot be read as it stands is said: a link, a name with lines of its own, text that is no UTF-8', () => {
    const link =
      'diff --git a/l b/l\nnew file mode 120000\nindex 0000000..1111111\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n';
    const named =
      'diff --git "a/x\\n+++ b.js" "b/x\\n+++ b.js"\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ "b/x\\n+++ b.js"\n@@ -0,0 +1 @@\n+evil()\n';
    const latin = file('l.py', '@@ -1 +1,3 @@\n a\n+good\n+caf\ufffd\n');
    const whole = file('w.py', '@@ -1,2 +1,2 @@\n old \ufffd\n-b\n+c\n');
    const { chunks, manifest } = chunkDiff(parseDiff(link + named + latin + whole), { maxTokens: 700 });
    expect(manifest.map((entry) => [entry.path, entry.status, entry.reason, entry.read_lines])).toEqual([
      ['l', 'skipped', 'symlink', 0],
      ['x\n+++ b.js', 'skipped', 'odd_name', 0],
      ['l.py', 'partial', 'not_utf8', 1],
      ['w.py', 'full', null, 2],
    ]);
    expect(chunks.flatMap((chunk) => chunk.paths)).toEqual(['l.py', 'w.py']);
  });

  test('a lock file is one by the rules of the base where they are at hand', () => {
    const text = file('yarn.lock', grown(1)) + file('src/yarn.lock', grown(1));
    const lockReason = (path: string) => (path === 'yarn.lock' ? 'lock_source' : null);
    const { chunks, manifest } = chunkDiff(parseDiff(text), { maxTokens: 700, lockReason });
    expect(manifest.map((entry) => [entry.path, entry.status, entry.reason])).toEqual([
      ['yarn.lock', 'skipped', 'lock_source'],
      ['src/yarn.lock', 'full', null],
    ]);
    expect(chunks.flatMap((chunk) => chunk.paths)).toEqual(['src/yarn.lock']);
    expect(coverageOf(manifest)).toMatchObject({ complete: false, excluded_lines: 0 });
  });

  test('a file named twice stands once, as the worse of the two', () => {
    const { manifest } = chunkDiff(parseDiff(file('a.js', grown(1)) + 'diff --cc a.js\nindex 1,2..3\n'), {
      maxTokens: 700,
    });
    expect(manifest).toMatchObject([{ path: 'a.js', status: 'partial', reason: 'unreadable' }]);
  });

  test('property: every changed line is in exactly one chunk or counted as unread', () => {
    const line = fc.tuple(
      fc.constantFrom('+', '-', ' '),
      fc.string({ minLength: 0, maxLength: 300 }).map((text) => text.replace(/[\n\r\\]/g, '')),
    );
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 180, max: 1000 }),
        (lines, maxTokens) => {
          const old = lines.filter(([sign]) => sign !== '+').length;
          const fresh = lines.filter(([sign]) => sign !== '-').length;
          const text = file(
            'a.js',
            `@@ -1,${old} +1,${fresh} @@\n${lines.map(([sign, body]) => `${sign}${body}\n`).join('')}`,
          );
          const parsed = parseDiff(text);
          fc.pre(parsed.complete);
          const { chunks, manifest } = chunkDiff(parsed, { maxTokens });
          const source = parsed.files[0]!;
          const read = chunks.flatMap((chunk) => parseDiff(chunk.text).files);
          expect(read.flatMap(addedLines).length + read.flatMap(removedLines).length).toBe(manifest[0]?.read_lines);
          expect(manifest[0]?.changed_lines).toBe(source.added + source.removed);
          const all = new Set(addedLines(source).map((item) => `${item.line} ${item.text}`));
          expect(read.flatMap(addedLines).every((item) => all.has(`${item.line} ${item.text}`))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
