import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { columnCalls, columnText } from './model-items.ts';

const ECTO_FIELD =
  /^[ \t]+(?:field|belongs_to|embeds_one|embeds_many|timestamps)[ (]+(?![^\n]*\bvirtual:[ ]*true)[^\n]*$/gm;

export function ectoColumns(code: string): Item[] {
  // What is only embedded has no table: mostly the fields of a form.
  if (/\bembedded_schema\s+do\b/.test(code) && !/^\s*schema[ (]+["@]/m.test(code)) return [];
  return /\buse\s+Ecto\.Schema\b|\bschema\s+"/.test(code)
    ? columnCalls(code, ECTO_FIELD, /^[ \t]*schema\s+"(\w+)"/gm, 'ecto_schema')
    : [];
}

const GO_STRUCT = /^[ \t]*type[ \t]+(\w+)[ \t]+struct[ \t]*\{/gm;
const GO_TAG = /\b(?:gorm|xorm|bun):"([^"\n]{0,300})"/;
const GO_FIELD = /^[ \t]+([A-Z]\w*)[ \t]+([\w.*[\]]+)[ \t]*(`[^`\n]*`)?/gm;
const ENT_FIELD = /\b(?:field|edge|index)\.\w+\([^\n]*/g;

const GO_MIGRATED = /\.AutoMigrate\(/g;

/** Structs that gorm, xorm or bun keep in a table, those that a program has gorm migrate, and the fields of ent schemas. */
export function goColumns(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  const migrated = new Set<string>();
  for (const { match, end } of findCalls(code, GO_MIGRATED)) {
    for (const [, name = ''] of code.slice(match.index, end).matchAll(/&?((?:\w+\.)?[A-Z]\w*)\{\}/g)) {
      migrated.add(name);
      items.push({ key: `go_model ${name}`, line: lineAt(match.index), rule: 'go_model' });
    }
  }
  for (const { match, end } of findCalls(code, GO_STRUCT)) {
    const body = code.slice(match.index, end);
    if (!migrated.has(match[1] ?? '') && !GO_TAG.test(body) && !/^[ \t]+(?:gorm\.Model|bun\.BaseModel)\b/m.test(body))
      continue;
    for (const field of body.matchAll(GO_FIELD)) {
      const [, name = '', type = '', tags = ''] = field;
      const tag = GO_TAG.exec(tags)?.[1] ?? '';
      // A list of other structs is the far side of a relation.
      if (tag === '-' || (type.startsWith('[]') && type !== '[]byte' && tag === '')) continue;
      items.push({
        key: `go_model ${match[1] ?? ''}.${name} ${type} ${squeeze(tag)}`,
        line: lineAt(match.index + field.index),
        rule: 'go_model',
      });
    }
  }
  if (/"entgo\.io\/ent/.test(code)) {
    for (const match of code.matchAll(ENT_FIELD))
      items.push({ key: `ent ${squeeze(match[0])}`, line: lineAt(match.index), rule: 'ent_schema' });
  }
  return items;
}

const JPA_ENTITY = /@(?:Entity|MappedSuperclass|Embeddable)\b/;
const JPA_FIELD =
  /^[ \t]*((?:@\w+(?:\([^\n]{0,300}\))?[ \t]*(?:\n[ \t]*)?){0,12})(?:(?:private|protected|public)[ \t]+(?!static\b|class\b|abstract\b|record\b|interface\b|enum\b|final[ \t]+static\b)(?:final[ \t]+)?([\w<>,.?[\] ]+?)[ \t]+(\w+)[ \t]*(?:=[^;\n]*)?;|(?:(?:private|protected|open|lateinit|override)[ \t]+)*va[lr][ \t]+(\w+)[ \t]*:[ \t]*([\w<>?.]+))/gm;
const JPA_KEPT = /@(?:Column|JoinColumn|Id|Enumerated|Lob|Embedded|Version|ColumnInfo|PrimaryKey)\b(?:\([^)\n]*\))?/g;
const JPA_TABLE = /@(?:Table|Entity)\b\(?/g;

/** Fields of JPA and Room entities, each with the annotations that shape its column. */
export function jpaColumns(code: string): Item[] {
  if (!JPA_ENTITY.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const owner = /\bclass[ \t]+(\w+)/.exec(code)?.[1] ?? '';
  const items = [...findCalls(code, JPA_TABLE)].map(({ match, end }) => ({
    key: `jpa ${owner} ${squeeze(code.slice(match.index, end))}`,
    line: lineAt(match.index),
    rule: 'jpa_entity',
  }));
  for (const match of code.matchAll(JPA_FIELD)) {
    const [whole, marks = '', javaType, javaName, kotlinName, kotlinType] = match;
    if (/@(?:Transient|OneToMany|Ignore|Autowired|Inject|PersistenceContext)\b/.test(marks)) continue;
    const kept = (marks.match(JPA_KEPT) ?? []).map(squeeze).sort().join(' ');
    items.push({
      key: `jpa ${owner}.${javaName ?? kotlinName ?? ''} ${squeeze(javaType ?? kotlinType ?? '')} ${kept}`,
      line: lineAt(match.index + whole.search(/\S/)),
      rule: 'jpa_entity',
    });
  }
  return items;
}

const DOCTRINE_COLUMN =
  /(?:#\[|@)(?:ORM\\)(?:Column|JoinColumn|ManyToOne|OneToOne|ManyToMany|JoinTable|Id|Table|Index|UniqueConstraint|Embedded)\b\(?/g;
const PHP_CLASS = /^[ \t]*(?:final\s+|abstract\s+)?class\s+(\w+)/gm;

/** Doctrine attributes and annotations with the property below them. */
export function doctrineColumns(code: string): Item[] {
  if (!/\bORM\\/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const owner = [...code.matchAll(PHP_CLASS)][0]?.[1] ?? '';
  return [...findCalls(code, DOCTRINE_COLUMN)].map(({ match, end }) => {
    const property = /\$\w+/.exec(code.slice(end, end + 400))?.[0] ?? '';
    return {
      key: `doctrine ${owner}.${property} ${columnText(code.slice(match.index, end))}`,
      line: lineAt(match.index),
      rule: 'doctrine_entity',
    };
  });
}
