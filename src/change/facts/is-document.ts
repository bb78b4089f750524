import type { DiffFile } from '../parse-diff.ts';
import { extensionOf, isDocFile } from './file-kind.ts';

/** A changed file that is documentation, and not a program that only has the name of one, as `bin/support` may be. */
export function isDocument(file: DiffFile): boolean {
  if (!isDocFile(file.path)) return false;
  return extensionOf(file.path) !== '' || !(file.mode === '100755' || startsWithShebang(file));
}

function startsWithShebang({ hunks }: DiffFile): boolean {
  const [first] = hunks;
  const shown = first?.lines.find((line) => line[0] !== '-');
  return first !== undefined && first.newStart <= 1 && shown !== undefined && shown.startsWith('#!', 1);
}
