const MARK =
  /@internal\b|@private\b|@hidden\b|@hide\b|@ignore\b|@api[ \t]+private\b|:nodoc:|doc\(hidden\)|@InternalApi\b|\bNot (?:part of|for) (?:the )?public (?:API|use)\b/;
const ABOVE = /^\s*(?:\/\*|\*|\/\/|#|@|\[|'|"|$)/;
const REACH = 40;

/**
 * Whether what stands on a line is said to be nobody's to use: in the comment above it, among its marks, or behind it. The
 * comment is text that only the raw file has.
 */
export function isMarkedInternal(lines: readonly string[], line: number): boolean {
  const own = lines[line - 1] ?? '';
  if (MARK.test(own)) return true;
  for (let at = line - 2; at >= 0 && at > line - REACH; at -= 1) {
    const text = lines[at] ?? '';
    if (!ABOVE.test(text)) return false;
    if (MARK.test(text)) return true;
    // The blank line above a comment parts it from what is before it.
    if (text.trim() === '' && at < line - 2) return false;
  }
  return false;
}
