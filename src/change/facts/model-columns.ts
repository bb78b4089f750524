import { endOfBracket, findCalls, type Item, makeLineCounter, squeeze } from './compare-items.ts';
import { extensionOf } from './file-kind.ts';

/** Arguments that describe a column to people and leave the database alone. */
const DESCRIPTIONS =
  /,?\s*\b(?:help_text|verbose_name|related_name|error_messages|validators|doc|comment|description|info)\s*[=:]\s*(?:_\((["'])[^"'\n]{0,500}\1\)|(["'])[^"'\n]{0,500}\2|\[[^\]]{0,300}\])/g;
const FLAGS = /,?\s*\b(?:blank|editable)\s*=\s*(?:True|False)/g;

function columnText(text: string): string {
  return squeeze(text.replace(DESCRIPTIONS, '').replace(FLAGS, '')).replaceAll('(,', '(').replaceAll(',)', ')');
}

/** The innermost named block (class, model, struct) above each line: a column belongs to it. */
function ownersByLine(code: string, owner: RegExp): (line: number) => string {
  const lineAt = makeLineCounter(code);
  const owners = [...code.matchAll(owner)].map((match) => ({
    line: lineAt(match.index + match[0].search(/\S/)),
    name: match[1] ?? '',
  }));
  let at = 0;
  // Asked in the order of the text: one walk over the owners serves all columns.
  return (line) => {
    if ((owners[at]?.line ?? 0) > line) at = 0;
    while ((owners[at + 1]?.line ?? Number.POSITIVE_INFINITY) <= line) at += 1;
    const found = owners[at];
    return found !== undefined && found.line <= line ? found.name : '';
  };
}

function calls(code: string, pattern: RegExp, owner: RegExp, rule: string): Item[] {
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, owner);
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, pattern)) {
    const line = lineAt(match.index + match[0].search(/\S/));
    items.push({ key: `${rule} ${ownerOf(line)}.${columnText(code.slice(match.index, end))}`, line, rule });
  }
  return items;
}

