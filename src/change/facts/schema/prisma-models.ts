import { type Item, squeeze } from '../compare-items.ts';

const OPENED = /^\s*(model|enum|type|view)\s+(\w+)\s*\{/;
/** `posts Post[] @relation("x")`: name, type, whether it is a list, and what stands behind. */
const FIELD = /^\s*\w+\s+([A-Z]\w*)(\[\])?\??(.*)$/;
const SCALARS = new Set([
  'String',
  'Int',
  'BigInt',
  'Float',
  'Decimal',
  'Boolean',
  'DateTime',
  'Json',
  'Bytes',
  'Unsupported',
]);

/** What the client does when it writes a row, and names of relations: the database does not see them. */
const CLIENT_ONLY =
  /\s@(?:default\((?:uuid|cuid|nanoid|ulid)\([^()\n]*\)\)|updatedAt\b|ignore\b)|@@ignore\b|\s(?=@relation\(\s*"[^"\n]*"\s*\))@relation\([^()\n]*\)/g;
const RELATION_NAME = /(@relation\(\s*)(?:name\s*:\s*)?"[^"\n]*"\s*,\s*/;

/** Prisma: every line of a model, enum or composite type, but for the far side of a relation, which has no column. */
export function prismaColumns(code: string): Item[] {
  const lines = code.split('\n');
  const kinds = new Map<string, string>();
  /** `Post Tag` where a post has a list of tags. */
  const lists = new Set<string>();
  eachField(
    lines,
    (owner, line) => {
      const field = FIELD.exec(line);
      if (field?.[2] !== undefined) lists.add(`${owner} ${field[1] ?? ''}`);
    },
    (kind, name) => kinds.set(name, kind),
  );

  const items: Item[] = [];
  eachField(
    lines,
    (owner, line, number) => {
      if (kinds.get(owner) === 'model' && isFarSide(owner, line, kinds, lists)) return;
      const kept = squeeze(line.replace(CLIENT_ONLY, '').replace(RELATION_NAME, '$1'));
      if (kept !== '') items.push({ key: `prisma_model ${owner}.${kept}`, line: number, rule: 'prisma_model' });
    },
    (_kind, name, number) => items.push({ key: `prisma_model ${name}`, line: number, rule: 'prisma_model' }),
  );
  return items;
}

function eachField(
  lines: readonly string[],
  onField: (owner: string, line: string, number: number) => void,
  onOwner: (kind: string, name: string, number: number) => void,
): void {
  let owner = '';
  for (const [index, line] of lines.entries()) {
    const opened = OPENED.exec(line);
    if (opened !== null) {
      owner = opened[2] ?? '';
      onOwner(opened[1] ?? '', owner, index + 1);
    } else if (line.trim() === '}') owner = '';
    else if (owner !== '' && line.trim() !== '') onField(owner, line, index + 1);
  }
}

/** Only the side that names `fields` holds a column; lists on both sides are a table between them. */
function isFarSide(
  owner: string,
  line: string,
  kinds: ReadonlyMap<string, string>,
  lists: ReadonlySet<string>,
): boolean {
  const [, type = '', list, rest = ''] = FIELD.exec(line) ?? [];
  if (type === '' || SCALARS.has(type) || /\bfields\s*:/.test(rest)) return false;
  const kind = kinds.get(type);
  if (kind !== undefined && kind !== 'model') return false;
  if (list !== undefined) return !lists.has(`${type} ${owner}`);
  return kind === 'model' || rest.includes('@relation(');
}
