import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { leftOut } from './model-items.ts';
import { withoutOptions } from './program-options.ts';

const JPA_ENTITY = /@(?:Entity|MappedSuperclass|Embeddable)\b/;
const JPA_FIELD =
  /^[ \t]*((?:@\w+(?:\([^\n]{0,300}\))?[ \t]*(?:\n[ \t]*)?){0,12})(?:(?:private|protected|public)[ \t]+(?!static\b|class\b|abstract\b|record\b|interface\b|enum\b|final[ \t]+static\b)(?:final[ \t]+)?([\w<>,.?[\] ]+?)[ \t]+(\w+)[ \t]*(?:=[^;\n]*)?;|(?:(?:private|protected|open|lateinit|override)[ \t]+)*va[lr][ \t]+(\w+)[ \t]*:[ \t]*([\w<>?.]+))/gm;
const JPA_KEPT = /@(?:Column|JoinColumn|Id|Enumerated|Lob|Embedded|Version|ColumnInfo|PrimaryKey)\b(?:\([^)\n]*\))?/g;
/** What the program does with a column that is there. */
const JPA_OPTIONS = leftOut('insertable', 'updatable');
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
    const kept = (marks.match(JPA_KEPT) ?? []).map((mark) => squeeze(withoutOptions(mark, JPA_OPTIONS)));
    items.push({
      key: `jpa ${owner}.${javaName ?? kotlinName ?? ''} ${squeeze(javaType ?? kotlinType ?? '')} ${kept.sort().join(' ')}`,
      line: lineAt(match.index + whole.search(/\S/)),
      rule: 'jpa_entity',
    });
  }
  return items;
}
