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

const ECTO = `defmodule Shop.Parcel do
  use Ecto.Schema

  schema "parcels" do
    field :status, :string
  end
end
`;

const GO_PLAIN = `package models

type Parcel struct {
\tID     uint
\tNumber string \`json:"number"\`
}
`;

const GO_WEIGHT = GO_PLAIN.replace('\tNumber', '\tWeight int\n\tNumber');
const GO_MOD = 'module shop\n\nrequire gorm.io/gorm v1.25.12\n';
const GO_BASE = {
  'go.mod': GO_MOD,
  'internal/start.go':
    'package internal\n\nimport data "shop/models"\n\nfunc Start(db *gorm.DB) error { return db.AutoMigrate(&data.Parcel{}) }\n',
};

/** gorm, SeaORM, Ecto, GRDB and migrations of PHP's frameworks. */
export const GO_RUST_PHP_SCHEMA_CASES: readonly LabelledCase[] = [
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
  adds('GRDB: a column', true, {
    'Sources/Database.swift':
      'migrator.registerMigration("v2") { db in\n    try db.alter(table: "order") { t in\n        t.add(column: "note", .text)\n    }\n}\n',
  }),
  edits(
    'Ecto: what the struct holds at first and hides',
    false,
    'lib/shop/parcel.ex',
    ECTO,
    ECTO.replace(':status, :string', ':status, :string, default: "new, unsent", redact: true'),
  ),
  edits('gorm: a struct that another file has migrated', true, 'models/parcel.go', GO_PLAIN, GO_WEIGHT, GO_BASE),
  edits(
    'gorm: a struct of the same name in another package',
    false,
    'forms/parcel.go',
    GO_PLAIN.replace('package models', 'package forms'),
    GO_WEIGHT.replace('package models', 'package forms'),
    GO_BASE,
  ),
  edits('gorm: a struct that nothing migrates', false, 'models/parcel.go', GO_PLAIN, GO_WEIGHT, { 'go.mod': GO_MOD }),
  edits(
    'gorm: how a struct is sent, and who may write it',
    false,
    'models/parcel.go',
    GO_PLAIN.replace('json:"number"', 'json:"number" gorm:"size:32"'),
    GO_PLAIN.replace('json:"number"', 'json:"no" gorm:"<-:create;size:32"'),
  ),
  edits(
    'xorm: a struct that says its table',
    true,
    'models/parcel.go',
    `${GO_PLAIN}\nfunc (Parcel) TableName() string { return "parcels" }\n`,
    `${GO_WEIGHT}\nfunc (Parcel) TableName() string { return "parcels" }\n`,
  ),
];
