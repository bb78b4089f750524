import { parse } from 'yaml';
import { type Item, makeLineCounter } from '../compare-items.ts';
import { enumOf, isRecord, plainText, propertiesOf, resolveRef, typeOf } from './openapi-schema.ts';
import { routeItem } from './routes/route-key.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
const MAX_DOCUMENT_CHARS = 700_000;

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

export interface ApiDocument {
  /** What callers may rely on: gone = broken. */
  readonly offers: readonly Item[];
  /** What callers must send: new = broken. */
  readonly demands: readonly Item[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The schema of a body, with the kinds of text that it may be written in. */
function bodyOf(root: Fields, holder: unknown): { schema: unknown; media: readonly string[] } {
  const body = resolveRef(root, holder);
  const content = body['content'];
  if (!isRecord(content)) return { schema: body['schema'], media: [] };
  const one = content['application/json'] ?? Object.values(content)[0];
  return { schema: isRecord(one) ? one['schema'] : undefined, media: Object.keys(content) };
}

interface Found {
  readonly offers: Item[];
  readonly demands: Item[];
}

/** What answers hold, of those that say it went well; of the others only that they are given. */
function readResponses(root: Fields, operation: Fields, key: string, line: number, { offers }: Found): void {
  const offer = (name: string) => offers.push({ key: `${key} -> ${name}`, line, rule: 'openapi_response' });
  for (const [status, response] of Object.entries(resolveRef(root, operation['responses']))) {
    offer(status);
    if (!status.startsWith('2')) continue;
    const { schema, media } = bodyOf(root, response);
    for (const kind of media) offer(`${status} ${kind}`);
    for (const { at, type, required, mayBeNull } of propertiesOf(root, schema)) {
      offer(`${status}${at}`);
      if (type !== '') offer(`${status}${at}:${type}`);
      if (required) offer(`${status}${at} always`);
      if (!mayBeNull) offer(`${status}${at} not null`);
    }
  }
}

/** What a request may hold: a value or a name that is no longer taken breaks who sends it. */
function readBody(root: Fields, body: Fields, key: string, line: number, { offers, demands }: Found): void {
  const { schema, media } = bodyOf(root, body);
  if (body['required'] === true) demands.push({ key: `${key} <- body`, line, rule: 'openapi_required_body' });
  for (const kind of media) offers.push({ key: `${key} <- body ${kind}`, line, rule: 'openapi_request' });
  for (const { at, owner, type, required, values, fallback } of propertiesOf(root, schema)) {
    const name = `${key} <- body${at}`;
    offers.push({ key: name, line, rule: 'openapi_request' });
    if (type !== '') offers.push({ key: `${name}:${type}`, line, rule: 'openapi_request' });
    for (const value of values) offers.push({ key: `${name}=${value}`, line, rule: 'openapi_enum' });
    if (fallback !== null) offers.push({ key: `${name} default ${fallback}`, line, rule: 'openapi_default' });
    if (!required) continue;
    // What stands in an object that callers need not send is asked only of those who could send that object before.
    const holder = owner === '' ? key : `${key} <- body${owner}`;
    demands.push({ key: `${holder} <- ${at}`, line, rule: 'openapi_required_property' });
  }
}

function readParameter(root: Fields, parameter: Fields, key: string, line: number, found: Found): void {
  if (parameter['in'] === 'body') {
    readBody(root, parameter, key, line, found);
    return;
  }
  // Callers see no name in a path.
  if (parameter['in'] === 'path') return;
  const { offers, demands } = found;
  const name = `${key} <- ${String(parameter['in'])}:${String(parameter['name'])}`;
  const schema = parameter['schema'] === undefined ? parameter : resolveRef(root, parameter['schema']);
  const type = typeOf(schema);
  const fallback = plainText(schema['default']);
  offers.push({ key: name, line, rule: 'openapi_parameter' });
  if (type !== '') offers.push({ key: `${name}:${type}`, line, rule: 'openapi_parameter' });
  for (const value of enumOf(root, schema)) offers.push({ key: `${name}=${value}`, line, rule: 'openapi_enum' });
  if (fallback !== null) offers.push({ key: `${name} default ${fallback}`, line, rule: 'openapi_default' });
  if (parameter['required'] === true) demands.push({ key: name, line, rule: 'openapi_required_parameter' });
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
      const found = { offers, demands };
      readResponses(root, operation, key, line, found);
      for (const raw of [item['parameters'], operation['parameters']].flatMap((list) =>
        Array.isArray(list) ? list : [],
      ))
        readParameter(root, resolveRef(root, raw), key, line, found);
      readBody(root, resolveRef(root, operation['requestBody']), key, line, found);
    }
  }
  return { offers, demands };
}
