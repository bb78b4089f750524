import { adds, edits, type LabelledCase } from './labelled-case.ts';

const SEA_ENTITY = `use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub number: String,
}

impl Model {
    pub fn label(&self) -> String { self.number.clone() }
}
`;

const EXPOSED = `package shop

import org.jetbrains.exposed.dao.id.LongIdTable

object Orders : LongIdTable("orders") {
    val number = varchar("number", 32).uniqueIndex()
    val note = text("note").nullable()
}

fun label(number: String): String {
    val short = number.take(4)
    return short
}
`;

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

const EF_CONTEXT = `public class ShopContext : DbContext
{
    public DbSet<Order> Orders { get; set; }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Order>(order =>
        {
            order.Property(o => o.Number).HasMaxLength(32);
        });
    }

    public Task<int> CountAsync() => Orders.CountAsync();
}
`;

const EF_ENTITY = `using System.ComponentModel.DataAnnotations.Schema;

[Table("orders")]
public class Order
{
    public long Id { get; set; }
    public string Number { get; set; }
    public ICollection<Line> Lines { get; set; }
    public string Label() => Number;
}
`;

const LIQUIBASE_ROWS = `<databaseChangeLog>
  <changeSet id="7" author="ada">
    <insert tableName="roles">
      <column name="name" value="packer"/>
    </insert>
    <loadData file="countries.csv" tableName="countries"/>
  </changeSet>
</databaseChangeLog>
`;

const LIQUIBASE_YAML_ROWS = `databaseChangeLog:
  - changeSet:
      id: 8
      author: ada
      changes:
        - insert:
            tableName: roles
            columns:
              - column:
                  name: name
                  value: packer
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

const OWN_FIELDS = `from django.db import models
from shop.fields import MoneyField


class Order(models.Model):
    number = models.CharField(max_length=32)
    total = MoneyField(currency="EUR")
    owner = GenericForeignKey("content_type", "object_id")
`;

/** Stacks beside the most common ones: SeaORM, Exposed, Mongoose, Entity Framework's classes, migrations of PHP's others. */
export const STACK_SCHEMA_CASES: readonly LabelledCase[] = [
  adds('SeaORM migration', true, {
    'migration/src/m20260101_000001_note.rs': `use sea_orm_migration::prelude::*;
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table(Orders::Table).add_column(ColumnDef::new(Orders::Note).text()).to_owned())
            .await
    }
}
`,
  }),
  adds('SeaORM migration of rows only', false, {
    'migration/src/m20260102_000001_fill.rs': `use sea_orm_migration::prelude::*;
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("UPDATE orders SET note = ''").await?;
        Ok(())
    }
}
`,
  }),
  edits(
    'SeaORM entity: a column',
    true,
    'src/entity/order.rs',
    SEA_ENTITY,
    SEA_ENTITY.replace('pub number: String,', 'pub number: String,\n    pub note: Option<String>,'),
  ),
  edits(
    'SeaORM entity: a method',
    false,
    'src/entity/order.rs',
    SEA_ENTITY,
    SEA_ENTITY.replace('self.number.clone()', 'self.number.to_uppercase()'),
  ),
  edits(
    'Exposed: a column may be null no more',
    true,
    'src/main/kotlin/Orders.kt',
    EXPOSED,
    EXPOSED.replace('.nullable()', ''),
  ),
  edits(
    'Exposed: code below the table',
    false,
    'src/main/kotlin/Orders.kt',
    EXPOSED,
    EXPOSED.replace('take(4)', 'take(6)'),
  ),
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
    'Entity Framework: an index in the context',
    true,
    'src/ShopContext.cs',
    EF_CONTEXT,
    EF_CONTEXT.replace('HasMaxLength(32);', 'HasMaxLength(32);\n            order.HasIndex(o => o.Number).IsUnique();'),
  ),
  edits(
    'Entity Framework: a query in the context',
    false,
    'src/ShopContext.cs',
    EF_CONTEXT,
    EF_CONTEXT.replace('Orders.CountAsync()', 'Orders.Where(o => o.Open).CountAsync()'),
  ),
  edits(
    'Entity Framework: a column of a mapped class',
    true,
    'src/Order.cs',
    EF_ENTITY,
    EF_ENTITY.replace('    public ICollection', '    public string? Note { get; set; }\n    public ICollection'),
  ),
  edits(
    'Entity Framework: a method of a mapped class',
    false,
    'src/Order.cs',
    EF_ENTITY,
    EF_ENTITY.replace('=> Number', '=> Number.Trim()'),
  ),
  adds('Phinx: a column', true, {
    'config/Migrations/20260101101010_Note.php': `<?php
use Migrations\\AbstractMigration;
class Note extends AbstractMigration
{
    public function change()
    {
        $this->table('orders')->addColumn('note', 'text', ['null' => true])->update();
    }
}
`,
  }),
  adds('Yii: a column', true, {
    'migrations/m260101_101010_note.php': `<?php
class m260101_101010_note extends \\yii\\db\\Migration
{
    public function safeUp()
    {
        $this->addColumn('{{%orders}}', 'note', $this->text());
    }
}
`,
  }),
  adds('Yii: rows only', false, {
    'migrations/m260102_101010_fill.php': `<?php
