import type { DiffFile } from '../parse-diff.ts';

/**
 * Files that are text by their name but of which git sees only bytes, as with UTF-16: what they say is not known. A file
 * that is gone says nothing any more.
 */
export function noteUnreadable(files: readonly DiffFile[], isText: (path: string) => boolean): string[] {
  return files
    .filter((file) => file.binary && file.status !== 'deleted' && isText(file.path))
    .slice(0, 5)
    .map((file) => `${file.path} is no text that can be read (UTF-16?)`);
}
