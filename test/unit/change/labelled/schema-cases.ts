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

const ALEMBIC = `"""add shipped_at

Revision ID: 3f1c
"""
from alembic import op
import sqlalchemy as sa

revision = "3f1c"
down_revision = "9ab0"


def upgrade():
    op.add_column("orders", sa.Column("shipped_at", sa.DateTime(), nullable=True))


def downgrade():
    op.drop_column("orders", "shipped_at")
`;

const SQLALCHEMY = `from sqlalchemy.orm import Mapped, mapped_column, relationship


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    customer: Mapped["Customer"] = relationship(back_populates="orders")
`;

const FLASK_MODEL = `class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    note = db.Column(db.String(200), nullable=True)

    def label(self):
        return self.note
`;

const RAILS_SCHEMA = `ActiveRecord::Schema[7.1].define(version: 2026_01_10_101010) do
  create_table "orders", force: :cascade do |t|
    t.string "number", null: false
    t.datetime "created_at", null: false
    t.index ["number"], name: "index_orders_on_number", unique: true
  end
end
`;

const PRISMA = `// the shop
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id     Int     @id @default(autoincrement())
  number String  @unique
  note   String?
  lines  Line[]

  @@index([number])
}

enum Status {
  OPEN
  PAID
}
`;

const TYPEORM = `import { Column, Entity, PrimaryGeneratedColumn, OneToMany } from 'typeorm';

@Entity('orders')
export class Order {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 32 })
  number: string;

  @Column({ nullable: true })
  note?: string;

  @OneToMany(() => Line, (line) => line.order)
  lines: Line[];

  total() {
    return this.lines.length;
  }
}
`;

const DRIZZLE = `import { pgTable, serial, text, integer, index, pgEnum } from 'drizzle-orm/pg-core';

export const status = pgEnum('status', ['open', 'paid']);

export const orders = pgTable(
  'orders',
  {
    id: serial('id').primaryKey(),
    number: text('number').notNull(),
    total: integer('total').default(0),
  },
  (table) => [index('orders_number_idx').on(table.number)],
);
`;

const SEQUELIZE = `const { DataTypes } = require('sequelize');

module.exports = (sequelize) => {
  const Order = sequelize.define('Order', {
    number: { type: DataTypes.STRING, allowNull: false },
    note: DataTypes.TEXT,
  });
  Order.prototype.label = function label() {
    return this.number;
  };
  return Order;
};
`;

const SEQUELIZE_CLASS = `import { DataTypes, Model } from 'sequelize';

export class Order extends Model {
  get label() { return this.number; }
}

Order.init(
  {
    number: { type: DataTypes.STRING, allowNull: false },
    note: { type: DataTypes.TEXT },
  },
  { sequelize, modelName: 'order' },
);
`;

const ECTO = `defmodule Shop.Order do
  use Ecto.Schema

  schema "orders" do
    field :number, :string
    field :note, :string
    field :price_text, :string, virtual: true
    timestamps()
  end

  def changeset(order, attrs) do
    order |> cast(attrs, [:number, :note])
  end
end
`;

const DIESEL = `diesel::table! {
    orders (id) {
        id -> Int4,
        number -> Varchar,
        note -> Nullable<Text>,
    }
}
`;

const GORM = `package models

import "gorm.io/gorm"

type Order struct {
	gorm.Model
	Number string \`gorm:"size:32;uniqueIndex" json:"number"\`
	Note   string \`gorm:"type:text" json:"note"\`
}

func (o *Order) Label() string { return o.Number }
`;

const JPA = `package shop;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
@Table(name = "orders")
public class Order {
    @Id
    @GeneratedValue
    private Long id;

    @Column(name = "number", nullable = false, length = 32)
    private String number;

    private String note;

    public String getNumber() {
        return number;
    }
}
`;

const LARAVEL = `<?php

return new class extends Migration
{
    public function up(): void
    {
        Schema::table('orders', function (Blueprint $table) {
            $table->string('note')->nullable();
        });
    }

    public function down(): void
    {
        Schema::table('orders', function (Blueprint $table) {
            $table->dropColumn('note');
        });
    }
};
`;

