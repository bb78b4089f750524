/** Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment distance. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The one of `words` that was probably meant by `typed`, or undefined when none is near: at most a third of it may differ. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  // A word of a megabyte would cost a square of that, and resembles nothing.
  if (typed.length > 80) return undefined;
  const wanted = typed.toLowerCase().replaceAll('-', '_');
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: { word: string; edits: number } | undefined;
  for (const word of words) {
    const edits = distance(wanted, word.toLowerCase().replaceAll('-', '_'));
    if (edits <= allowed && (nearest === undefined || edits < nearest.edits)) nearest = { word, edits };
  }
  return nearest?.word;
}
