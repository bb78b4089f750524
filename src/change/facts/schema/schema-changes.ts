import type { ChangeContext, Detected } from '../change-context.ts';
import { compareItems, type ExtractItems } from '../compare-items.ts';
import { extensionOf, isMigrationFile, isSupportFile } from '../file-kind.ts';
import { noteUnreadable } from '../unreadable-text.ts';
import { makeAltersNothing } from './altered-alike.ts';
import { columnsMappedElsewhere } from './mapped-elsewhere.ts';
import { extractModelColumns } from './model-columns.ts';
import { extractOperations } from './schema-operations.ts';
import { extractEmbeddedSql, extractMigrationSql, extractSql } from './schema-statements.ts';

const CODE = /^(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php|exs?|scala|swift|prisma|xml|ya?ml|sql|cql|ddl|json)$/;

const SQL = /^(?:sql|cql|ddl)$/;

/** What a migration says of itself, wherever it stands. */
const MIGRATION =
  /\bActiveRecord::(?:Migration|Schema)\b|^(?:from alembic import|from django\.db import migrations)\b|\bMigrationInterface\b|\bextends (?:Migration|AbstractMigration)\b|\buse Ecto\.Migration\b|: Migration\b|\bdatabaseChangeLog\b|\bqueryInterface\b|\bMigrationTrait\b/m;

const extract: ExtractItems = (path, code) => {
  if (SQL.test(extensionOf(path))) return extractSql(path, code);
  if (!isMigrationFile(path) && !MIGRATION.test(code))
    return [...extractModelColumns(path, code), ...extractEmbeddedSql(code)];
  // Migrations in Go hold a copy of the struct as it shall be.
  const structs = extensionOf(path) === 'go' ? extractModelColumns(path, code) : [];
  return [...extractOperations(path, code), ...extractMigrationSql(code), ...structs];
};

/**
 * Whether the shape of a database changes: statements, migration operations and model columns that are there on one side
 * of the change only. A comment, a reformatting, a moved file or a data statement leaves both sides equal.
 */
export async function detectSchemaChanges(context: ChangeContext): Promise<Detected> {
  const change = await compareItems(
    context,
    (file, path) => !file.binary && CODE.test(extensionOf(path)) && !isSupportFile(path),
    extract,
  );
  const altersNothing = makeAltersNothing(change, context.files);
  const found = [...change.added, ...change.removed].filter((item) => !altersNothing(item));
  if (found.length === 0) found.push(...(await columnsMappedElsewhere(context)));
  const evidence = found.map((item) => ({
    path: item.path,
    line: item.line,
    rule: item.rule,
  }));
  const unknown = noteUnreadable(
    context.files,
    (path) =>
      (SQL.test(extensionOf(path)) || isMigrationFile(path)) && CODE.test(extensionOf(path)) && !isSupportFile(path),
  );
  return { evidence, unknown };
}
