import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';

const GO_STRUCT = /^[ \t]*type[ \t]+(\w+)[ \t]+struct[ \t]*\{/gm;
const GO_TAG = /\b(?:gorm|xorm|bun):"([^"\n]{0,300})"/;
/** What gorm itself does with a value: who may read or write it, and how it is made. */
const PROGRAM_TAG = /(?:^|;)\s*(?:<-|->|serializer|autoCreateTime|autoUpdateTime|comment)(?::[^;]*)?(?=;|$)/gi;
const GO_FIELD = /^[ \t]+([A-Z]\w*)[ \t]+([\w.*[\]]+)[ \t]*(`[^`\n]*`)?/gm;
const ENT_FIELD = /\b(?:field|edge|index)\.\w+\([^\n]*/g;
/** `func (Order) TableName() string`: what gorm and xorm ask a struct that they keep. */
const NAMED_TABLE = /\bfunc[ \t]*\([ \t]*(?:\w+[ \t]+)?\*?(\w+)[ \t]*\)[ \t]*TableName\(\)[ \t]*string\b/g;

const GO_MIGRATED = /\.(?:AutoMigrate|Sync2?)\(/g;
const GO_VALUE = /&?((?:\w+\.)?[A-Z]\w*)\{\}|\bnew\(((?:\w+\.)?[A-Z]\w*)\)|\(\*((?:\w+\.)?[A-Z]\w*)\)\(nil\)/g;
const GO_PACKAGE = /^[ \t]*package[ \t]+(\w+)/m;

/** Structs that a text has gorm or xorm migrate: `User`, `models.User`, and where in the text. */
function migratedStructs(code: string): { name: string; at: number }[] {
  const namedIn = (text: string, at: number) =>
    [...text.matchAll(GO_VALUE)].map((match) => ({ name: match[1] ?? match[2] ?? match[3] ?? '', at }));
  return findCalls(code, GO_MIGRATED).flatMap(({ match, end }) => {
    const named = namedIn(code.slice(match.index, end), match.index);
    // A list that stands elsewhere in the file: `for _, model := range models { db.AutoMigrate(model) }`.
    return named.length > 0 ? named : namedIn(code, match.index);
  });
}

function structFields(code: string, isKept: (name: string, body: string) => boolean): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, GO_STRUCT)) {
    const body = code.slice(match.index, end);
    if (!isKept(match[1] ?? '', body)) continue;
    for (const field of body.matchAll(GO_FIELD)) {
      const [, name = '', type = '', tags = ''] = field;
      const tag = (GO_TAG.exec(tags)?.[1] ?? '').replace(PROGRAM_TAG, '');
      // A list of other structs is the far side of a relation.
      if (tag === '-' || (type.startsWith('[]') && type !== '[]byte' && tag === '')) continue;
      items.push({
        key: `go_model ${match[1] ?? ''}.${name} ${type} ${squeeze(tag)}`,
        line: lineAt(match.index + field.index),
        rule: 'go_model',
      });
    }
  }
  return items;
}

const isTagged = (body: string) => GO_TAG.test(body) || /^[ \t]+(?:gorm\.Model|bun\.BaseModel)\b/m.test(body);

/** Structs that gorm, xorm or bun keep in a table, those that a program has gorm migrate, and the fields of ent schemas. */
export function goColumns(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const migrated = migratedStructs(code);
  const names = new Set([
    ...migrated.map(({ name }) => name),
    ...[...code.matchAll(NAMED_TABLE)].map((match) => match[1] ?? ''),
  ]);
  const items = migrated.map(({ name, at }) => ({ key: `go_model ${name}`, line: lineAt(at), rule: 'go_model' }));
  items.push(...structFields(code, (name, body) => names.has(name) || isTagged(body)));
  if (/"entgo\.io\/ent/.test(code)) {
    for (const match of code.matchAll(ENT_FIELD))
      items.push({ key: `ent ${squeeze(match[0])}`, line: lineAt(match.index), rule: 'ent_schema' });
  }
  return items;
}

const IMPORTED_AS = /^[ \t]*(?:import[ \t]+)?(\w+)[ \t]+"[^"\n]*?([\w-]+)"[ \t]*$/gm;

/** Structs that a file has migrated, each behind the name of its package: `models.User`. */
export function mappedStructs(code: string): string[] {
  const own = GO_PACKAGE.exec(code)?.[1] ?? '';
  const aliases = new Map([...code.matchAll(IMPORTED_AS)].map((match) => [match[1] ?? '', match[2] ?? '']));
  return migratedStructs(code).map(({ name }) => {
    const [qualifier = '', struct = ''] = name.includes('.') ? name.split('.') : [own, name];
    return `${aliases.get(qualifier) ?? qualifier}.${struct}`;
  });
}

/** Fields of structs that nothing in their own file maps, of those that are asked for. */
export function plainStructs(code: string, asked: ReadonlySet<string> | null): Item[] {
  const own = GO_PACKAGE.exec(code)?.[1] ?? '';
  return structFields(code, (name, body) => !isTagged(body) && asked?.has(`${own}.${name}`) !== false);
}
