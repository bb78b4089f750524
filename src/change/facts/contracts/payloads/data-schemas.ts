import { parse } from 'yaml';
import { type Item, makeLineCounter } from '../../compare-items.ts';

const MAX_CHARS = 700_000;
const MAX_ITEMS = 20_000;
const MAX_DEPTH = 40;

/** What data looks like: what stands in it, and what must. A demand's key names its owner before ` <- `. */
export interface DataSchema {
  readonly offers: readonly Item[];
  readonly demands: readonly Item[];
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a file is a JSON Schema, an Avro schema, an AsyncAPI description, or a part that an API's description refers to. */
export function looksLikeDataSchema(path: string, text: string): boolean {
  if (path.endsWith('.avsc')) return true;
  if (!/\.(?:ya?ml|json)$/i.test(path)) return false;
  const head = text.slice(0, 20_000);
  if (/["']?\$schema["']?\s*:\s*["']https?:\/\/json-schema\.org\//.test(head))
    return !/["']?\$schema["']?\s*:\s*["'][^"']*\/(?:schema)?store/.test(head);
  if (/(?:^|\n)\s*["']?asyncapi["']?\s*:\s*["']?[23]/.test(head)) return true;
  return (
    /(?:^|\/)(?:openapi|swagger|asyncapi|api-?specs?|components\/schemas|definitions)\//i.test(path) &&
    /["']?(?:properties|responses)["']?\s*:/.test(text)
  );
}

function readText(path: string, text: string): unknown {
  if (text.length > MAX_CHARS) return null;
  try {
    return /\.(?:json|avsc)$/i.test(path) ? JSON.parse(text) : parse(text, { maxAliasCount: 100, logLevel: 'error' });
  } catch {
    return null;
  }
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options']);

/** Reads a schema file; null when it cannot be read whole. */
export function readDataSchema(path: string, text: string): DataSchema | null {
  const root = readText(path, text);
  if (!isFields(root) && !Array.isArray(root)) return null;
  const offers: Item[] = [];
  const demands: Item[] = [];
  const lineAt = makeLineCounter(text);
  const lineOf = (name: string) => {
    const at = text.search(
      new RegExp(`["']?\\b${name.replace(/[^\w-]/g, '.')}["']?\\s*:|"name"\\s*:\\s*"${name.replace(/[^\w-]/g, '.')}"`),
    );
    return at < 0 ? 1 : lineAt(at);
  };
  const offer = (key: string, name: string, rule: string) => offers.push({ key, line: lineOf(name), rule });

  function readProperties(node: Fields, at: string): void {
    const required = new Set(Array.isArray(node['required']) ? node['required'] : []);
    for (const [name, property] of Object.entries(isFields(node['properties']) ? node['properties'] : {})) {
      offer(`${at}.${name}`, name, 'schema_property');
      const type = isFields(property) ? property['type'] : undefined;
      if (typeof type === 'string') offer(`${at}.${name}:${type}`, name, 'schema_property');
      if (required.has(name)) demands.push({ key: `${at} <- ${name}`, line: lineOf(name), rule: 'schema_required' });
    }
    offer(at, 'properties', 'schema_object');
  }

  function readRecord(node: Fields, at: string): void {
    offer(at, String(node['name']), 'schema_object');
    for (const field of Array.isArray(node['fields']) ? node['fields'] : []) {
      if (!isFields(field) || typeof field['name'] !== 'string') continue;
      const { name, type } = field;
      offer(`${at}.${name}`, name, 'schema_property');
      if (typeof type === 'string') offer(`${at}.${name}:${type}`, name, 'schema_property');
      if (!('default' in field)) demands.push({ key: `${at} <- ${name}`, line: lineOf(name), rule: 'schema_required' });
    }
  }

  function walk(node: unknown, at: string, depth: number): void {
    if (depth > MAX_DEPTH || offers.length > MAX_ITEMS) return;
    if (Array.isArray(node)) {
      for (const item of node) walk(item, at, depth + 1);
      return;
    }
    if (!isFields(node)) return;
    if (isFields(node['properties'])) readProperties(node, at);
    const isRecord = node['type'] === 'record' && Array.isArray(node['fields']);
    if (isRecord) readRecord(node, `${at}/${String(node['name'])}`);
    const values = node['enum'] ?? node['symbols'];
    if (Array.isArray(values))
      for (const value of values) offer(`${at}=${String(value)}`, String(value), 'schema_enum');
    for (const [name, inner] of Object.entries(node)) {
      if (name === 'example' || name === 'examples' || name === 'default') continue;
      if (METHODS.has(name) && isFields(inner) && 'responses' in inner)
        offer(`${at}/${name}`, name, 'openapi_operation');
      walk(inner, isRecord ? `${at}/${String(node['name'])}/${name}` : `${at}/${name}`, depth + 1);
    }
  }

  walk(root, '', 0);
  return { offers, demands };
}