const PYTHON_CLASS = /^class\s+(\w+)/gm;
const DJANGO_FIELD =
  /^[ \t]+\w+[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)?(?:AutoField|BigAutoField|SmallAutoField|BigIntegerField|BinaryField|BooleanField|NullBooleanField|CharField|DateField|DateTimeField|DecimalField|DurationField|EmailField|FileField|FilePathField|FloatField|ImageField|IntegerField|GenericIPAddressField|JSONField|PositiveBigIntegerField|PositiveIntegerField|PositiveSmallIntegerField|SlugField|SmallIntegerField|TextField|TimeField|URLField|UUIDField|ForeignKey|OneToOneField|ManyToManyField|ArrayField|HStoreField|GeneratedField)\(/gm;
const SQLALCHEMY_COLUMN = /^[ \t]+\w+[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)?(?:Column|mapped_column)\(/gm;
const TYPED_COLUMN = /^[ \t]+\w+[ \t]*:[ \t]*(?:\w+\.)?Mapped\[[^\n=]+$/gm;

function pythonColumns(code: string): Item[] {
  const items: Item[] = [];
  // Forms and serializers have fields of the same names; only a file that defines models has columns.
  if (/\bmodels\.Model\b|\bfrom\s+django\.(?:contrib\.gis\.)?db\b|\bmodels\.\w+Field\(/.test(code)) {
    const models = code.replace(
      /\b(?:forms|serializers|fields|filters|django_filters|graphene)\.\w+\(/g,
      (text) => ' '.repeat(text.length - 1) + '(',
    );
    items.push(...calls(models, DJANGO_FIELD, PYTHON_CLASS, 'django_model'));
  }
  items.push(
    ...calls(code, SQLALCHEMY_COLUMN, PYTHON_CLASS, 'sqlalchemy_model'),
    ...calls(code, TYPED_COLUMN, PYTHON_CLASS, 'sqlalchemy_model'),
  );
  return items;
}

const TYPEORM_COLUMN =
  /@(?:Column|PrimaryColumn|PrimaryGeneratedColumn|CreateDateColumn|UpdateDateColumn|DeleteDateColumn|VersionColumn|JoinColumn|OneToOne|ManyToOne|ManyToMany|JoinTable)\(/g;
const JS_CLASS = /^[ \t]*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(\w+)/gm;

/** A decorator and the property below it. */
function typeormColumns(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const ownerOf = ownersByLine(code, JS_CLASS);
  return [...findCalls(code, TYPEORM_COLUMN)].map(({ match, end }) => {
    const property = /^[\s\S]{0,300}?(?:;|\n[ \t]*\n)/.exec(code.slice(end, end + 320))?.[0] ?? '';
    const line = lineAt(match.index);
    return {
      key: `typeorm_model ${ownerOf(line)}.${columnText(code.slice(match.index, end) + property)}`,
      line,
      rule: 'typeorm_model',
    };
  });
}

const TABLE_CALL = /\b(?:pgTable|mysqlTable|sqliteTable|pgEnum|sequelize\.define|\w+\.init)\(/g;

/** Drizzle tables and Sequelize models: every property of the table's object is a column. */
function tableObjects(code: string): Item[] {
  if (!/\bdrizzle-orm\b|\bsequelize\b|\bDataTypes\b/i.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const { match, end: close } of findCalls(code, TABLE_CALL)) {
    const open = match.index + match[0].length - 1;
    const body = code.slice(open, close);
    const name = /["'`](\w+)["'`]/.exec(body)?.[1] ?? '';
    let consumed = 0;
    for (const property of body.matchAll(/(?:^|[{,\n])[ \t]*(\w+)[ \t]*:[ \t]*(?=[\w{])/g)) {
      if (property.index < consumed) continue;
      const start = property.index + property[0].length;
      const end = endOfValue(body, start);
      consumed = end;
      items.push({
        key: `table ${name}.${property[1] ?? ''} ${columnText(body.slice(start, end))}`,
        line: lineAt(open + start),
        rule: 'table_definition',
      });
    }
  }
  return items;
}

/** The end of a property's value: the comma or brace at its own depth. */
function endOfValue(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === '(' || char === '{' || char === '[') at = endOfBracket(text, at);
    else if (char === ',' || char === '}' || char === ')') return at;
    else at += 1;
  }
  return text.length;
}

/** Prisma: every line of a model, enum or composite type. */
function prismaColumns(code: string): Item[] {
  const items: Item[] = [];
  let owner = '';
  for (const [index, line] of code.split('\n').entries()) {
    const opened = /^\s*(?:model|enum|type|view)\s+(\w+)\s*\{/.exec(line);
    if (opened !== null) {
      owner = opened[1] ?? '';
      items.push({ key: `prisma_model ${owner}`, line: index + 1, rule: 'prisma_model' });
    } else if (line.trim() === '}') owner = '';
    else if (owner !== '' && line.trim() !== '')
      items.push({ key: `prisma_model ${owner}.${squeeze(line)}`, line: index + 1, rule: 'prisma_model' });
  }
  return items;
}

const ECTO_FIELD = /^[ \t]+(?:field|belongs_to|embeds_one|embeds_many)[ (]+:[^\n]+$/gm;
const DIESEL_COLUMN = /^[ \t]+\w+[ \t]*->[ \t]*[^\n]+$/gm;

/** Columns that an ORM model defines: one that goes, comes or changes type changes the schema, migration or not. */
export function extractModelColumns(path: string, code: string): Item[] {
  switch (extensionOf(path)) {
    case 'py':
      return pythonColumns(code);
    case 'ts':
    case 'js':
    case 'mjs':
    case 'cjs':
    case 'mts':
      return [...typeormColumns(code), ...tableObjects(code)];
    case 'prisma':
      return prismaColumns(code);
    case 'ex':
      return /\buse\s+Ecto\.Schema\b|\bschema\s+"/.test(code)
        ? calls(code, ECTO_FIELD, /^\s*schema\s+"(\w+)"/gm, 'ecto_schema')
        : [];
    case 'rs':
      return /\btable!\s*\{/.test(code)
        ? calls(code, DIESEL_COLUMN, /^\s*(\w+)\s*\([\w, ]*\)\s*\{/gm, 'diesel_schema')
        : [];
    default:
      return [];
  }
}
