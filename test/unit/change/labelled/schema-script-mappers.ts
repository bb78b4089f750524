import { edits, type LabelledCase } from './labelled-case.ts';

const MONGOOSE = `const mongoose = require('mongoose');

const orderSchema = new mongoose.Schema({
  number: { type: String, required: [true, 'A number, please'], trim: true },
  lines: [{ product: String, count: Number }],
});

orderSchema.pre('save', function () {
  this.number = this.number.trim();
});

module.exports = mongoose.model('Order', orderSchema);
`;

const MIKRO = `import { Entity, PrimaryKey, Property } from '@mikro-orm/core';

@Entity()
export class Order {
  @PrimaryKey()
  id!: number;

  @Property()
  number!: string;
}
`;

const SEQUELIZE = `module.exports = (sequelize, DataTypes) =>
  sequelize.define('Order', {
    number: { type: DataTypes.STRING, allowNull: false },
  }, { tableName: 'orders' });
`;

const DRIZZLE = `import { pgTable, serial, text } from 'drizzle-orm/pg-core';

export const orders = pgTable('orders', {
  id: serial().primaryKey(),
  status: text().notNull().default('new'),
});
`;

/** Mappers of JavaScript and TypeScript beside Prisma and TypeORM: MikroORM, Sequelize, Mongoose, Drizzle. */
export const SCRIPT_MAPPER_CASES: readonly LabelledCase[] = [
  edits(
    'Mongoose: a field',
    true,
    'models/order.js',
    MONGOOSE,
    MONGOOSE.replace('  lines:', '  note: String,\n  lines:'),
  ),
  edits(
    'Mongoose: an index',
    true,
    'models/order.js',
    MONGOOSE,
    MONGOOSE.replace('module.exports', 'orderSchema.index({ number: 1 });\n\nmodule.exports'),
  ),
  edits(
    'Mongoose: what is checked and said',
    false,
    'models/order.js',
    MONGOOSE,
    MONGOOSE.replace("[true, 'A number, please'], trim: true", "[true, 'Which number?'], trim: true, maxlength: 32"),
  ),
  edits('Mongoose: a hook', false, 'models/order.js', MONGOOSE, MONGOOSE.replace('.trim()', '.trim().toUpperCase()')),
  edits(
    'MikroORM: a property that is not kept',
    false,
    'src/order.ts',
    MIKRO,
    MIKRO.replace('  number!: string;', '  number!: string;\n\n  @Property({ persist: false })\n  label?: string;'),
  ),
  edits(
    'MikroORM: a property that is',
    true,
    'src/order.ts',
    MIKRO,
    MIKRO.replace('  number!: string;', '  number!: string;\n\n  @Property({ nullable: true })\n  label?: string;'),
  ),
  edits(
    'Sequelize: what the program checks and hides',
    false,
    'models/order.js',
    SEQUELIZE,
    SEQUELIZE.replace('allowNull: false }', 'allowNull: false, validate: { len: [2, 32] } }').replace(
      "tableName: 'orders' }",
      "tableName: 'orders', defaultScope: { attributes: { exclude: ['number'] } } }",
    ),
  ),
  edits(
    'Sequelize: another table',
    true,
    'models/order.js',
    SEQUELIZE,
    SEQUELIZE.replace("tableName: 'orders'", "tableName: 'purchases'"),
  ),
  edits(
    'MikroORM: a comment between a mark and its property',
    false,
    'src/order.ts',
    MIKRO,
    MIKRO.replace('  number!', '  // shown to people\n  number!'),
  ),
  edits(
    'MikroORM: what the program fills in and hides',
    false,
    'src/order.ts',
    MIKRO,
    MIKRO.replace('  @Property()\n  number', '  @Property({ hidden: true, onUpdate: () => nextNumber() })\n  number'),
  ),
  edits(
    'MikroORM: a method below the last property',
    false,
    'src/order.ts',
    MIKRO.replaceAll(';', ''),
    MIKRO.replaceAll(';', '').replace(
      'number!: string\n',
      'number!: string\n  label(): string {\n    return this.number\n  }\n',
    ),
  ),
  edits(
    'Sequelize: a getter and a column that is only computed',
    false,
    'models/order.js',
    SEQUELIZE,
    SEQUELIZE.replace(
      'allowNull: false },',
      "allowNull: false, get() { const raw = { a: this.getDataValue('number') }; return raw.a; } },\n    label: { type: DataTypes.VIRTUAL, get() { return `#${this.number}`; } },",
    ),
  ),
  edits(
    'Drizzle: values and types of the program',
    false,
    'src/db/schema.ts',
    DRIZZLE,
    DRIZZLE.replace(".default('new')", ".default('new').$onUpdate(() => nextStatus()).$type<'new' | 'sent'>()"),
  ),
  edits(
    "Drizzle: the database's default",
    true,
    'src/db/schema.ts',
    DRIZZLE,
    DRIZZLE.replace(".default('new')", ".default('sent')"),
  ),
];
