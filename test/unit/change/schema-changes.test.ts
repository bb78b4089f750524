import { describe, expect, test } from 'vitest';
import { type ChangeInput, inspectInput } from './make-change.ts';

const django = (body: string) =>
  `from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    operations = [\n${body}\n    ]\n`;
const model = (body: string) => `from django.db import models\n\nclass Order(models.Model):\n${body}\n`;
const alembic = (body: string) =>
  `"""rev"""\nfrom alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n${body}\n`;
const prisma = (body: string) => `model User {\n  id Int @id\n${body}}\n`;

const CHANGES: readonly (readonly [string, ChangeInput])[] = [
  [
    'raw SQL migration',
    {
      after: {
        'migrations/002_add_total.sql': '-- total\nALTER TABLE orders ADD COLUMN total integer NOT NULL DEFAULT 0;\n',
      },
    },
  ],
  [
    'a column inside CREATE TABLE of schema.sql',
    {
      before: { 'schema.sql': 'CREATE TABLE a (\n  id int\n);\n' },
      after: { 'schema.sql': 'CREATE TABLE a (\n  id int,\n  name text\n);\n' },
    },
  ],
  [
    'index CONCURRENTLY',
    { after: { 'db/migrate/20260101_x.up.sql': 'create unique index concurrently if not exists i on t (a);\n' } },
  ],
  ['Flyway', { after: { 'src/main/resources/db/migration/V3__drop.sql': 'DROP TABLE old_orders;\n' } }],
  [
    'a PL/pgSQL function with semicolons',
    {
      after: {
        'migrations/5.sql':
          "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ BEGIN INSERT INTO x VALUES (';'); RETURN 1; END $$ LANGUAGE plpgsql;\n",
      },
    },
  ],
  [
    'Django AddField',
    {
      after: {
        'shop/migrations/0002_total.py': django(
          "        migrations.AddField(model_name='order', name='total', field=models.IntegerField(default=0)),",
        ),
      },
    },
  ],
  [
    'Django RunSQL with DDL',
    {
      after: {
        'shop/migrations/0003_x.py': django('        migrations.RunSQL("ALTER TABLE orders ADD COLUMN x int"),'),
      },
    },
  ],
  [
    'Django model column removed without a migration',
    {
      before: {
        'shop/models.py': model('    total = models.IntegerField()\n    name = models.CharField(max_length=9)'),
      },
      after: { 'shop/models.py': model('    total = models.IntegerField()') },
    },
  ],
  [
    'Django column widened',
    {
      before: { 'shop/models.py': model('    name = models.CharField(max_length=9)') },
      after: { 'shop/models.py': model('    name = models.CharField(max_length=90)') },
    },
  ],
  [
    'Alembic add_column',
    {
      after: { 'alembic/versions/ab12_x.py': alembic("    op.add_column('orders', sa.Column('total', sa.Integer()))") },
    },
  ],
  [
    'SQLAlchemy mapped_column removed',
    {
      before: {
        'app/db.py':
          'class A(Base):\n    id: Mapped[int] = mapped_column(primary_key=True)\n    b: Mapped[str] = mapped_column(String(9))\n',
      },
      after: { 'app/db.py': 'class A(Base):\n    id: Mapped[int] = mapped_column(primary_key=True)\n' },
    },
  ],
  [
    'Rails add_column',
    {
      after: {
        'db/migrate/20260101000000_add_total.rb':
          'class AddTotal < ActiveRecord::Migration[7.1]\n  def change\n    add_column :orders, :total, :integer\n  end\nend\n',
      },
    },
  ],
  [
    'Rails schema.rb column',
    {
      before: {
        'db/schema.rb': 'ActiveRecord::Schema.define do\n  create_table "a" do |t|\n    t.string "b"\n  end\nend\n',
      },
      after: {
        'db/schema.rb':
          'ActiveRecord::Schema.define do\n  create_table "a" do |t|\n    t.string "b"\n    t.string "c"\n  end\nend\n',
      },
    },
  ],
  [
    'Prisma field removed',
    { before: { 'prisma/schema.prisma': prisma('  name String\n') }, after: { 'prisma/schema.prisma': prisma('') } },
  ],
  [
    'TypeORM column',
    {
      before: {
        'src/order.entity.ts': '@Entity()\nexport class Order {\n  @PrimaryGeneratedColumn()\n  id: number;\n}\n',
      },
      after: {
        'src/order.entity.ts':
          "@Entity()\nexport class Order {\n  @PrimaryGeneratedColumn()\n  id: number;\n\n  @Column({ type: 'int' })\n  total: number;\n}\n",
      },
    },
  ],
  [
    'TypeORM queryRunner',
    {
      after: {
        'src/migrations/1700000000000-Add.ts':
          'export class Add {\n  async up(q) {\n    await q.query(`ALTER TABLE "order" ADD "total" integer`);\n  }\n}\n',
      },
    },
  ],
  [
    'Knex',
    {
      after: {
        'migrations/20260101_x.js':
          "exports.up = (knex) => knex.schema.alterTable('orders', (table) => {\n  table.integer('total');\n});\n",
      },
    },
  ],
  [
    'Drizzle column',
    {
      before: {
        'src/db/schema.ts':
          "import { pgTable, text } from 'drizzle-orm/pg-core';\nexport const users = pgTable('users', {\n  name: text('name'),\n});\n",
      },
      after: {
        'src/db/schema.ts':
          "import { pgTable, text } from 'drizzle-orm/pg-core';\nexport const users = pgTable('users', {\n  name: text('name'),\n  email: text('email').notNull(),\n});\n",
      },
    },
  ],
  [
    'Sequelize migration',
    {
      after: {
        'migrations/20260101-x.js':
          "module.exports = { up: (queryInterface, Sequelize) => queryInterface.addColumn('orders', 'total', { type: Sequelize.INTEGER }) };\n",
      },
    },
  ],
  [
    'Sequelize model',
    {
      before: {
        'models/user.js':
          "const User = sequelize.define('User', {\n  name: DataTypes.STRING,\n  age: DataTypes.INTEGER,\n});\n",
      },
      after: { 'models/user.js': "const User = sequelize.define('User', {\n  name: DataTypes.STRING,\n});\n" },
    },
  ],
  [
    'Liquibase XML',
    {
      after: {
        'db/changelog/2.xml':
          '<databaseChangeLog>\n<changeSet id="2" author="a">\n<addColumn tableName="orders"><column name="total" type="int"/></addColumn>\n</changeSet>\n</databaseChangeLog>\n',
      },
    },
  ],
  [
    'Laravel',
    {
      after: {
        'database/migrations/2026_01_01_000000_x.php':
          "<?php\nSchema::table('orders', function (Blueprint $table) {\n    $table->integer('total');\n});\n",
      },
    },
  ],
  [
    'Ecto',
    {
      after: {
        'priv/repo/migrations/20260101000000_x.exs':
          'defmodule R.M do\n  use Ecto.Migration\n  def change do\n    alter table(:orders) do\n      add :total, :integer\n    end\n  end\nend\n',
      },
    },
  ],
  [
    'Diesel schema',
    {
      before: {
        'src/schema.rs': 'diesel::table! {\n    orders (id) {\n        id -> Int4,\n        total -> Int4,\n    }\n}\n',
      },
      after: { 'src/schema.rs': 'diesel::table! {\n    orders (id) {\n        id -> Int4,\n    }\n}\n' },
    },
  ],
  [
    'DDL in program code',
    {
      before: { 'src/db.js': 'db.exec(`CREATE TABLE IF NOT EXISTS a (id INTEGER)`);\n' },
      after: { 'src/db.js': 'db.exec(`CREATE TABLE IF NOT EXISTS a (id INTEGER, b TEXT)`);\n' },
    },
  ],
  ['DDL in Go', { after: { 'store/db.go': 'package store\n\nconst q = `ALTER TABLE users ADD COLUMN x int`\n' } }],
  ['a migration is deleted', { before: { 'migrations/002.sql': 'ALTER TABLE a ADD b int;\n' }, after: {} }],
];

