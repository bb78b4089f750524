import { type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { ownersByLine } from './model-items.ts';

const CONTEXT = /\b(?:ModelBuilder|EntityTypeBuilder|IEntityTypeConfiguration|DbContext)\b/;
/** A statement that configures a table, a column or an index in Entity Framework. */
const CONFIGURED =
  /^[^\n;{}]*(?:\n[^\n;{}]*){0,12}?\.(?:HasIndex|HasKey|HasNoKey|HasAlternateKey|HasMaxLength|HasPrecision|HasColumnType|HasColumnName|HasDefaultValue(?:Sql)?|HasConversion|HasForeignKey|HasCheckConstraint|IsRequired|IsUnique|IsFixedLength|ToTable|ToView|OnDelete|OwnsOne|OwnsMany|HasDiscriminator)\((?:[^;]{0,2000});/gm;
const SETS = /\bDbSet<([\w.]+)>\s+(\w+)/g;
/** Files that a tool writes again from the migrations. */
const MIRROR = /(?:\.Designer|ModelSnapshot)\.cs$/;
const MAPPED = /\bDataAnnotations\.Schema\b|\[(?:Table|Key|ForeignKey|Column|Index|PrimaryKey)\b/;
const PROPERTY =
  /^[ \t]*((?:\[[^\]\n]{0,200}\][ \t]*(?:\r?\n[ \t]*)?){0,8})public[ \t]+(?:virtual[ \t]+|required[ \t]+)*([\w.<>?[\], ]+?)[ \t]+(\w+)[ \t]*\{[ \t]*get;/gm;
const SHAPING =
  /\[(?:Required|Key|Column|MaxLength|StringLength|ForeignKey|Index|Timestamp|DatabaseGenerated|Precision)\b[^\]\n]{0,200}\]/g;
const CLASS = /\bclass\s+(\w+)/;

const isColumn = (marks: string, type: string) =>
  !/\[NotMapped\b/.test(marks) && !/^(?:I?Collection|I?List|IEnumerable|HashSet)</.test(type);

/** Entity Framework: what a context configures, its sets, and the columns of classes whose attributes map them. */
export function dotnetColumns(path: string, code: string): Item[] {
  if (MIRROR.test(path)) return [];
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  const add = (key: string, at: number) => items.push({ key: `ef ${key}`, line: lineAt(at), rule: 'ef_model' });
  if (CONTEXT.test(code)) {
    for (const match of code.matchAll(SETS)) add(`set ${match[1] ?? ''} ${match[2] ?? ''}`, match.index);
    for (const match of code.matchAll(CONFIGURED))
      add(squeeze(match[0].replace(/\s*\.\s*/g, '.')), match.index + match[0].search(/\S/));
  }
  if (!MAPPED.test(code)) return items;
  const owner = CLASS.exec(code)?.[1] ?? '';
  for (const match of code.matchAll(PROPERTY)) {
    const [, marks = '', type = '', name = ''] = match;
    if (!isColumn(marks, type)) continue;
    const kept = (marks.match(SHAPING) ?? []).map(squeeze).sort().join(' ');
    add(`${owner}.${name} ${squeeze(type)} ${kept}`, match.index + match[0].search(/\S/));
  }
  return items;
}

const MAPPED_CLASS = /\b(?:DbSet|IEntityTypeConfiguration|EntityTypeBuilder|\.Entity)<(?:\w+\.)*(\w+)>/g;
const ANY_CLASS = /^[ \t]*(?:\[[^\]\n]*\][ \t]*)?(?:public|internal)?[^\n{(;]{0,60}\bclass[ \t]+(\w+)/gm;
const SETTER = /^\s*(?:(?:private|protected|internal)\s+)?(?:set|init)\b/;

/** Classes that a context of Entity Framework keeps in tables. */
export function mappedClasses(code: string): string[] {
  return CONTEXT.test(code) ? [...code.matchAll(MAPPED_CLASS)].map((match) => match[1] ?? '') : [];
}

/** Properties that conventions make columns, of the classes that are asked for; one whose type is such a class is a relation. */
export function plainClasses(code: string, asked: ReadonlySet<string> | null): Item[] {
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, ANY_CLASS);
  return [...code.matchAll(PROPERTY)].flatMap((match) => {
    const [whole, marks = '', type = '', name = ''] = match;
    const line = lineAt(match.index + whole.search(/\S/));
    const owner = ownerOf(line);
    if (
      asked?.has(owner) === false ||
      !isColumn(marks, type) ||
      asked?.has(type.replace('?', '').split('.').at(-1) ?? '') === true
    )
      return [];
    const after = match.index + whole.length;
    if (!SETTER.test(code.slice(after, after + 60))) return [];
    return [{ key: `ef ${owner}.${name} ${squeeze(type)}`, line, rule: 'ef_model' }];
  });
}
