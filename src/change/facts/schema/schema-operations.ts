import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { extensionOf } from '../file-kind.ts';
import { withoutOptions } from './program-options.ts';

/** Projects wrap these calls in helpers of their own: `createAddColumnMigration(…)`, `add_concurrent_index …`. */
const OWN_HELPER =
  /(?<!\bfunction[ \t]|\bfunc[ \t]|\bdef[ \t]|\w)\w{0,30}(?:[aA]dd|[cC]reate|[dD]rop|[rR]emove|[rR]ename|[aA]lter|[cC]hange|[mM]odify)\w{0,20}(?:Tables?|Columns?|Index(?:es)?|Constraints?|ForeignKeys?|PrimaryKey|Nullable|Unique)(?:Migration|IfExists|IfNotExists|Concurrently)?\s*\(/g;
const OWN_SNAKE_HELPER =
  /^[ \t]*(?:\w+\.){0,2}(?!def\b)(?:safe_)?(?:add|create|drop|remove|rename|alter|change|batch_alter)_(?:\w+_)?(?:tables?|columns?|index(?:es)?|foreign_key|constraints?|reference|text_limit|not_null_constraint|timestamps\w*|enum)(?:_concurrently|_if_exists)?\b[ (][^\n]*/gm;

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
    [OWN_SNAKE_HELPER, 'migration_helper'],
  ],
  rb: [
    [
      /^[ \t]*(?:create_table|drop_table|rename_table|change_table|add_column|remove_columns?|rename_column|change_column(?:_default|_null)?|add_index|remove_index|rename_index|add_reference|add_belongs_to|remove_reference|remove_belongs_to|add_foreign_key|remove_foreign_key|add_timestamps|remove_timestamps|create_join_table|drop_join_table|add_check_constraint|remove_check_constraint|create_enum|drop_enum|(?:create|update|replace|drop)_(?:materialized_)?view|(?:create|update|drop)_(?:function|trigger)|enable_extension|disable_extension)\b[^\n]*/gm,
      'rails_operation',
    ],
    [/^[ \t]*t\.[a-z_]+\b[^\n]*/gm, 'rails_column'],
    [OWN_SNAKE_HELPER, 'migration_helper'],
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
    [OWN_HELPER, 'migration_helper'],
  ],
  php: [
    [/\bSchema::(?:create|table|drop|dropIfExists|rename|dropColumns|connection)\s*\(/g, 'laravel_operation'],
    // Phinx, Cake, Doctrine's schema, Yii, CodeIgniter: calls on a table, a schema or the migration itself.
    [
      /->(?:(?:create|drop|rename|truncate)Table|(?:add|alter|change|drop|modify|remove|rename)Column|addField|(?:add|create|drop|remove|rename)(?:Unique)?Index(?:ByName)?|(?:add|drop)(?:Foreign|Primary)Key(?:Constraint)?|(?:set|change)PrimaryKey|(?:add|drop)UniqueConstraint|addTimestamps|addKey|dropForeignKeyConstraint|removeForeignKey)\s*\(/g,
      'migration_call',
    ],
  ],
  rs: [
    [
      /\.\s*(?:(?:create|drop|alter|rename)_table|(?:create|drop)_index|(?:create|drop)_foreign_key|(?:create|drop|alter)_type)\s*\(/g,
      'migration_call',
    ],
  ],
  go: [[OWN_HELPER, 'migration_helper']],
  java: [[OWN_HELPER, 'migration_helper']],
  kt: [[OWN_HELPER, 'migration_helper']],
  exs: [
    [
      /^[ \t]*(?:create|create_if_not_exists|alter|drop|drop_if_exists|rename)[ (]+(?:table|index|unique_index|constraint)\b[^\n]*/gm,
      'ecto_operation',
    ],
    [/^[ \t]*(?:add|add_if_not_exists|remove|remove_if_exists|modify)[ (]+:[^\n]*/gm, 'ecto_column'],
    // A library that brings its own tables: `Oban.Migration.up(version: 12)`.
    [/^[ \t]*(?:[A-Z]\w*\.){1,4}(?:\w*Migrations?)\.(?:up|down|change|migrate)\b[^\n]*/gm, 'ecto_operation'],
  ],
  xml: [
    [
      /<(?:createTable|dropTable|renameTable|addColumn|dropColumn|renameColumn|modifyDataType|addPrimaryKey|dropPrimaryKey|addForeignKeyConstraint|dropForeignKeyConstraint|addUniqueConstraint|dropUniqueConstraint|addNotNullConstraint|dropNotNullConstraint|addDefaultValue|dropDefaultValue|createIndex|dropIndex|createView|dropView|createSequence|dropSequence|column)\b[^>]*>/g,
      'liquibase_change',
    ],
  ],
  cs: [
    [/\bmigrationBuilder\.(?!Sql|InsertData|UpdateData|DeleteData)\w+(?:<[^>\n]*>)?\(/g, 'ef_operation'],
    [
      /\b(?:Create|Alter|Delete|Rename)\.(?:Table|Column|Index|ForeignKey|UniqueConstraint|PrimaryKey)\(/g,
      'fluent_operation',
    ],
  ],
  json: [
    [
      /"(?:createTable|dropTable|renameTable|addColumn|dropColumn|renameColumn|modifyDataType|addPrimaryKey|dropPrimaryKey|addForeignKeyConstraint|dropForeignKeyConstraint|addUniqueConstraint|dropUniqueConstraint|addNotNullConstraint|dropNotNullConstraint|createIndex|dropIndex|createView|dropView|createSequence|dropSequence)"\s*:\s*\{/g,
      'liquibase_change',
    ],
  ],
  yaml: [
    [
      /^[ \t-]*(?:createTable|dropTable|renameTable|addColumn|dropColumn|renameColumn|modifyDataType|addPrimaryKey|dropPrimaryKey|addForeignKeyConstraint|dropForeignKeyConstraint|addUniqueConstraint|dropUniqueConstraint|addNotNullConstraint|dropNotNullConstraint|createIndex|dropIndex|createView|dropView|createSequence)[ \t]*:[^\n]*/gm,
      'liquibase_change',
    ],
    [
      /^[ \t-]*(?:tableName|columnName|newColumnName|newTableName|newDataType|name|type|nullable|primaryKey|unique|columnNames)[ \t]*:[^\n]*/gm,
      'liquibase_column',
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

/** What describes a column to people and changes nothing in a database. */
const DESCRIPTIONS: ReadonlySet<string> = new Set([
  'help_text',
  'verbose_name',
  'verbose_name_plural',
  'comment',
  'related_name',
  'error_messages',
  'blank',
  'editable',
  'validators',
]);

/** Rows that a Liquibase change set writes: their columns name what is filled, and define nothing. */
const XML_ROWS = /<(insert|update|delete|loadData|loadUpdateData)\b(?:[^>]*\/>|[\s\S]{0,20000}?<\/\1>)/g;
const YAML_ROWS =
  /^([ \t]*)- (?:insert|update|delete|loadData|loadUpdateData):[^\n]*(?:\n(?:\1[ \t]+[^\n]*|[ \t]*(?=\n)))*/gm;

function withoutRows(language: string, code: string): string {
  if (language !== 'xml' && language !== 'yaml' && language !== 'yml') return code;
  return code.replace(language === 'xml' ? XML_ROWS : YAML_ROWS, (rows) => rows.replace(/[^\n]/g, ' '));
}

/** Schema operations of a migration written as code. */
export function extractOperations(path: string, text: string): Item[] {
  const language = extensionOf(path);
  const code = withoutRows(language, text);
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const [pattern, rule] of OPERATIONS[ALIAS[language] ?? language] ?? []) {
    // The names are plain words, and other YAML stands in folders of the same name.
    if (rule === 'liquibase_column' && !/\b(?:databaseChangeLog|changeSet)\b/.test(code)) continue;
    for (const { match, end } of findCalls(code, pattern)) {
      const called = withoutOptions(code.slice(match.index, end), DESCRIPTIONS);
      // Ruby's brackets around arguments are a matter of taste.
      const text = language === 'rb' ? called.replace(/^([ \t]*[\w.]+)\((.*)\)[ \t]*$/s, '$1 $2') : called;
      items.push({ key: `${rule} ${squeeze(text)}`, line: lineAt(match.index + match[0].search(/\S/)), rule });
    }
  }
  return items;
}
