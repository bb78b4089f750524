import { type Item, makeLineCounter } from '../compare-items.ts';
import { columnCalls, columnText, leftOut } from './model-items.ts';

const PYTHON_CLASS = /^class\s+(\w+)/gm;
/** Any field class, for projects and libraries bring their own; a serializer's method and a generic key have no column. */
const DJANGO_FIELD =
  /^[ \t]+\w+[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)?(?!\w*(?:Serializer|Related|ReadOnly|Hidden|Choice)\w*Field|Generic(?:ForeignKey|Relation)\b)(?:[A-Z]\w*Field|ForeignKey|\w+ForeignKey)\(/gm;
const SQLALCHEMY_COLUMN = /^[ \t]+\w+[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)?(?:Column|mapped_column)\(/gm;
const TYPED_COLUMN = /^[ \t]+\w+[ \t]*:[ \t]*(?:\w+\.)?Mapped\[[^\n=]+$/gm;

const META =
  /^[ \t]+(?:unique_together|index_together|indexes|constraints|db_table|managed|order_with_respect_to)[ \t]*=[ \t]*(?:[[({]|[^\n]+)/gm;
const TABLE_SETTING = /^[ \t]+(?:__tablename__|__table_args__)[ \t]*(?::[^=\n]+)?=[ \t]*(?:[[({]|[^\n]+)/gm;
const TABLE_OBJECT = /^\w+[ \t]*=[ \t]*(?:\w+\.)?Table\(/gm;
const SQLMODEL_CLASS =
  /^class[ \t]+(\w+)\([^)\n]*\btable[ \t]*=[ \t]*True[^)\n]*\)[ \t]*:[^\n]*\n((?:[ \t]+[^\n]*\n|[ \t]*\n)*)/gm;
const SQLMODEL_FIELD = /^[ \t]+\w+[ \t]*:[ \t]*(?!.*\bRelationship\()[^\n]+/gm;
/** A field's first argument that is a text names it to people; that of a relation is the other model. */
const VERBOSE_NAME =
  /(\b\w*(?<!ManyToMany|OneToOne|ForeignKey)Field\()(\s*(?:\w+\(\s*)?(?:"[^"\n]*"|'[^'\n]*')\s*\)?(?:\s*,)?)/g;
/** Other libraries whose models have Django's names of fields. */
const LIKE_DJANGO = /^(?:from|import)\s+(?:peewee|tortoise)\b/m;

/** What Django does itself: with values that it gives, files, what it deletes along. `db_default` is the database's. */
const DJANGO_OPTIONS = leftOut(
  'default',
  'auto_now',
  'auto_now_add',
  'upload_to',
  'storage',
  'limit_choices_to',
  'on_delete',
  'unique_for_date',
  'unique_for_month',
  'unique_for_year',
  'db_comment',
  'encoder',
  'decoder',
  'verify_exists',
);
/** SQLAlchemy's own values, and how an object loads; `server_default` is the database's. Of SQLModel also what pydantic checks. */
const ALCHEMY_OPTIONS = leftOut(
  'default',
  'default_factory',
  'insert_default',
  'onupdate',
  'init',
  'repr',
  'compare',
  'kw_only',
  'deferred',
  'deferred_group',
  'deferred_raiseload',
  'active_history',
  'sort_order',
  'title',
  'ge',
  'gt',
  'le',
  'lt',
  'min_length',
  'regex',
  'alias',
  'exclude',
  'schema_extra',
);
/** `status: str = "new"`: the value is the program's. */
const PLAIN_VALUE = /^([^=\n]*?)[ \t]*=(?![ \t]*(?:\w+\.)?(?:Field|Column)\()[^\n]*$/;

/** Fields of SQLModel tables: annotated names in the body of a class that says `table=True`. */
function sqlmodelColumns(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [...code.matchAll(SQLMODEL_CLASS)].flatMap((match) => {
    const [whole, name = '', body = ''] = match;
    const start = match.index + whole.length - body.length;
    return [...body.matchAll(SQLMODEL_FIELD)].map((field) => ({
      key: `sqlmodel ${name}.${columnText(field[0].replace(PLAIN_VALUE, '$1'), ALCHEMY_OPTIONS)}`,
      line: lineAt(start + field.index),
      rule: 'sqlmodel_model',
    }));
  });
}

/** Columns, indexes and tables that Django, SQLAlchemy and their kin define in Python. */
export function pythonColumns(code: string): Item[] {
  const parts: Item[][] = [];
  // Forms and serializers have fields of the same names; only a file that defines models has columns.
  if (
    /\bmodels\.Model\b|\bfrom\s+django\.(?:contrib\.gis\.)?db\b|\bmodels\.\w+Field\(/.test(code) ||
    LIKE_DJANGO.test(code)
  ) {
    const models = code
      .replace(
        /\b(?:forms|serializers|filters|django_filters|graphene)\.\w+\(/g,
        (text) => ' '.repeat(text.length - 1) + '(',
      )
      .replace(VERBOSE_NAME, (_text, call: string, name: string) => call + name.replace(/[^\n]/g, ' '));
    parts.push(columnCalls(models, DJANGO_FIELD, PYTHON_CLASS, 'django_model', DJANGO_OPTIONS));
    if (/\bmodels\./.test(code)) parts.push(columnCalls(models, META, PYTHON_CLASS, 'django_meta'));
  }
  parts.push(
    columnCalls(code, SQLALCHEMY_COLUMN, PYTHON_CLASS, 'sqlalchemy_model', ALCHEMY_OPTIONS),
    columnCalls(code, TYPED_COLUMN, PYTHON_CLASS, 'sqlalchemy_model', ALCHEMY_OPTIONS),
    columnCalls(code, TABLE_SETTING, PYTHON_CLASS, 'sqlalchemy_table'),
    sqlmodelColumns(code),
  );
  if (/\bsqlalchemy\b/.test(code))
    parts.push(columnCalls(code, TABLE_OBJECT, PYTHON_CLASS, 'sqlalchemy_table', ALCHEMY_OPTIONS));
  return parts.flat();
}
