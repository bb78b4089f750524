import { adds, changes, edits, type LabelledCase } from './labelled-case.ts';

const RAILS_SCHEMA = `ActiveRecord::Schema[7.1].define(version: 2026_01_10_101010) do
  create_table "orders", force: :cascade do |t|
    t.string "number", null: false
    t.datetime "created_at", null: false
    t.index ["number"], name: "index_orders_on_number", unique: true
  end
end
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

export const OTHER_SCHEMA_CASES: readonly LabelledCase[] = [
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
  adds('helpers of a project: concurrent index', true, {
    'db/post_migrate/20260110101010_index.rb':
      'class Index < Gitlab::Database::Migration[2.2]\n  def up\n    add_concurrent_index :orders, :number\n  end\nend\n',
  }),
  adds('xorm: a migration with the struct as it shall be', true, {
    'models/migrations/v1_22/v284.go':
      'package v1_22\n\nfunc AddNote(x *xorm.Engine) error {\n\ttype Order struct {\n\t\tNote string `xorm:"TEXT"`\n\t}\n\treturn x.Sync(new(Order))\n}\n',
  }),
  adds('xorm: a migration of data', false, {
    'models/migrations/v1_22/v285.go':
      'package v1_22\n\nfunc Fill(x *xorm.Engine) error {\n\t_, err := x.Exec("UPDATE orders SET note = ?", "")\n\treturn err\n}\n',
  }),
  edits(
    'Prisma: the far side of a relation',
    false,
    'prisma/schema.prisma',
    'model Post {\n  id Int @id\n  title String\n}\n\nmodel Tag {\n  id Int @id\n}\n\nenum Role {\n  ADMIN\n}\n',
    'model Post {\n  id Int @id\n  title String\n}\n\nmodel Tag {\n  id Int @id\n}\n\nenum Role {\n  ADMIN\n}\n'.replace(
      'title String',
      'title String\n  tags Tag[]\n  cover Tag?\n  note Note? @relation("note")',
    ),
  ),
  edits(
    'Prisma: lists on both sides make a table',
    true,
    'prisma/schema.prisma',
    'model Post {\n  id Int @id\n  title String\n}\n\nmodel Tag {\n  id Int @id\n}\n\nenum Role {\n  ADMIN\n}\n',
    'model Post {\n  id Int @id\n  title String\n}\n\nmodel Tag {\n  id Int @id\n}\n\nenum Role {\n  ADMIN\n}\n'
      .replace('title String', 'title String\n  tags Tag[]')
      .replace('model Tag {', 'model Tag {\n  posts Post[]'),
  ),
  edits(
    'Prisma: a list of an enum is a column',
    true,
    'prisma/schema.prisma',
    'model Post {\n  id Int @id\n  title String\n}\n\nmodel Tag {\n  id Int @id\n}\n\nenum Role {\n  ADMIN\n}\n',
    'model Post {\n  id Int @id\n  title String\n}\n\nmodel Tag {\n  id Int @id\n}\n\nenum Role {\n  ADMIN\n}\n'.replace(
      'title String',
      'title String\n  roles Role[]',
    ),
  ),
  edits(
    'SQL in code: what builds statements for others names nothing of its own',
    false,
    'src/sql-writer.ts',
    'export const a = 1;\n',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the change holds a template
    'export const create = (table, cols) => `CREATE TABLE "${table}" (${cols});`;\n',
  ),
  edits(
    'SQL in code: a table whose name is a constant',
    true,
    'src/store.ts',
    'export const a = 1;\n',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the change holds a template
    'export const create = () => `CREATE TABLE IF NOT EXISTS ${TABLE} (id integer primary key)`;\n',
  ),
  changes(
    'Ecto: the tables that a library brings along',
    true,
    {},
    {
      'priv/repo/migrations/20240101000000_add_jobs.exs':
        'defmodule Shop.Repo.Migrations.AddJobs do\n  use Ecto.Migration\n\n  def up do\n    Jobber.Migration.up(version: 3)\n  end\nend\n',
    },
  ),
];
