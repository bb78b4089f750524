import { findCalls, type Item, makeLineCounter, squeeze } from './compare-items.ts';
import { extensionOf } from './file-kind.ts';

const DDL =
  /^(?:create|alter|drop|rename|truncate)\s+(?:or\s+replace\s+)?(?:(?:unique|clustered|nonclustered|fulltext|spatial|global|unlogged|materialized|virtual|foreign|constraint|definer\s*=\s*\S+|algorithm\s*=\s*\S+|recursive|external|editionable)\s+)*(?:table|index|view|type|schema|column|trigger|function|procedure|sequence|domain|extension|database|policy|enum|keyspace|collection|role|publication|aggregate|rule|event)\b/i;
const TEMPORARY = /^create\s+(?:or\s+replace\s+)?(?:local\s+|global\s+)?temp(?:orary)?\b/i;
const SP_RENAME = /^exec(?:ute)?\s+sp_rename\b/i;
/** Statements that name a database object but do not change its shape. */
const ROLE_ONLY = /^(?:create|alter|drop)\s+(?:role|database|publication)\b/i;

function isDdl(statement: string): boolean {
  const start = statement.slice(0, 300);
  return (DDL.test(start) && !TEMPORARY.test(start) && !ROLE_ONLY.test(start)) || SP_RENAME.test(start);
}

/** Semicolons that end statements: not those inside strings or `$$` bodies. */
function splitSql(text: string): { start: number; text: string }[] {
  const found: { start: number; text: string }[] = [];
  const marks = /;|'|\$[A-Za-z_]*\$/g;
  let from = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === ';') {
      found.push({ start: from, text: text.slice(from, mark.index) });
      from = marks.lastIndex;
      continue;
    }
    const end = text.indexOf(mark[0], marks.lastIndex);
    marks.lastIndex = end < 0 ? text.length : end + mark[0].length;
  }
  found.push({ start: from, text: text.slice(from) });
  return found;
}

/** The statements of a SQL file that change the shape of a database; data statements are none of them. */
export function extractSql(_path: string, code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const statement of splitSql(code)) {
    const lead = statement.text.search(/\S/);
    if (lead < 0) continue;
    const body = statement.text.slice(lead);
    if (isDdl(body)) items.push({ key: `sql ${squeeze(body)}`, line: lineAt(statement.start + lead), rule: 'sql_ddl' });
  }
  return items;
}

