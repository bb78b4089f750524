import { describe, expect, it } from 'vitest';
import { addedLines, parseDiff, removedLines } from '../../../src/change/parse-diff.ts';
import { splitHunk } from '../../../src/change/split-hunk.ts';
import { widenHunks } from '../../../src/change/widen-hunks.ts';

const HEAD = `import { x } from './x.js';

export function first(a) {
  const one = 1;
  const two = 2;
  const three = 3;
  const four = 4;
  const five = 5;
  return a + one + two + three + four + five;
}

class Second {
  run(b) {
    if (b) {
      return 1;
    }
    return 2;
  }
}
`;

function changed(from: number, lines: string[], status = 'index 1..2 100644\n') {
  const olds = lines.filter((line) => !line.startsWith('+')).length;
  const news = lines.filter((line) => !line.startsWith('-')).length;
  const hunk = `@@ -${from},${olds} +${from},${news} @@\n${lines.join('\n')}\n`;
  const file = parseDiff(`diff --git a/f.js b/f.js\n${status}--- a/f.js\n+++ b/f.js\n${hunk}`).files[0];
  if (file === undefined) throw new Error('no file');
  return file;
}

describe('a hunk with the function around it', () => {
  it('starts at the line that declares it and ends at the one that closes it', () => {
    const file = widenHunks(changed(6, ['   const three = 3;', '+  const four = 4;', '   const five = 5;']), HEAD);
    const [hunk] = file.hunks;
    expect(hunk?.newStart).toBe(3);
    expect(hunk?.oldStart).toBe(3);
    expect(hunk?.lines[0]).toBe(' export function first(a) {');
    expect(hunk?.lines.at(-1)).toBe(' }');
    expect(addedLines(file)).toEqual([{ line: 7, text: '  const four = 4;' }]);
  });

  it('becomes one with another that stands in the same function', () => {
    const before = changed(13, ['   run(b) {', '-    if (!b) {', '+    if (b) {', '       return 1;']);
    const after = changed(17, ['     return 2;', '-    // gone', '   }']);
    const file = widenHunks({ ...before, hunks: [...before.hunks, ...after.hunks] }, HEAD);
    expect(file.hunks).toHaveLength(1);
    expect(file.hunks[0]?.lines).toEqual([
      ' class Second {',
      '   run(b) {',
      '-    if (!b) {',
      '+    if (b) {',
      '       return 1;',
      '     }',
      '     return 2;',
      '-    // gone',
      '   }',
      ' }',
    ]);
    expect(removedLines(file).map(({ text }) => text)).toEqual(['    if (!b) {', '    // gone']);
  });

  it('stays as it is when the file says something else, or is new', () => {
    const odd = changed(6, ['   const nine = 9;', '+  const four = 4;']);
    expect(widenHunks(odd, HEAD)).toBe(odd);
    const fresh = changed(1, ['+a'], 'new file mode 100644\nindex 0..2\n');
    expect(widenHunks(fresh, 'a\n')).toBe(fresh);
  });

  it('at the left margin is not widened: nothing encloses it', () => {
    const file = changed(1, ["+import { x } from './x.js';", ' ', ' export function first(a) {']);
    expect(widenHunks(file, HEAD).hunks[0]?.lines).toEqual(file.hunks[0]?.lines);
  });
});

describe('a hunk that is too large for a part', () => {
  const lines = Array.from({ length: 40 }, (_, n) =>
    n % 10 === 9 ? '+' : n % 10 === 0 ? `+function f${n}() {` : `+  call(${n});`,
  );
  const hunk = { oldStart: 1, newStart: 1, heading: '', lines };

  it('is cut between functions', () => {
    const { pieces, left } = splitHunk('f.js', '', hunk, 360);
    expect(left).toBe(0);
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces.slice(1)) expect(piece.text.split('\n')[1]).toMatch(/^\+function/);
    expect(pieces.map((piece) => piece.changedLines).reduce((a, b) => a + b)).toBe(40);
  });
});
