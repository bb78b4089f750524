import { parsePatch } from 'diff';

export interface DiffLine {
  readonly path: string;
  /** In the new version; null for a removed line. */
  readonly line: number | null;
  readonly text: string;
}

export interface DiffLines {
  readonly added: readonly DiffLine[];
  readonly removed: readonly DiffLine[];
}

/** The added and removed lines of a unified diff with their places. */
export function readDiffLines(diff: string): DiffLines {
  const added: DiffLine[] = [];
  const removed: DiffLine[] = [];
  for (const file of parsePatch(diff)) {
    const path = pathOf(file.newFileName) ?? pathOf(file.oldFileName) ?? '';
    for (const hunk of file.hunks) {
      let line = hunk.newStart;
      for (const text of hunk.lines) {
        if (text.startsWith('+')) added.push({ path, line: line++, text: text.slice(1) });
        else if (text.startsWith('-')) removed.push({ path, line: null, text: text.slice(1) });
        else if (!text.startsWith('\\')) line++;
      }
    }
  }
  return { added, removed };
}

function pathOf(name: string | undefined): string | undefined {
  if (name === undefined || name === '/dev/null') return undefined;
  return name.replace(/^[ab]\//, '');
}
