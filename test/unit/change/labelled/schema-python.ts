import { adds, edits, type LabelledCase } from './labelled-case.ts';

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

export const PYTHON_SCHEMA_CASES: readonly LabelledCase[] = [
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
];
