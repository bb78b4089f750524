import { adds, edits, type LabelledCase } from './labelled-case.ts';

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

export const SCRIPT_SCHEMA_CASES: readonly LabelledCase[] = [
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
  adds('helpers of a project: add a column', true, {
    'core/server/data/migrations/versions/5.83/2026-add-note.js':
      "const {createAddColumnMigration} = require('../../utils');\n\nmodule.exports = createAddColumnMigration('orders', 'note', {\n    type: 'text',\n    nullable: true\n});\n",
  }),
  adds('helpers of a project: permissions', false, {
    'core/server/data/migrations/versions/5.81/2026-permissions.js':
      "const {addPermissionToRole} = require('../../utils');\n\nmodule.exports = addPermissionToRole({permission: 'Edit orders', role: 'Author'});\n",
  }),
  adds('a numbered migration of the team that is called support', true, {
    'migrations/support/20260112-note.js':
      "exports.up = (knex) => knex.schema.table('tickets', (t) => t.text('note'));\n",
  }),
  adds('a migration that says so in a folder of helpers', true, {
    'database/migrations/lib/AddNote.php':
      "<?php\nreturn new class extends Migration {\n    public function up() {\n        Schema::table('orders', function (Blueprint $table) {\n            $table->text('note');\n        });\n    }\n};\n",
  }),
  edits(
    'a helper that migrations share',
    false,
    'src/data/migrations/utils/tables.js',
    'export const rename = (table, from, to) => commands.renameColumn(table, from, to, knex);\n',
    'export const rename = (table, from, to, options) => commands.renameColumn(table, from, to, knex, options);\n',
  ),
];
