import canonicalizeModule from 'canonicalize';

// The package is CommonJS whose export is the function itself, while its types speak of a default export.
const serialize = typeof canonicalizeModule === 'function' ? canonicalizeModule : canonicalizeModule.default;

/** Deeper values are refused: serialisers and parsers recurse, and a record needs no such depth. */
export const MAX_DEPTH = 64;
const LONE_SURROGATE = /\p{Cs}/u;

/** The value has no canonical form. The message names the place and the reason. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

/**
 * The RFC 8785 text of a JSON value. Stricter than the serialiser beneath it: what that would drop, guess or convert
 * (undefined, functions, toJSON, NaN, lone surrogates, class instances) is refused.
 * @throws {NotCanonical}
 */
export function canonicalJson(value: unknown): string {
  assertJson(value, '$', 0);
  const text = serialize(value);
  if (text === undefined) throw new NotCanonical('$: has no JSON form');
  return text;
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
  if (LONE_SURROGATE.test(text)) throw new NotCanonical(`${path}: holds half of a surrogate pair`);
}

function cutPath(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path;
}