const EF = `public partial class AddNote : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(
            name: "Note",
            table: "Orders",
            nullable: true);
    }
}
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

export const SCHEMA_CASES: readonly LabelledCase[] = [
  // Django
  adds('Django: AddField in a new migration', true, {
    'shop/migrations/0007_order_note.py': `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0006_order")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="note",
            field=models.TextField(blank=True),
        ),
    ]
`,
  }),
  adds('Django: RunSQL that alters', true, {
    'shop/migrations/0008_fast.py':
      'class Migration(migrations.Migration):\n    operations = [\n        migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN rank int"),\n    ]\n',
  }),
  edits(
    'Django: column gone from the model, no migration',
    true,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace('    note = models.TextField(blank=True)\n', ''),
  ),
  edits(
    'Django: longer column',
    true,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace('max_length=16', 'max_length=64'),
  ),
  edits(
    'Django: column may be null',
    true,
    'shop/models/order.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace('TextField(blank=True)', 'TextField(blank=True, null=True)'),
  ),
  edits(
    'Django: new index in Meta',
    true,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace(
      'models.Index(fields=["status"])',
      'models.Index(fields=["status"]), models.Index(fields=["number"])',
    ),
  ),
  edits(
    'Django: unique_together',
    true,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace(
      '        ordering = ["number"]\n',
      '        ordering = ["number"]\n        unique_together = [("number", "status")]\n',
    ),
  ),
  edits(
    'Django: help text, choices and ordering',
    false,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace('shown to people', 'printed on the bill')
      .replace('ordering = ["number"]', 'ordering = ["-number"]')
      .replace('Status.choices', 'Status.all_choices'),
  ),
  edits(
    'Django: a method of the model',
    false,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace('return sum(', 'return round(sum(').replace('all())', 'all()))'),
  ),
  edits(
    'Django: docstring and comment of the model',
    false,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace('A basket that was paid for.', 'A paid basket.').replace(
      '    note =',
      '    # free text\n    note =',
    ),
  ),
  edits(
    'Django: reformatted by a tool',
    false,
    'shop/models.py',
    DJANGO_MODEL,
    DJANGO_MODEL.replace(
      'models.CharField(\n        max_length=16,\n        choices=Status.choices,\n        default=Status.OPEN,\n    )',
      'models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)',
    )
      .replaceAll('"', "'")
      .replace("'''A basket that was paid for.'''", '"""A basket that was paid for."""'),
  ),
  adds('Django: form fields are no columns', false, {
    'shop/forms.py':
      'from django import forms\n\n\nclass OrderForm(forms.Form):\n    number = forms.CharField(max_length=32)\n    when = forms.DateField()\n',
  }),
  adds('Django: serializer fields are no columns', false, {
    'shop/serializers.py':
      'from rest_framework import serializers\nfrom django.db import models\n\n\nclass OrderSerializer(serializers.Serializer):\n    number = serializers.CharField(max_length=32)\n',
  }),
  adds('Django: data migration', false, {
    'shop/migrations/0009_fill.py':
      'from django.db import migrations\n\n\ndef fill(apps, schema_editor):\n    apps.get_model("shop", "Order").objects.filter(note=None).update(note="")\n\n\nclass Migration(migrations.Migration):\n    dependencies = []\n    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n',
  }),
  adds('Django: merge migration', false, {
    'shop/migrations/0010_merge.py':
      'class Migration(migrations.Migration):\n    dependencies = [("shop", "0008_a"), ("shop", "0008_b")]\n    operations = []\n',
  }),
  adds('Django: options only', false, {
    'shop/migrations/0011_order_options.py':
      'class Migration(migrations.Migration):\n    operations = [\n        migrations.AlterModelOptions(name="order", options={"ordering": ["-number"]}),\n    ]\n',
  }),
  // Alembic, SQLAlchemy
  adds('Alembic: add_column', true, { 'alembic/versions/3f1c_add_shipped_at.py': ALEMBIC }),
  adds('Alembic: in a folder of another name', true, { 'db/versions/3f1c_add_shipped_at.py': ALEMBIC }),
  edits(
    'Alembic: docstring',
    false,
    'alembic/versions/3f1c_add_shipped_at.py',
    ALEMBIC,
    ALEMBIC.replace('add shipped_at\n', 'Add the time of shipping\n'),
  ),
  adds('Alembic: merge of two heads', false, {
    'migrations/versions/aa_merge.py':
      '"""merge heads"""\nrevision = "aa"\ndown_revision = ("bb", "cc")\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n',
  }),
  adds('Alembic: raw SQL over several lines', true, {
    'alembic/versions/77_rank.py':
      'from alembic import op\n\n\ndef upgrade():\n    op.execute(\n        """\n        ALTER TABLE orders\n        ADD COLUMN rank integer\n        """\n    )\n',
  }),
  adds('Alembic: data only', false, {
    'alembic/versions/78_fill.py':
      'from alembic import op\n\n\ndef upgrade():\n    op.execute("UPDATE orders SET note = \'\' WHERE note IS NULL")\n',
  }),
  edits(
    'SQLAlchemy: column gone',
    true,
    'app/models.py',
    SQLALCHEMY,
    SQLALCHEMY.replace('    note: Mapped[str | None]\n', ''),
  ),
  edits('SQLAlchemy: index on a column', true, 'app/models.py', SQLALCHEMY, SQLALCHEMY.replace(', index=True', '')),
  edits(
    'SQLAlchemy: table renamed',
    true,
    'app/models.py',
    SQLALCHEMY,
    SQLALCHEMY.replace('"orders"\n', '"purchases"\n'),
  ),
  edits(
    'SQLAlchemy: relationship options',
    false,
    'app/models.py',
    SQLALCHEMY,
    SQLALCHEMY.replace('back_populates="orders")', 'back_populates="orders", lazy="selectin")'),
  ),
  edits(
    'Flask-SQLAlchemy: new column',
    true,
    'app/models.py',
    FLASK_MODEL,
    FLASK_MODEL.replace('    note =', '    rank = db.Column(db.Integer)\n    note ='),
  ),
  edits(
    'Flask-SQLAlchemy: a method',
    false,
    'app/models.py',
    FLASK_MODEL,
    FLASK_MODEL.replace('return self.note', 'return self.note or ""'),
  ),
  edits(
    'SQLModel: new field of a table',
    true,
    'app/models.py',
    'from sqlmodel import Field, SQLModel\n\n\nclass Order(SQLModel, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n    number: str\n',
    'from sqlmodel import Field, SQLModel\n\n\nclass Order(SQLModel, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n    number: str\n    note: str | None = None\n',
  ),
  edits(
    'Pydantic model is no table',
    false,
    'app/schemas.py',
    'from pydantic import BaseModel, Field\n\n\nclass Order(BaseModel):\n    number: str\n',
    'from pydantic import BaseModel, Field\n\n\nclass Order(BaseModel):\n    number: str\n    note: str | None = Field(default=None)\n',
  ),
  // Rails
  adds('Rails: add_column', true, {
    'db/migrate/20260110101010_add_note_to_orders.rb':
      'class AddNoteToOrders < ActiveRecord::Migration[7.1]\n  def change\n    add_column :orders, :note, :text\n  end\nend\n',
  }),
  adds('Rails: SQL in a heredoc', true, {
    'db/migrate/20260110101011_add_rank.rb':
      'class AddRank < ActiveRecord::Migration[7.1]\n  def up\n    execute <<~SQL\n      ALTER TABLE orders ADD COLUMN rank integer;\n    SQL\n  end\nend\n',
  }),
  adds('Rails: safely with a constraint', true, {
    'db/migrate/20260110101012_check.rb':
      'class Check < ActiveRecord::Migration[7.1]\n  def change\n    safety_assured do\n      add_check_constraint :orders, "total >= 0", name: "positive"\n    end\n  end\nend\n',
  }),
  adds('Rails: data only', false, {
    'db/migrate/20260110101013_fill.rb':
      'class Fill < ActiveRecord::Migration[7.1]\n  def up\n    Order.where(note: nil).update_all(note: "")\n  end\nend\n',
  }),
  edits(
    'Rails: a column in schema.rb',
    true,
    'db/schema.rb',
    RAILS_SCHEMA,
    RAILS_SCHEMA.replace('    t.datetime', '    t.text "note"\n    t.datetime'),
  ),
  edits(
    'Rails: only the version in schema.rb',
    false,
    'db/schema.rb',
    RAILS_SCHEMA,
    RAILS_SCHEMA.replace('101010', '111111'),
  ),
  edits(
    'Rails: a comment in a migration',
    false,
    'db/migrate/20260110101010_add_note_to_orders.rb',
    'class A < ActiveRecord::Migration[7.1]\n  def change\n    add_column :orders, :note, :text\n  end\nend\n',
    'class A < ActiveRecord::Migration[7.1]\n  # for the packers\n  def change\n    add_column :orders, :note, :text # free text\n  end\nend\n',
  ),
  edits(
    'Rails: a validation',
    false,
    'app/models/order.rb',
    'class Order < ApplicationRecord\n  has_many :lines\nend\n',
    'class Order < ApplicationRecord\n  has_many :lines\n  validates :number, presence: true\n  scope :open, -> { where(status: "open") }\nend\n',
  ),
  // Prisma
  edits(
    'Prisma: new field',
    true,
    'prisma/schema.prisma',
    PRISMA,
    PRISMA.replace('  note   String?\n', '  note   String?\n  rank   Int @default(0)\n'),
  ),
  edits(
    'Prisma: field may be absent',
    true,
    'prisma/schema.prisma',
    PRISMA,
    PRISMA.replace('number String ', 'number String?'),
  ),
  edits(
    'Prisma: value of an enum',
    true,
    'prisma/schema.prisma',
    PRISMA,
    PRISMA.replace('  PAID\n', '  PAID\n  SENT\n'),
  ),
  edits(
    'Prisma: index',
    true,
    'prisma/schema.prisma',
    PRISMA,
    PRISMA.replace('@@index([number])', '@@index([number])\n  @@index([note])'),
  ),
  edits(
    'Prisma: comments and alignment',
    false,
    'prisma/schema.prisma',
    PRISMA,
    PRISMA.replace('// the shop', '/// all of the shop')
      .replace('  id     Int     @id', '  id  Int  @id')
      .replace('  lines  Line[]', '  lines  Line[] // of it'),
  ),
  edits(
    'Prisma: how the client is generated',
    false,
    'prisma/schema.prisma',
    PRISMA,
    `generator client {\n  provider = "prisma-client-js"\n  output   = "../src/generated"\n}\n\n${PRISMA}`,
  ),
  adds('Prisma: migration', true, {
    'prisma/migrations/20260110_add/migration.sql': '-- AlterTable\nALTER TABLE "Order" ADD COLUMN "note" TEXT;\n',
  }),
  // TypeORM
  edits(
    'TypeORM: column gone',
    true,
    'src/order.entity.ts',
    TYPEORM,
    TYPEORM.replace('  @Column({ nullable: true })\n  note?: string;\n\n', ''),
  ),
  edits('TypeORM: column not null', true, 'src/order.entity.ts', TYPEORM, TYPEORM.replace('{ nullable: true }', '')),
  edits(
    'TypeORM: an index',
    true,
    'src/order.entity.ts',
    TYPEORM,
    TYPEORM.replace("  @Column({ type: 'varchar'", "  @Index()\n  @Column({ type: 'varchar'"),
  ),
  edits(
    'TypeORM: table renamed',
    true,
    'src/order.entity.ts',
    TYPEORM,
    TYPEORM.replace("@Entity('orders')", "@Entity('purchases')"),
  ),
  edits(
    'TypeORM: a method',
    false,
    'src/order.entity.ts',
    TYPEORM,
    TYPEORM.replace('return this.lines.length;', 'return this.lines.length + 1;'),
  ),
  edits(
    'TypeORM: the other side of a relation',
    false,
    'src/order.entity.ts',
    TYPEORM,
    TYPEORM.replace('(line) => line.order)', '(line) => line.order, { eager: true })'),
  ),
  adds('TypeORM: migration', true, {
    'src/migrations/1700000000000-AddNote.ts':
      'export class AddNote1700000000000 implements MigrationInterface {\n  public async up(queryRunner: QueryRunner): Promise<void> {\n    await queryRunner.query(`ALTER TABLE "orders" ADD "note" text`);\n  }\n}\n',
  }),
  // Knex, Drizzle, Sequelize
  adds('Knex: alterTable', true, { 'migrations/20260110_note.js': KNEX }),
  edits(
    'Knex: reformatted',
    false,
    'migrations/20260110_note.js',
    KNEX,
    KNEX.replaceAll("'", '"').replace(
      'await knex.schema.alterTable("orders", (table) => {\n    table.string("note");\n  });',
      'await knex.schema.alterTable("orders", (table) => {\n    table.string("note")\n  })',
    ),
  ),
  adds('Knex: seed', false, {
    'seeds/01_orders.js': "exports.seed = (knex) => knex('orders').insert([{ number: '1' }]);\n",
  }),
  adds('Knex: a query', false, {
    'src/orders.js': "export const list = (knex) => knex('orders').select('number').where({ open: true });\n",
  }),
  edits(
    'Drizzle: new column',
    true,
    'src/db/schema.ts',
    DRIZZLE,
    DRIZZLE.replace('    total:', "    note: text('note'),\n    total:"),
  ),
  edits('Drizzle: value of an enum', true, 'src/db/schema.ts', DRIZZLE, DRIZZLE.replace("'paid']", "'paid', 'sent']")),
  edits(
    'Drizzle: index gone',
    true,
    'src/db/schema.ts',
    DRIZZLE,
    DRIZZLE.replace("\n  (table) => [index('orders_number_idx').on(table.number)],", ''),
  ),
  edits(
    'Drizzle: comment and an inferred type',
    false,
    'src/db/schema.ts',
    DRIZZLE,
    `${DRIZZLE.replace('export const orders', '// what was paid for\nexport const orders')}\nexport type Order = typeof orders.$inferSelect;\n`,
  ),
  edits(
    'Sequelize: new column of define',
    true,
    'models/order.js',
    SEQUELIZE,
    SEQUELIZE.replace('    note: DataTypes.TEXT,\n', '    note: DataTypes.TEXT,\n    rank: DataTypes.INTEGER,\n'),
  ),
  edits(
    'Sequelize: column of init gone',
    true,
    'models/order.js',
    SEQUELIZE_CLASS,
    SEQUELIZE_CLASS.replace('    note: { type: DataTypes.TEXT },\n', ''),
  ),
  edits(
    'Sequelize: a method',
    false,
    'models/order.js',
    SEQUELIZE,
    SEQUELIZE.replace('return this.number;', 'return `#${this.number}`;'),
  ),
  adds('Sequelize: migration', true, {
    'migrations/20260110-note.js':
      "module.exports = {\n  up: (queryInterface, Sequelize) => queryInterface.addColumn('orders', 'note', { type: Sequelize.TEXT }),\n  down: (queryInterface) => queryInterface.removeColumn('orders', 'note'),\n};\n",
  }),
  adds('Sequelize: bulk insert', false, {
    'migrations/20260111-fill.js':
      "module.exports = { up: (queryInterface) => queryInterface.bulkInsert('orders', [{ number: '1' }]) };\n",
  }),
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
  // Laravel, Doctrine, Entity Framework
  adds('Laravel: Schema::table', true, { 'database/migrations/2026_01_10_101010_add_note.php': LARAVEL }),
  edits(
    'Laravel: a column inside an existing migration',
    true,
    'database/migrations/2026_01_10_101010_add_note.php',
    LARAVEL,
    LARAVEL.replace("string('note')", "text('note')"),
  ),
  edits(
    'Laravel: comment in a migration',
    false,
    'database/migrations/2026_01_10_101010_add_note.php',
    LARAVEL,
    LARAVEL.replace('    public function up', '    // for the packers\n    public function up'),
  ),
  edits(
    'Laravel: fillable of a model',
    false,
    'app/Models/Order.php',
    "<?php\nclass Order extends Model {\n    protected $fillable = ['number'];\n}\n",
    "<?php\nclass Order extends Model {\n    protected $fillable = ['number', 'note'];\n}\n",
  ),
  edits(
    'Doctrine: new column',
    true,
    'src/Entity/Order.php',
    '<?php\n#[ORM\\Entity]\nclass Order {\n    #[ORM\\Column(length: 32)]\n    private string $number;\n}\n',
    "<?php\n#[ORM\\Entity]\nclass Order {\n    #[ORM\\Column(length: 32)]\n    private string $number;\n\n    #[ORM\\Column(type: 'text', nullable: true)]\n    private ?string $note = null;\n}\n",
  ),
  adds('Doctrine: migration', true, {
    'migrations/Version20260110.php':
      "<?php\nfinal class Version20260110 extends AbstractMigration {\n    public function up(Schema $schema): void {\n        $this->addSql('ALTER TABLE orders ADD note TEXT DEFAULT NULL');\n    }\n}\n",
  }),
  adds('Entity Framework: migration', true, { 'Data/Migrations/20260110_AddNote.cs': EF }),
  // Ecto, Diesel, Go, Java
  adds('Ecto: migration', true, {
    'priv/repo/migrations/20260110_note.exs':
      'defmodule Shop.Repo.Migrations.Note do\n  use Ecto.Migration\n\n  def change do\n    alter table(:orders) do\n      add :note, :text\n    end\n  end\nend\n',
  }),
  edits(
    'Ecto: field of a schema',
    true,
    'lib/shop/order.ex',
    ECTO,
    ECTO.replace('    field :note, :string\n', '    field :note, :string\n    field :rank, :integer\n'),
  ),
  edits(
    'Ecto: virtual field',
    false,
    'lib/shop/order.ex',
    ECTO,
    ECTO.replace('    timestamps()', '    field :label, :string, virtual: true\n    timestamps()'),
  ),
  edits(
    'Ecto: changeset',
    false,
    'lib/shop/order.ex',
    ECTO,
    ECTO.replace('[:number, :note])', '[:number, :note])\n    |> validate_required([:number])'),
  ),
  edits(
    'Diesel: schema.rs',
    true,
    'src/schema.rs',
    DIESEL,
    DIESEL.replace('        note -> Nullable<Text>,\n', '        note -> Nullable<Text>,\n        rank -> Int4,\n'),
  ),
  adds('Diesel: migration', true, {
    'migrations/2026-01-10-101010_note/up.sql': 'ALTER TABLE orders ADD COLUMN note TEXT;\n',
    'migrations/2026-01-10-101010_note/down.sql': 'ALTER TABLE orders DROP COLUMN note;\n',
  }),
  edits(
    'GORM: new column',
    true,
    'models/order.go',
    GORM,
    GORM.replace('\tNote   string', '\tRank   int    `gorm:"index" json:"rank"`\n\tNote   string'),
  ),
  edits('GORM: JSON name only', false, 'models/order.go', GORM, GORM.replace('json:"note"', 'json:"remark,omitempty"')),
  edits(
    'Go: a struct of an API',
    false,
    'api/order.go',
    'package api\n\ntype Order struct {\n\tNumber string `json:"number"`\n}\n',
    'package api\n\ntype Order struct {\n\tNumber string `json:"number"`\n\tNote   string `json:"note"`\n}\n',
  ),
  edits(
    'JPA: new column',
    true,
    'src/main/java/shop/Order.java',
    JPA,
    JPA.replace(
      '    private String note;\n',
      '    private String note;\n\n    @Column(name = "rank")\n    private int rank;\n',
    ),
  ),
  edits(
    'JPA: plain field of an entity',
    true,
    'src/main/java/shop/Order.java',
    JPA,
    JPA.replace('    private String note;\n', '    private String note;\n    private String remark;\n'),
  ),
  edits(
    'JPA: a method',
    false,
    'src/main/java/shop/Order.java',
    JPA,
    JPA.replace('return number;', 'return number.trim();'),
  ),
  edits(
    'Java: a field of a plain class',
    false,
    'src/main/java/shop/OrderView.java',
    'public class OrderView {\n    private String number;\n}\n',
    'public class OrderView {\n    private String number;\n    private String note;\n}\n',
  ),
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