const SAME: readonly (readonly [string, ChangeInput])[] = [
  [
    'a comment inside a migration',
    {
      before: { 'migrations/002.sql': '-- old\nALTER TABLE a ADD b int;\n' },
      after: { 'migrations/002.sql': '-- DROP TABLE a; is not done here\nALTER TABLE a ADD b int;\n' },
    },
  ],
  [
    'a migration is reformatted',
    {
      before: { 'migrations/002.sql': 'ALTER TABLE a ADD b int;\n' },
      after: { 'migrations/002.sql': 'alter table a\n  add b int;\n' },
    },
  ],
  [
    'a migration is moved',
    {
      before: { 'migrations/002.sql': 'ALTER TABLE a ADD b int;\n' },
      after: { 'db/migrations/002.sql': 'ALTER TABLE a ADD b int;\n' },
    },
  ],
  [
    'data only',
    {
      after: {
        'migrations/003_seed.sql': "INSERT INTO plans (name) VALUES ('create table x');\nUPDATE plans SET a = 1;\n",
      },
    },
  ],
  ['a temporary table', { after: { 'reports/monthly.sql': 'CREATE TEMP TABLE t AS SELECT 1;\nSELECT * FROM t;\n' } }],
  [
    'Django RunPython',
    {
      after: {
        'shop/migrations/0004_data.py': django('        migrations.RunPython(fill, migrations.RunPython.noop),'),
      },
    },
  ],
  [
    'Django help_text',
    {
      before: { 'shop/models.py': model('    name = models.CharField(max_length=9)') },
      after: { 'shop/models.py': model('    name = models.CharField(max_length=9, help_text="The name")') },
    },
  ],
  [
    'Django method on a model',
    {
      before: { 'shop/models.py': model('    total = models.IntegerField()') },
      after: {
        'shop/models.py': model(
          '    total = models.IntegerField()\n\n    def double(self):\n        return self.total * 2',
        ),
      },
    },
  ],
  [
    'Django form field',
    {
      after: {
        'shop/forms.py': 'from django import forms\n\nclass F(forms.Form):\n    name = forms.CharField(max_length=9)\n',
      },
    },
  ],
  [
    'Django docstring of a migration',
    {
      before: {
        'shop/migrations/0002_x.py': `"""Old."""\n${django("        migrations.AddField(model_name='order', name='total', field=models.IntegerField()),")}`,
      },
      after: {
        'shop/migrations/0002_x.py': `"""New: drops nothing."""\n${django("        migrations.AddField(model_name='order', name='total', field=models.IntegerField()),")}`,
      },
    },
  ],
  [
    'prose about tables in code',
    { after: { 'src/a.js': "log.info('please create table first');\nconst help = 'how to drop a table';\n" } },
  ],
  ['a schema in a test', { after: { 'test/fixtures/schema.sql': 'CREATE TABLE a (id int);\n' } }],
  ['a document', { after: { 'docs/schema.md': '```sql\nALTER TABLE a ADD b int;\n```\n' } }],
  [
    'a query',
    {
      before: { 'src/a.js': 'db.query(`SELECT a FROM t`);\n' },
      after: { 'src/a.js': 'db.query(`SELECT a, b FROM t WHERE c = 1`);\n' },
    },
  ],
  [
    'columns in another order',
    {
      before: { 'shop/models.py': model('    a = models.IntegerField()\n    b = models.IntegerField()') },
      after: { 'shop/models.py': model('    b = models.IntegerField()\n    a = models.IntegerField()') },
    },
  ],
  [
    'Rails schema version',
    {
      before: {
        'db/schema.rb':
          'ActiveRecord::Schema[7.1].define(version: 1) do\n  create_table "a" do |t|\n    t.string "b"\n  end\nend\n',
      },
      after: {
        'db/schema.rb':
          'ActiveRecord::Schema[7.1].define(version: 2) do\n  create_table "a" do |t|\n    t.string "b"\n  end\nend\n',
      },
    },
  ],
  [
    'a feature in plain code',
    {
      before: { 'src/price.js': 'export const a = 1;\n' },
      after: { 'src/price.js': 'export const a = 1;\nexport function discount(total) {\n  return total * 0.9;\n}\n' },
    },
  ],
  [
    'a Prisma comment',
    {
      before: { 'prisma/schema.prisma': prisma('  name String // old\n') },
      after: { 'prisma/schema.prisma': prisma('  name String // the name\n') },
    },
  ],
];

describe('schema_changes_detected', () => {
  test.each(CHANGES)('true: %s', async (_name, input) => {
    const whole = await inspectInput(input);
    expect(whole.facts.schema_changes_detected).toBe(true);
    expect(whole.evidence.filter((item) => item.fact === 'schema_changes_detected')[0]).toMatchObject({
      rule: expect.any(String),
    });
    expect((await inspectInput({ ...input, diffOnly: true })).facts.schema_changes_detected).toBe(true);
  });
  test.each(SAME)('false: %s', async (_name, input) => {
    const whole = await inspectInput(input);
    expect(whole.evidence.filter((item) => item.fact === 'schema_changes_detected')).toEqual([]);
    expect(whole.facts.schema_changes_detected).toBe(false);
  });
});
