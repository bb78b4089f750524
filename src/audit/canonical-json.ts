/** Deeper values are refused: serialisers and parsers recurse, and a record needs no such depth. */
export const MAX_DEPTH = 64;

/** The value has no canonical form. The message names the place and the reason. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

/**
 * The RFC 8785 text of a JSON value. What has no such text, or one that would lose something of it (undefined, functions,
 * toJSON, NaN, lone surrogates, class instances), is refused. Every byte that is chained comes from here, so it is written in
 * one pass; only what it refuses is gone through again, for the message.
 * @throws {NotCanonical}
 */
export function canonicalJson(value: unknown): string {
  const text = write(value, 0);
  if (text !== undefined) return text;
  assertJson(value, '$', 0);
  throw new NotCanonical('$: has no JSON form');
}

/**
 * RFC 8785 writes strings and numbers as ECMAScript's JSON.stringify does, and sorts names by their UTF-16 units, which is
 * what `sort` without a comparator does. Undefined for what is no JSON value.
 */
function write(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (value === null) return 'null';
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : undefined;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object') return undefined;
  return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
}

function writeArray(items: readonly unknown[], depth: number): string | undefined {
  let text = '';
  // By index, because a hole is no JSON value.
  for (let index = 0; index < items.length; index++) {
    const item = write(items[index], depth + 1);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `[${text}]`;
}

function writeObject(value: object, depth: number): string | undefined {
  if (!isPlainObject(value)) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(members).sort()) {
    const member = write(members[name], depth + 1);
    if (member === undefined || !name.isWellFormed()) return undefined;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${member}`;
  }
  return `{${text}}`;
}

/**
 * Parses text that must be canonical, byte for byte. Finds what JSON.parse hides: doubled names, other spellings of
 * numbers and strings, spaces, another order.
 * @throws {NotCanonical}
 */
export function parseCanonicalJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NotCanonical('is not JSON', { cause });
  }
  if (canonicalJson(value) !== text) throw new NotCanonical('is JSON, but not in canonical form');
  return value;
}

function assertJson(value: unknown, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new NotCanonical(`${cutPath(path)}: is nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') return assertWellFormed(value, path);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotCanonical(`${path}: ${value} is not a JSON number`);
    return;
  }
  if (typeof value !== 'object') throw new NotCanonical(`${path}: ${typeof value} is not a JSON value`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertJson(item, `${path}[${index}]`, depth + 1);
    return;
  }
  if (!isPlainObject(value)) throw new NotCanonical(`${path}: only plain objects are JSON values`);
  for (const [name, member] of Object.entries(value)) {
    assertWellFormed(name, path);
    assertJson(member, `${path}.${name}`, depth + 1);
  }
}

export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function assertWellFormed(text: string, path: string): void {
  if (!text.isWellFormed()) throw new NotCanonical(`${path}: holds half of a surrogate pair`);
}

function cutPath(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path;
}
