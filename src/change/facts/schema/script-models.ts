import { findCalls, type Item, makeLineCounter } from '../compare-items.ts';
import { columnText, ownersByLine } from './model-items.ts';
import { endOfValue, propertiesOf } from './object-properties.ts';

const COLUMN =
  /@(?:Column|PrimaryColumn|PrimaryGeneratedColumn|CreateDateColumn|UpdateDateColumn|DeleteDateColumn|VersionColumn|JoinColumn|OneToOne|ManyToOne|ManyToMany|JoinTable|ForeignKey|PrimaryKey|Index|Unique|Check|Entity|Table|Property|Enum)\b\(?/g;
/** `@Index` and the like have these meanings only where one of these maps objects to tables. */
const MAPPER =
  /["'](?:typeorm|sequelize-typescript|@mikro-orm\/[\w-]+)["']|@(?:Primary\w*|Update\w*|Create\w*|)Column\b/;
const JS_CLASS = /^[ \t]*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(\w+)/gm;

/** Options of a relation that only the program looks at. */
const RELATION_OPTIONS = /,?\s*\b(?:eager|lazy|cascade|persistence)\s*:\s*(?:true|false|\[[^\]]{0,200}\])/g;

/** A property that has no column. */
const NOT_KEPT = /\bpersist\s*:\s*false\b/;

/** TypeORM, sequelize-typescript and MikroORM: a decorator and the property below it. */
export function decoratedColumns(code: string): Item[] {
  if (!MAPPER.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, JS_CLASS);
  const kept = findCalls(code, COLUMN).filter(({ match, end }) => !NOT_KEPT.test(code.slice(match.index, end)));
  return kept.map(({ match, end }) => {
    const property =
      /^[\s\S]{0,300}?(?:;|\{|\n[ \t]*\n)/.exec(code.slice(end, end + 320).replace(/^(?:[ \t]*\n)+/, '\n'))?.[0] ?? '';
    const line = lineAt(match.index);
    const text = `${code.slice(match.index, end)}${property}`.replace(RELATION_OPTIONS, '');
    return { key: `mapped ${ownerOf(line)}.${columnText(text)}`, line, rule: 'mapped_class' };
  });
}

const TABLE_CALL =
  /\b(?:pgTable|mysqlTable|sqliteTable|createTable|\w*[sS]chema\.table|sequelize\.define|\w+\.init)\(/g;
const ENUM_CALL = /\b(?:pgEnum|mysqlEnum|\w+\.enum)\(/g;
const TABLE_EXTRA = /\b(?:index|uniqueIndex|unique|primaryKey|foreignKey|check)\(/g;

/** Options of a Sequelize model, and of its columns, that only the program looks at. */
const PROGRAM_ONLY = new Set([
  'defaultScope',
  'scopes',
  'hooks',
  'sequelize',
  'modelName',
  'name',
  'getterMethods',
  'setterMethods',
  'validate',
  'instanceMethods',
  'classMethods',
]);
const VALIDATED = /,?\s*\bvalidate\s*:\s*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g;

/** Drizzle tables and Sequelize models: every property of the table's object is a column. */
export function tableObjects(code: string): Item[] {
  if (!/\bdrizzle-orm\b|\bsequelize\b|\bDataTypes\b/i.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const { match, end: close } of findCalls(code, TABLE_CALL)) {
    const open = match.index + match[0].length - 1;
    const body = code.slice(open, close);
    const name = /["'`](\w+)["'`]/.exec(body)?.[1] ?? '';
    const add = (what: string, start: number, end: number) =>
      items.push({
        key: `table ${name}.${what} ${columnText(body.slice(start, end).replace(VALIDATED, ''))}`,
        line: lineAt(open + start),
        rule: 'table_definition',
      });
    const properties = propertiesOf(body);
    for (const { name: key, start, end } of properties) if (!PROGRAM_ONLY.has(key)) add(key, start, end);
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