class m260102_101010_fill extends \\yii\\db\\Migration
{
    public function safeUp()
    {
        $this->update('{{%orders}}', ['note' => '']);
        $this->batchInsert('{{%roles}}', ['name'], [['packer']]);
    }
}
`,
  }),
  adds('Django: a statement of two strings, run by Python', true, {
    'shop/migrations/0007_search.py': `from django.db import migrations


def forwards(apps, schema_editor):
    schema_editor.execute(
        "ALTER TABLE shop_order "
        "ADD FULLTEXT INDEX ft_order (note)"
    )


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forwards)]
`,
  }),
  adds('Liquibase: rows only, XML', false, { 'src/main/resources/db/changelog/7-roles.xml': LIQUIBASE_ROWS }),
  adds('Liquibase: rows only, YAML', false, { 'src/main/resources/db/changelog/8-roles.yaml': LIQUIBASE_YAML_ROWS }),
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
    'Django: a field class of the project',
    true,
    'shop/models.py',
    OWN_FIELDS,
    OWN_FIELDS.replace('"EUR"', '"EUR", null=True'),
  ),
  edits(
    'Django: a generic key',
    false,
    'shop/models.py',
    OWN_FIELDS,
    OWN_FIELDS.replace('GenericForeignKey("content_type", "object_id")', 'GenericForeignKey()'),
  ),
  adds('Rails: a view of scenic', true, {
    'db/migrate/20260101101010_reports.rb':
      'class Reports < ActiveRecord::Migration[7.1]\n  def change\n    update_view :reports, version: 2, revert_to_version: 1\n  end\nend\n',
  }),
  edits(
    'a second statement in one string',
    true,
    'internal/db.go',
    'package db\n\nconst schema = `CREATE TABLE IF NOT EXISTS a (id INTEGER);`\n',
    'package db\n\nconst schema = `CREATE TABLE IF NOT EXISTS a (id INTEGER);\nCREATE TABLE IF NOT EXISTS b (id INTEGER);`\n',
  ),
  edits(
    'SQL within a block',
    true,
    'db/0005.sql',
    "IF 1 = 1\nBEGIN\n    PRINT 'a'\nEND\nGO\n",
    'IF 1 = 1\nBEGIN\n    ALTER TABLE [dbo].[Orders] ADD [Note] NVARCHAR(200) NULL\nEND\nGO\n',
  ),
  adds('SQL within a block: rows only', false, {
    'db/0006.sql': "IF 1 = 1\nBEGIN\n    INSERT INTO Roles (Name) VALUES ('packer')\nEND\nGO\n",
  }),
  edits(
    'a dump says where rows go on',
    false,
    'db/schema.sql',
    'CREATE TABLE `a` (\n  `id` int\n) ENGINE=InnoDB AUTO_INCREMENT=12;\n',
    'CREATE TABLE `a` (\n  `id` int\n) ENGINE=InnoDB AUTO_INCREMENT=19;\n',
  ),
  edits(
    'Django: the name that people read',
    false,
    'shop/models.py',
    OWN_FIELDS.replace('CharField(', 'CharField("number", '),
    OWN_FIELDS.replace('CharField(', 'CharField("order number", '),
  ),
  edits(
    'Ecto: the fields of a form',
    false,
    'lib/form.ex',
    'defmodule A do\n  use Ecto.Schema\n  embedded_schema do\n    field :a, :string\n  end\n  def changeset(schema, a) do\n    schema |> cast(a, [:a])\n  end\nend\n',
    'defmodule A do\n  use Ecto.Schema\n  embedded_schema do\n    field :a, :string\n    field :b, :string\n  end\n  def changeset(schema, a) do\n    schema |> cast(a, [:a])\n  end\nend\n',
  ),
  edits(
    'gorm: one more table',
    true,
    'db.go',
    'package db\n\nfunc Up(db *gorm.DB) error { return db.AutoMigrate(&Order{}) }\n',
    'package db\n\nfunc Up(db *gorm.DB) error { return db.AutoMigrate(&Order{}, &Line{}) }\n',
  ),
  edits(
    'Entity Framework: another line break',
    false,
    'src/ShopContext.cs',
    EF_CONTEXT,
    EF_CONTEXT.replace(
      'order.Property(o => o.Number).Has',
      '// its number\n            order\n                .Property(o => o.Number)\n                .Has',
    ),
  ),
  edits(
    'Rails: brackets around arguments',
    false,
    'db/migrate/20260101_a.rb',
    'class A < ActiveRecord::Migration[8.0]\n  def change\n    add_column :a, :b, :string\n  end\nend\n',
    'class A < ActiveRecord::Migration[8.0]\n  def change\n    add_column(:a, :b, :string)\n  end\nend\n',
  ),
  edits(
    'MikroORM: a comment between a mark and its property',
    false,
    'src/order.ts',
    MIKRO,
    MIKRO.replace('  number!', '  // shown to people\n  number!'),
  ),
  edits(
    'Hibernate: a property',
    true,
    'src/Order.hbm.xml',
    '<hibernate-mapping>\n  <class name="Order">\n    <property name="a"/>\n  </class>\n</hibernate-mapping>\n',
    '<hibernate-mapping>\n  <class name="Order">\n    <property name="a"/>\n    <property name="b"/>\n  </class>\n</hibernate-mapping>\n',
  ),
  adds('GRDB: a column', true, {
    'Sources/Database.swift':
      'migrator.registerMigration("v2") { db in\n    try db.alter(table: "order") { t in\n        t.add(column: "note", .text)\n    }\n}\n',
  }),
];
