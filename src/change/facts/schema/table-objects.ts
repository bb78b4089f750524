import { findCalls, type Item, makeLineCounter } from '../compare-items.ts';
import { columnText, leftOut } from './model-items.ts';
import { propertiesOf } from './object-properties.ts';
import { endOfValue, withoutCalls, withoutOptions } from './program-options.ts';

const TABLE_CALL =
  /\b(?:pgTable|mysqlTable|sqliteTable|createTable|\w*[sS]chema\.table|sequelize\.define|\w+\.init)\(/g;
const ENUM_CALL = /\b(?:pgEnum|mysqlEnum|\w+\.enum)\(/g;
const TABLE_EXTRA = /\b(?:index|uniqueIndex|unique|primaryKey|foreignKey|check)\(/g;

/** Options of a Sequelize model, and of its columns, that only the program looks at. */
const PROGRAM_OPTIONS = leftOut(
  'defaultScope',
  'scopes',
  'hooks',
  'sequelize',
  'modelName',
  'getterMethods',
  'setterMethods',
  'validate',
  'instanceMethods',
  'classMethods',
  'get',
  'set',
);
/** Calls of Drizzle that give a value or a type in the program. */
const PROGRAM_CALLS = new Set(['$type', '$default', '$defaultFn', '$onUpdate', '$onUpdateFn']);
/** A name that tells the model from others, and a column that is only computed. */
const NO_COLUMN = /^name$/;
const VIRTUAL = /\bVIRTUAL\b/;
/** Values that the program makes for each row. */
const MADE_DEFAULT = /,?\s*\bdefaultValue\s*:\s*(?:\w+\.)?(?:UUIDV[14]|NOW)\b/g;

/** Drizzle tables and Sequelize models: every property of the table's object is a column. */
export function tableObjects(code: string): Item[] {
  if (!/\bdrizzle-orm\b|\bsequelize\b|\bDataTypes\b/i.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const { match, end: close } of findCalls(code, TABLE_CALL)) {
    const open = match.index + match[0].length - 1;
    const body = withoutCalls(withoutOptions(code.slice(open, close), PROGRAM_OPTIONS), PROGRAM_CALLS);
    const name = /["'`](\w+)["'`]/.exec(body)?.[1] ?? '';
    const add = (what: string, start: number, end: number) =>
      items.push({
        key: `table ${name}.${what} ${columnText(body.slice(start, end).replace(MADE_DEFAULT, ''))}`,
        line: lineAt(open + start),
        rule: 'table_definition',
      });
    const properties = propertiesOf(body);
    for (const { name: key, start, end } of properties) {
      if (!NO_COLUMN.test(key) && !VIRTUAL.test(body.slice(start, end))) add(key, start, end);
    }
    const consumed = properties.at(-1)?.end ?? 0;
    for (const extra of body.matchAll(TABLE_EXTRA)) {
      if (extra.index >= consumed) add('', extra.index, endOfValue(body, extra.index));
    }
  }
  if (/\bdrizzle-orm\b/.test(code)) {
    for (const { match, end } of findCalls(code, ENUM_CALL))
      items.push({
        key: `enum ${columnText(code.slice(match.index, end))}`,
        line: lineAt(match.index),
        rule: 'table_definition',
      });
  }
  return items;
}
