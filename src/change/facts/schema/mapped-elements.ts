import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';

const MAPPING = /<(?:hibernate-mapping|doctrine-mapping|entity-mappings)\b/;
const ELEMENT =
  /<(?:class|subclass|joined-subclass|entity|table|id|field|property|basic|column|many-to-one|one-to-one|many-to-many|version|index|unique-constraint|join-column)\b[^>]{0,1000}>/g;

/** Columns and tables of an XML mapping: Hibernate, Doctrine, JPA's `orm.xml`. */
export function mappedElements(code: string): Item[] {
  if (!MAPPING.test(code)) return [];
  const lineAt = makeLineCounter(code);
  return [...code.matchAll(ELEMENT)].map((match) => ({
    key: `mapped_xml ${squeeze(match[0].replace(/\s*\/>$/, '>'))}`,
    line: lineAt(match.index),
    rule: 'mapped_xml',
  }));
}

const GRDB = /\bimport GRDB\b|\bDatabaseMigrator\b|\.registerMigration\(/;
const TABLE_CALL =
  /\b(?:create|alter|drop|rename)\((?:table|index|view|indexOn):|\b\w+\.(?:add|rename|drop)\(column:|\b\w+\.(?:column|primaryKey|foreignKey|belongsTo|autoIncrementedPrimaryKey|uniqueKey)\(/g;

/** Tables and columns that GRDB's migrations make. */
export function swiftTables(code: string): Item[] {
  if (!GRDB.test(code)) return [];
  const lineAt = makeLineCounter(code);
  return findCalls(code, TABLE_CALL).map(({ match }) => ({
    key: `swift ${squeeze(/^[^\n{]*/.exec(code.slice(match.index))?.[0] ?? '')}`,
    line: lineAt(match.index),
    rule: 'migration_call',
  }));
}
