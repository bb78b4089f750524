import { adds, changes, edits, type LabelledCase } from './labelled-case.ts';

const OWN_FIELDS = `from django.db import models
from shop.fields import MoneyField


class Order(models.Model):
    number = models.CharField(max_length=32)
    total = MoneyField(currency="EUR")
    owner = GenericForeignKey("content_type", "object_id")
`;

const ALCHEMY = `from sqlalchemy import Column, String
from shop.base import Base


class Order(Base):
    __tablename__ = "orders"
    status = Column(String(20), nullable=False, default="new")
`;

const alterNumber = (options: string) => `from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField(model_name="order", name="number", field=models.CharField(${options})),
    ]
`;

/** Statements and fields in places where they are easily misread. */
export const PLACE_SCHEMA_CASES: readonly LabelledCase[] = [
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
    'Rails: brackets around arguments',
    false,
    'db/migrate/20260101_a.rb',
    'class A < ActiveRecord::Migration[8.0]\n  def change\n    add_column :a, :b, :string\n  end\nend\n',
    'class A < ActiveRecord::Migration[8.0]\n  def change\n    add_column(:a, :b, :string)\n  end\nend\n',
  ),
  changes(
    'Django: a migration for a value of the program',
    false,
    { 'shop/models.py': OWN_FIELDS },
    {
      'shop/models.py': OWN_FIELDS.replace('max_length=32', 'max_length=32, default="-"'),
      'shop/migrations/0009_number.py': alterNumber('max_length=32, default="-"'),
    },
  ),
  changes(
    'Django: a migration for a longer column',
    true,
    { 'shop/models.py': OWN_FIELDS },
    {
      'shop/models.py': OWN_FIELDS.replace('max_length=32', 'max_length=64'),
      'shop/migrations/0009_number.py': alterNumber('max_length=64'),
    },
  ),
  changes(
    'Django: a migration that makes up for an earlier edit of the model',
    true,
    { 'shop/models.py': OWN_FIELDS },
    {
      'shop/models.py': `${OWN_FIELDS}\n    def label(self):\n        return self.number\n`,
      'shop/migrations/0009_number.py': alterNumber('max_length=32'),
    },
  ),
  edits(
    "SQLAlchemy: the program's default",
    false,
    'shop/tables.py',
    ALCHEMY,
    ALCHEMY.replace('default="new"', 'default=make_status, onupdate=next_status'),
  ),
  edits(
    "SQLAlchemy: the database's default",
    true,
    'shop/tables.py',
    ALCHEMY,
    ALCHEMY.replace('default="new"', 'default="new", server_default="new"'),
  ),
];
