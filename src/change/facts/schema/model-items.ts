import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';

/** Arguments that describe a column to people, or that only the program looks at, and leave the database alone. */
const DESCRIPTIONS =
  /,?\s*\b(?:help_text|verbose_name|related_name|error_messages|validators|doc|comment|description|info|choices)\s*[=:]\s*(?:_\((["'])[^"'\n]{0,500}\1\)|(["'])[^"'\n]{0,500}\2|\[[^[\]]{0,2000}\]|\((?:[^()]|\([^()]{0,300}\)){0,2000}\)|[\w.]+(?:\(\))?)/g;
const FLAGS = /,?\s*\b(?:blank|editable)\s*=\s*(?:True|False)/g;

/** A column's definition as a key: what people read about it is taken out. */
export function columnText(text: string): string {
  return squeeze(text.replace(DESCRIPTIONS, '').replace(FLAGS, '')).replaceAll('(,', '(').replaceAll(',)', ')');
}

/** The innermost named block (class, model, struct) above each line: a column belongs to it. */
export function ownersByLine(code: string, owner: RegExp): (line: number) => string {
  const lineAt = makeLineCounter(code);
  const owners = [...code.matchAll(owner)].map((match) => ({
    line: lineAt(match.index + match[0].search(/\S/)),
    name: match[1] ?? '',
  }));
  let at = 0;
  // Asked in the order of the text: one walk over the owners serves all columns.
  return (line) => {
    if ((owners[at]?.line ?? 0) > line) at = 0;
    while ((owners[at + 1]?.line ?? Number.POSITIVE_INFINITY) <= line) at += 1;
    const found = owners[at];
    return found !== undefined && found.line <= line ? found.name : '';
  };
}

/** Every match of a pattern, with its brackets, as a column of the block it stands in. */
export function columnCalls(code: string, pattern: RegExp, owner: RegExp, rule: string): Item[] {
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, owner);
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, pattern)) {
    const line = lineAt(match.index + match[0].search(/\S/));
    items.push({ key: `${rule} ${ownerOf(line)}.${columnText(code.slice(match.index, end))}`, line, rule });
  }
  return items;
}
