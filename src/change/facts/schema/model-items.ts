import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { withoutOptions } from './program-options.ts';

/** What describes a column to people, or only the program looks at, in any mapper. */
const DESCRIPTIONS: ReadonlySet<string> = new Set([
  'help_text',
  'verbose_name',
  'related_name',
  'related_query_name',
  'error_messages',
  'validators',
  'doc',
  'comment',
  'description',
  'info',
  'choices',
  'blank',
  'editable',
]);

/** Names of options, those of every mapper and a mapper's own, that leave the database alone. */
export function leftOut(...names: readonly string[]): ReadonlySet<string> {
  return new Set([...DESCRIPTIONS, ...names]);
}

/** A column's definition as a key: what the database does not see is taken out. */
export function columnText(text: string, options: ReadonlySet<string> = DESCRIPTIONS): string {
  return squeeze(withoutOptions(text, options))
    .replaceAll('(,', '(')
    .replaceAll('{,', '{')
    .replaceAll(',)', ')')
    .replaceAll('({})', '()');
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
export function columnCalls(
  code: string,
  pattern: RegExp,
  owner: RegExp,
  rule: string,
  options: ReadonlySet<string> = DESCRIPTIONS,
): Item[] {
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, owner);
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, pattern)) {
    const line = lineAt(match.index + match[0].search(/\S/));
    items.push({ key: `${rule} ${ownerOf(line)}.${columnText(code.slice(match.index, end), options)}`, line, rule });
  }
  return items;
}
