import { endOfBracket, findCalls, type Item, makeLineCounter } from '../compare-items.ts';
import { columnText, leftOut, ownersByLine } from './model-items.ts';

const COLUMN =
  /@(?:Column|PrimaryColumn|PrimaryGeneratedColumn|CreateDateColumn|UpdateDateColumn|DeleteDateColumn|VersionColumn|JoinColumn|OneToOne|ManyToOne|ManyToMany|JoinTable|ForeignKey|PrimaryKey|Index|Unique|Check|Entity|Table|Property|Enum)\b\(?/g;
/** `@Index` and the like have these meanings only where one of these maps objects to tables. */
const MAPPER =
  /["'](?:typeorm|sequelize-typescript|@mikro-orm\/[\w-]+)["']|@(?:Primary\w*|Update\w*|Create\w*|)Column\b/;
const JS_CLASS = /^[ \t]*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(\w+)/gm;

/** Options of a column or a relation that only the program looks at. */
const PROGRAM_OPTIONS = leftOut(
  'eager',
  'lazy',
  'cascade',
  'persistence',
  'orphanedRowAction',
  'orphanRemoval',
  'select',
  'transformer',
  'onCreate',
  'hidden',
  'serializer',
  'serializedName',
  'serializedPrimaryKey',
  'strategy',
  'ref',
  'orderBy',
  'mapToPk',
  'trackChanges',
);
/** A function is called by the program; `onUpdate: 'CASCADE'` is what the database does. */
const MADE_ON_UPDATE = /,?\s*\bonUpdate\s*:\s*(?:\(|\w+\s*=>)[^,}\n]*/g;

/** A property that has no column. */
const NOT_KEPT = /\bpersist\s*:\s*false\b/;

const MOST_DECORATORS = 12;
const DECORATOR = /\s*@[\w.]+[ \t]*(\()?/y;
/** A property with its type, or the class that is decorated. */
const PROPERTY =
  /\s*(?:(?:export|default|abstract|public|private|protected|readonly|declare|override|accessor)\s+){0,6}(?:class\s+\w+|(?:static\s+)?[\w$#]+[ \t]*[?!]?(?:[ \t]*:[ \t]*[^;=\n]+)?)/y;

/** What a decorator stands on: further decorators are passed over, and what the program sets it to at first is left out. */
function decorated(code: string, end: number): string {
  let at = end;
  for (let passed = 0; passed < MOST_DECORATORS; passed += 1) {
    DECORATOR.lastIndex = at;
    const next = DECORATOR.exec(code);
    if (next === null) break;
    at = next[1] === undefined ? DECORATOR.lastIndex : endOfBracket(code, DECORATOR.lastIndex - 1);
  }
  PROPERTY.lastIndex = at;
  return PROPERTY.exec(code)?.[0] ?? '';
}

/** TypeORM, sequelize-typescript and MikroORM: a decorator and the property below it. */
export function decoratedColumns(code: string): Item[] {
  if (!MAPPER.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, JS_CLASS);
  const kept = findCalls(code, COLUMN).filter(({ match, end }) => !NOT_KEPT.test(code.slice(match.index, end)));
  return kept.map(({ match, end }) => {
    const line = lineAt(match.index);
    const options = columnText(code.slice(match.index, end).replace(MADE_ON_UPDATE, ''), PROGRAM_OPTIONS);
    return {
      key: `mapped ${ownerOf(line)}.${options} ${columnText(decorated(code, end))}`,
      line,
      rule: 'mapped_class',
    };
  });
}