/** DDL inside a program: `db.exec("ALTER TABLE …")`, `op.execute(...)`, `knex.raw(...)`. */
const EMBEDDED =
  /["'`]\s*((?:create\s+(?:unique\s+)?(?:table|index|type|materialized\s+view|view|trigger|sequence)\s+(?:if\s+not\s+exists\s+|concurrently\s+)*["'`[\\]?[\w$.{]+|alter\s+(?:table|type)\s+(?:if\s+exists\s+|only\s+)*["'`[\\]?[\w$.{]+["'`\]\\]*\s+(?:add|drop|alter|rename|modify|change)\b|drop\s+(?:table|index|type|view|column)\s+(?:if\s+exists\s+|concurrently\s+)*["'`[\\]?[\w$.{]+)[^;`]{0,2000})/gi;

export function extractEmbeddedSql(_path: string, code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [...code.matchAll(EMBEDDED)].map((match) => {
    const text = match[1] ?? '';
    const quote = match[0].charAt(0);
    const end = quote === '`' || code.startsWith(quote.repeat(3), match.index - 2) ? -1 : text.indexOf(quote);
    return {
      key: `sql ${squeeze(end < 0 ? text : text.slice(0, end))}`,
      line: lineAt(match.index),
      rule: 'sql_in_code',
    };
  });
}

/** Calls that change a schema, by the language of the migration. Each is taken whole, with its arguments. */
const OPERATIONS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  py: [
    [
      /\bmigrations\.(?:CreateModel|DeleteModel|AddField|RemoveField|AlterField|RenameField|RenameModel|AddIndex|RemoveIndex|RenameIndex|AddConstraint|RemoveConstraint|AlterUniqueTogether|AlterIndexTogether|AlterModelTable|AlterOrderWithRespectTo)\s*\(/g,
      'django_operation',
    ],
    [
      /\b(?:op|batch_op)\.(?:create_table|drop_table|rename_table|add_column|drop_column|alter_column|create_index|drop_index|create_foreign_key|create_primary_key|create_unique_constraint|create_check_constraint|drop_constraint|create_exclude_constraint)\s*\(/g,
      'alembic_operation',
    ],
  ],
  rb: [
    [
      /^[ \t]*(?:create_table|drop_table|rename_table|change_table|add_column|remove_columns?|rename_column|change_column(?:_default|_null)?|add_index|remove_index|rename_index|add_reference|add_belongs_to|remove_reference|remove_belongs_to|add_foreign_key|remove_foreign_key|add_timestamps|remove_timestamps|create_join_table|drop_join_table|add_check_constraint|remove_check_constraint|create_enum|drop_enum|enable_extension|disable_extension)\b[^\n]*/gm,
      'rails_operation',
    ],
    [/^[ \t]*t\.[a-z_]+\b[^\n]*/gm, 'rails_column'],
  ],
  js: [
    [
      /\.(?:createTable(?:IfNotExists|Like)?|dropTable(?:IfExists)?|alterTable|renameTable|createView|dropView|addColumns?|removeColumn|changeColumn|renameColumn|dropColumns?|addIndex|removeIndex|createIndex|dropIndex|addConstraint|removeConstraint|dropConstraint|createForeignKey|dropForeignKey|createPrimaryKey|dropPrimaryKey|createUniqueConstraint|dropUniqueConstraint|createCheckConstraint|dropCheckConstraint|createSchema|dropSchema|createType|dropType|createCollection|dropCollection)\s*\(/g,
      'migration_call',
    ],
    [/\bschema(?:\.withSchema\([^()]*\))?\s*\.table\s*\(/g, 'migration_call'],
    [
      /\b(?:table|t)\.(?:increments|bigIncrements|integer|bigInteger|smallint|tinyint|text|string|float|double|decimal|boolean|date|datetime|timestamps?|time|binary|enum|enu|json|jsonb|uuid|unique|index|foreign|primary|specificType|setNullable|dropNullable|dropForeign|dropUnique|dropIndex|dropPrimary|dropTimestamps)\s*\(/g,
      'knex_column',
    ],
  ],
  php: [[/\bSchema::(?:create|table|drop|dropIfExists|rename|dropColumns|connection)\s*\(/g, 'laravel_operation']],
  exs: [
    [
      /^[ \t]*(?:create|create_if_not_exists|alter|drop|drop_if_exists|rename)[ (]+(?:table|index|unique_index|constraint)\b[^\n]*/gm,
      'ecto_operation',
    ],
    [/^[ \t]*(?:add|add_if_not_exists|remove|remove_if_exists|modify)[ (]+:[^\n]*/gm, 'ecto_column'],
  ],
  xml: [
    [
      /<(?:createTable|dropTable|renameTable|addColumn|dropColumn|renameColumn|modifyDataType|addPrimaryKey|dropPrimaryKey|addForeignKeyConstraint|dropForeignKeyConstraint|addUniqueConstraint|dropUniqueConstraint|addNotNullConstraint|dropNotNullConstraint|addDefaultValue|dropDefaultValue|createIndex|dropIndex|createView|dropView|createSequence|dropSequence|column)\b[^>]*>/g,
      'liquibase_change',
    ],
  ],
  yaml: [
    [
      /^[ \t-]*(?:createTable|dropTable|renameTable|addColumn|dropColumn|renameColumn|modifyDataType|addPrimaryKey|dropPrimaryKey|addForeignKeyConstraint|dropForeignKeyConstraint|addUniqueConstraint|dropUniqueConstraint|addNotNullConstraint|dropNotNullConstraint|createIndex|dropIndex|createView|dropView|createSequence)[ \t]*:[^\n]*/gm,
      'liquibase_change',
    ],
  ],
};

const ALIAS: Readonly<Record<string, string>> = {
  ts: 'js',
  mjs: 'js',
  cjs: 'js',
  mts: 'js',
  cts: 'js',
  ex: 'exs',
  yml: 'yaml',
  rake: 'rb',
};

/** Text that describes a column to people and changes nothing in a database. */
const DESCRIPTIONS =
  /,?\s*\b(?:help_text|verbose_name(?:_plural)?|comment|related_name|error_messages|blank|editable|validators)\s*[=:]\s*(?:_\((["'])[^"'\n]{0,500}\1\)|(["'])[^"'\n]{0,500}\2|True|False|\[[^\]]{0,300}\])/g;

/** Schema operations of a migration written as code. */
export function extractOperations(path: string, code: string): Item[] {
  const language = extensionOf(path);
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const [pattern, rule] of OPERATIONS[ALIAS[language] ?? language] ?? []) {
    for (const { match, end } of findCalls(code, pattern)) {
      const text = code.slice(match.index, end).replace(DESCRIPTIONS, '');
      items.push({ key: `${rule} ${squeeze(text)}`, line: lineAt(match.index + match[0].search(/\S/)), rule });
    }
  }
  return items;
}
