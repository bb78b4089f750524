type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `#/components/parameters/X` looked up in the document; at most eight steps. */
export function resolveRef(root: Fields, value: unknown): Fields {
  let found: unknown = value;
  for (let step = 0; step < 8 && isRecord(found) && typeof found['$ref'] === 'string'; step += 1) {
    let target: unknown = root;
    for (const part of found['$ref'].replace(/^#\//, '').split('/')) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      target = isRecord(target) ? target[key] : undefined;
    }
    found = target;
  }
  return isRecord(found) ? found : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A plain value as text; null for none and for what holds others. */
export function plainText(value: unknown): string | null {
  return isText(value) || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** The type of a schema without that it may be null: `string` of `[string, null]`. */
export function typeOf(schema: Fields): string {
  const types = [schema['type']].flat().filter((type) => type !== 'null');
  return types
    .filter(isText)
    .toSorted((a, b) => a.localeCompare(b))
    .join('|');
}

function mayBeNull(schema: Fields): boolean {
  return (
    schema['nullable'] === true ||
    schema['x-nullable'] === true ||
    listOf(schema['type']).includes('null') ||
    [...listOf(schema['oneOf']), ...listOf(schema['anyOf'])].some((part) => isRecord(part) && part['type'] === 'null')
  );
}

/** Values that a schema, or what a list of it holds, may be. */
export function enumOf(root: Fields, schema: Fields): string[] {
  const values = listOf(schema['enum']);
  return (values.length > 0 ? values : listOf(resolveRef(root, schema['items'])['enum'])).map(String);
}

/** One property of a body: its place, `.order.total`, what it is, and whether it is always there. */
interface Property {
  readonly at: string;
  /** The place of what holds it, empty for the body itself. */
  readonly owner: string;
  readonly type: string;
  readonly required: boolean;
  readonly mayBeNull: boolean;
  readonly values: readonly string[];
  readonly fallback: string | null;
}

const MAX_DEPTH = 4;
const MAX_NAMES = 2_000;

/** The properties of a schema as far as four levels down; lists, parts and choices are passed through. */
export function propertiesOf(root: Fields, holder: unknown): Property[] {
  const found: Property[] = [];
  walk(holder, '', true, 0);
  return found;

  function walk(raw: unknown, owner: string, certain: boolean, depth: number): void {
    const schema = resolveRef(root, raw);
    if (depth > MAX_DEPTH || found.length > MAX_NAMES) return;
    for (const part of listOf(schema['allOf'])) walk(part, owner, certain, depth + 1);
    // Of choices nothing is always there.
    for (const part of [...listOf(schema['oneOf']), ...listOf(schema['anyOf'])]) walk(part, owner, false, depth + 1);
    if (typeOf(schema) === 'array') {
      walk(schema['items'], owner, certain, depth + 1);
      return;
    }
    const required = new Set(listOf(schema['required']));
    for (const [name, inner] of Object.entries(resolveRef(root, schema['properties']))) {
      const property = resolveRef(root, inner);
      const at = `${owner}.${name}`;
      const type = typeOf(property);
      const value = property['default'];
      found.push({
        at,
        owner,
        type,
        required: certain && required.has(name),
        mayBeNull: mayBeNull(property),
        values: enumOf(root, property),
        fallback: plainText(value),
      });
      if (type !== 'string') walk(inner, at, certain, depth + 1);
    }
  }
}
