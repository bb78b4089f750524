import { adds, changes, edits, type LabelledCase } from './labelled-case.ts';

const DJANGO_MODEL = `from django.db import models


class Order(models.Model):
    """A basket that was paid for."""

    number = models.CharField(max_length=32, help_text="shown to people")
    note = models.TextField(blank=True)
    status = models.CharField(
        max_length=16,
        choices=Status.choices,
        default=Status.OPEN,
    )

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["status"])]

    def total(self):
        return sum(line.price for line in self.lines.all())
`;

const SQL_TABLES = `-- what the shop keeps
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  number text NOT NULL
);

CREATE INDEX orders_number ON orders (number);
`;

const KNEX = `exports.up = async function (knex) {
  await knex.schema.alterTable('orders', (table) => {
    table.string('note');
  });
};

exports.down = async function (knex) {
  await knex.schema.alterTable('orders', (table) => {
    table.dropColumn('note');
  });
};
`;

const LIQUIBASE = `<databaseChangeLog>
  <changeSet id="7" author="ada">
    <addColumn tableName="orders">
      <column name="note" type="text"/>
    </addColumn>
  </changeSet>
</databaseChangeLog>
`;

export const SQL_SCHEMA_CASES: readonly LabelledCase[] = [
  // Flyway, Liquibase, SQL
  adds('Flyway: ALTER TABLE', true, {
    'src/main/resources/db/migration/V7__note.sql': 'ALTER TABLE orders ADD COLUMN note text;\n',
  }),
  adds('Flyway: data only', false, {
    'src/main/resources/db/migration/V8__fill.sql':
      "UPDATE orders SET note = '' WHERE note IS NULL;\nINSERT INTO flags (name) VALUES ('create table');\n",
  }),
  adds('Liquibase: XML', true, { 'src/main/resources/db/changelog/db.changelog-7.xml': LIQUIBASE }),
  edits(
    'Liquibase: a remark in XML',
    false,
    'src/main/resources/db/changelog/db.changelog-7.xml',
    LIQUIBASE,
    LIQUIBASE.replace('  <changeSet', '  <!-- for the packers -->\n  <changeSet'),
  ),
  adds('Liquibase: YAML', true, {
    'db/changelog/007.yaml':
      'databaseChangeLog:\n  - changeSet:\n      id: 7\n      author: ada\n      changes:\n        - addColumn:\n            tableName: orders\n            columns:\n              - column:\n                  name: note\n                  type: text\n',
  }),
  adds('Liquibase: JSON', true, {
    'db/changelog/008.json':
      '{"databaseChangeLog":[{"changeSet":{"id":"8","author":"ada","changes":[{"dropColumn":{"tableName":"orders","columnName":"note"}}]}}]}\n',
  }),
  edits(
    'SQL: a column in the tables’ file',
    true,
    'db/schema.sql',
    SQL_TABLES,
    SQL_TABLES.replace('  number text NOT NULL\n', '  number text NOT NULL,\n  note text\n'),
  ),
  edits(
    'SQL: comments and spaces',
    false,
    'db/schema.sql',
    SQL_TABLES,
    SQL_TABLES.replace('-- what the shop keeps', '-- all that the shop keeps').replace('(number);', '( number );'),
  ),
  adds('SQL: queries', false, {
    'queries/orders.sql': '-- name: ListOrders :many\nSELECT * FROM orders WHERE created_at > now();\n',
  }),
  adds('SQL: temporary table of a report', false, {
    'reports/monthly.sql': 'CREATE TEMP TABLE t AS SELECT 1;\nSELECT * FROM t;\n',
  }),
  adds('SQL: lower case with a schema', true, {
    'sql/2026-01-10.sql': 'create table if not exists shop.orders (id int);\n',
  }),
  adds('golang-migrate', true, {
    'migrations/000007_note.up.sql': 'ALTER TABLE orders ADD note text;\n',
    'migrations/000007_note.down.sql': 'ALTER TABLE orders DROP note;\n',
  }),
  adds('goose in Go', true, {
    'migrations/00007_note.go':
      'package migrations\n\nfunc up(tx *sql.Tx) error {\n\t_, err := tx.Exec(`ALTER TABLE orders ADD COLUMN note text`)\n\treturn err\n}\n',
  }),
  adds('sqlx', true, { 'migrations/20260110101010_note.sql': 'ALTER TABLE orders ADD COLUMN note TEXT;\n' }),
  adds('a table that a program makes for itself', true, {
    'src/store.py': 'def open(conn):\n    conn.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)")\n',
  }),
  adds('a table that a test makes', false, {
    'tests/test_store.py': 'def test_it(conn):\n    conn.execute("CREATE TABLE orders (id INTEGER)")\n',
  }),
  // What only looks like it
  adds('a document about migrations', false, {
    'docs/migrations.md': '```sql\nALTER TABLE orders ADD COLUMN note text;\n```\n',
  }),
  edits(
    'a GraphQL schema',
    false,
    'schema.graphql',
    'type Order { id: ID! }\n',
    'type Order { id: ID! note: String }\n',
  ),
  edits(
    'a zod schema',
    false,
    'src/schema.ts',
    "import { z } from 'zod';\nexport const Order = z.object({ number: z.string() });\n",
    "import { z } from 'zod';\nexport const Order = z.object({ number: z.string(), note: z.string().optional() });\n",
  ),
  edits(
    'what runs the migrations',
    false,
    'src/db/migrate.ts',
    "export async function migrate() {\n  await run('migrations');\n}\n",
    "export async function migrate() {\n  log('running migrations');\n  await run('migrations');\n}\n",
  ),
  edits(
    'a table in a page',
    false,
    'src/orders-table.tsx',
    'export const T = () => <Table columns={[name]} />;\n',
    "export const T = () => <Table columns={[name, note]} onAddColumn={() => table.addColumn('x')} />;\n",
  ),
  edits(
    'words about dropping a table',
    false,
    'src/errors.py',
    'ERROR = "cannot open"\n',
    'ERROR = "cannot drop table while it is open"\n',
  ),
  changes(
    'a migration moved, unchanged',
    false,
    { 'app/migrations/20260110_note.js': KNEX },
    { 'db/migrations/20260110_note.js': KNEX },
  ),
  changes(
    'a model moved to a file of its own',
    false,
    { 'shop/models.py': DJANGO_MODEL },
    { 'shop/models/order.py': DJANGO_MODEL, 'shop/models/__init__.py': 'from .order import Order\n' },
  ),
  changes('a migration taken back', true, { 'migrations/20260110_note.js': KNEX }, {}),
];
