import { parse } from 'yaml';
import { type Item, makeLineCounter } from '../compare-items.ts';
import { routeItem } from './routes/route-key.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
const MAX_DOCUMENT_CHARS = 700_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function looksLikeOpenApi(path: string, text: string): boolean {
  if (!/\.(?:ya?ml|json)$/i.test(path)) return false;
  return /(?:^|\n)\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]/.test(text.slice(0, 20_000));
}

/** Finds the line of each key, asked for in the order of the text: close enough to lead a reader there. */
function makeLineFinder(text: string): (key: string) => number {
  const lineAt = makeLineCounter(text);
  let from = 0;
  return (key) => {
    const at = text.indexOf(key, from);
    if (at < 0) return 1;
    from = at;
    return lineAt(at);
  };
}

function parseDocument(path: string, text: string): Record<string, unknown> | null {
  if (text.length > MAX_DOCUMENT_CHARS) return null;
  try {
    const value: unknown = path.toLowerCase().endsWith('.json')
      ? JSON.parse(text)
      : parse(text, { maxAliasCount: 100, logLevel: 'error' });
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** `#/components/parameters/X` looked up in the document; at most eight steps. */
function resolveRef(root: Record<string, unknown>, value: unknown): Record<string, unknown> {
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

export interface ApiDocument {
  /** What callers may rely on: gone = broken. */
  readonly offers: readonly Item[];
  /** What callers must send: new = broken. */
  readonly demands: readonly Item[];
}

function typeOfParameter(root: Record<string, unknown>, parameter: Record<string, unknown>): string {
  const type = resolveRef(root, parameter['schema'])['type'] ?? parameter['type'];
  return typeof type === 'string' ? type : '';
}

function requiredOf(root: Record<string, unknown>, schema: unknown): string[] {
  const required = resolveRef(root, schema)['required'];
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

function jsonSchemaOf(root: Record<string, unknown>, holder: unknown): unknown {
  const content = resolveRef(root, holder)['content'];
  if (!isRecord(content)) return resolveRef(root, holder)['schema'];
  const media = content['application/json'] ?? Object.values(content)[0];
  return isRecord(media) ? media['schema'] : undefined;
}

const MAX_DEPTH = 4;
const MAX_NAMES = 2_000;

/** The properties of a schema with their types, `order.total:integer`, as far as four levels down; lists are passed through. */
function propertiesOf(
  root: Record<string, unknown>,
  holder: unknown,
  prefix: string,
  found: string[] = [],
  depth = 0,
): string[] {
  const schema = resolveRef(root, holder);
  if (depth > MAX_DEPTH || found.length > MAX_NAMES) return found;
  for (const part of [schema['allOf']].flatMap((list) => (Array.isArray(list) ? list : [])))
    propertiesOf(root, part, prefix, found, depth + 1);
  if (schema['type'] === 'array') return propertiesOf(root, schema['items'], prefix, found, depth + 1);
  for (const [name, raw] of Object.entries(resolveRef(root, schema['properties']))) {
    const property = resolveRef(root, raw);
    const type = typeof property['type'] === 'string' ? property['type'] : '';
    found.push(`${prefix}.${name}`);
    if (type !== '') found.push(`${prefix}.${name}:${type}`);
    if (type !== 'string') propertiesOf(root, raw, `${prefix}.${name}`, found, depth + 1);
  }
  return found;
}

/** Values that a request may hold: one that is refused from now on breaks who sends it. */
function enumsOf(root: Record<string, unknown>, holder: unknown, prefix: string): string[] {
  const properties = Object.entries(resolveRef(root, resolveRef(root, holder)['properties']));
  return properties.flatMap(([name, raw]) => {
    const values = resolveRef(root, raw)['enum'];
    return Array.isArray(values) ? values.map((value) => `${prefix}.${name}=${String(value)}`) : [];
  });
}

function responseProperties(root: Record<string, unknown>, operation: Record<string, unknown>): string[] {
  const responses = Object.entries(resolveRef(root, operation['responses']));
  return responses.flatMap(([status, response]) =>
    status.startsWith('2') ? [status, ...propertiesOf(root, jsonSchemaOf(root, response), status)] : [status],
  );
}

/** Whether every way in asks for credentials; `security: []` and an empty way ask for none. */
function asksForLogin(security: unknown): boolean {
  return (
    Array.isArray(security) &&
    security.length > 0 &&
    security.every((way) => isRecord(way) && Object.keys(way).length > 0)
  );
}

/** The operations of an OpenAPI or Swagger document with what they offer and demand. Null when it cannot be read whole. */
export function readApiDocument(path: string, text: string): ApiDocument | null {
  const root = parseDocument(path, text);
  if (root === null) return null;
  // A part of a description may hold schemas only.
  const paths = isRecord(root['paths']) ? root['paths'] : {};
  const offers: Item[] = [];
  const demands: Item[] = [];
  const lineOf = makeLineFinder(text);
  for (const [route, rawItem] of Object.entries(paths)) {
    const item = resolveRef(root, rawItem);
    const line = lineOf(route);
    for (const method of METHODS) {
      if (!isRecord(item[method])) continue;
      const operation = item[method];
      const key = routeItem(method, route, line, 'openapi_operation').key;
      offers.push({ key, line, rule: 'openapi_operation' });
      if (asksForLogin(operation['security'] ?? root['security']))
        demands.push({ key: `${key} <- security`, line, rule: 'openapi_security' });
      for (const name of responseProperties(root, operation))
        offers.push({ key: `${key} -> ${name}`, line, rule: 'openapi_response' });
      for (const raw of [item['parameters'], operation['parameters']].flatMap((list) =>
        Array.isArray(list) ? list : [],
      )) {
        const parameter = resolveRef(root, raw);
        const name = `${String(parameter['in'])}:${String(parameter['name'])}`;
        const type = typeOfParameter(root, parameter);
        offers.push({ key: `${key} <- ${name}`, line, rule: 'openapi_parameter' });
        if (type !== '') offers.push({ key: `${key} <- ${name}:${type}`, line, rule: 'openapi_parameter' });
        if (parameter['required'] === true && parameter['in'] !== 'path')
          demands.push({ key: `${key} <- ${name}`, line, rule: 'openapi_required_parameter' });
      }
      const body = resolveRef(root, operation['requestBody']);
      if (body['required'] === true) demands.push({ key: `${key} <- body`, line, rule: 'openapi_required_body' });
      for (const name of enumsOf(root, jsonSchemaOf(root, body), 'body'))
        offers.push({ key: `${key} <- ${name}`, line, rule: 'openapi_enum' });
      for (const name of requiredOf(root, jsonSchemaOf(root, body)))
        demands.push({ key: `${key} <- body.${name}`, line, rule: 'openapi_required_property' });
    }
  }
  return { offers, demands };
}
