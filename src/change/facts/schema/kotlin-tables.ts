import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { withoutCalls } from './program-options.ts';

const TABLE =
  /\bobject[ \t]+(\w+)[ \t]*:[ \t]*((?:Int|UInt|Long|ULong|UUID|Composite)?(?:Id)?Table\([^)\n]{0,200}\))[^{\n]{0,200}\{/g;
const COLUMN = /^[ \t]*(?:(?:override|private|public|internal)[ \t]+)*val[ \t]+(\w+)[ \t]*(?::[^=\n]+)?=\s*(?!by\b)/gm;
const INIT = /^[ \t]*(?:uniqueIndex|index|foreignKey|check)\(/gm;
/** However it is written, as a value or behind `get()`. */
const PRIMARY_KEY = /\bPrimaryKey\(/g;
/** Values that the program makes for each row. */
const PROGRAM_CALLS = new Set(['clientDefault', 'transform']);
/** A value ends with its line, unless the next one goes on with a call of its result. */
const VALUE = /^[^\n]*(?:\n[ \t]*\.[^\n]*)*/;

/** Tables of Exposed: every `val` of the object is a column, with the calls that shape it. */
export function exposedColumns(code: string): Item[] {
  if (!/\borg\.jetbrains\.exposed\b/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, TABLE)) {
    const [whole, owner = '', table = ''] = match;
    items.push({ key: `exposed ${owner} ${squeeze(table)}`, line: lineAt(match.index), rule: 'exposed_table' });
    const start = match.index + whole.length;
    const body = withoutCalls(code.slice(start, end), PROGRAM_CALLS);
    for (const column of body.matchAll(COLUMN)) {
      if (column[1] === 'primaryKey') continue;
      const value = VALUE.exec(body.slice(column.index + column[0].length))?.[0] ?? '';
      items.push({
        key: `exposed ${owner}.${column[1] ?? ''} ${squeeze(value)}`,
        line: lineAt(start + column.index + column[0].search(/\S/)),
        rule: 'exposed_table',
      });
    }
    for (const call of [...findCalls(body, INIT), ...findCalls(body, PRIMARY_KEY)])
      items.push({
        key: `exposed ${owner} ${squeeze(body.slice(call.match.index, call.end))}`,
        line: lineAt(start + call.match.index),
        rule: 'exposed_table',
      });
  }
  return items;
}
