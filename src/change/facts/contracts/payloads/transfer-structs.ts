import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';
import type { TransferFields } from './transfer-fields.ts';

const NONE: TransferFields = { offers: [], demands: [] };

const GO_STRUCT = /^type[ \t]+([A-Z]\w*)[ \t]+struct[ \t]*\{/gm;
const GO_FIELD = /^[ \t]*[A-Z]\w*[ \t]+(\S[^`\n]{0,200})`([^`\n]{0,200}\bjson:"([\w.-]+)[^`\n]{0,300})`/gm;
const RUST_STRUCT = /((?:^[ \t]*#\[[^\n]{0,300}\][ \t]*\n){0,12})^[ \t]*pub[ \t]+struct[ \t]+(\w+)[^;{(\n]{0,200}\{/gm;
const RUST_FIELD =
  /((?:^[ \t]*#\[[^\n]{0,300}\][ \t]*\n){0,12})^[ \t]*pub[ \t]+(?:r#)?(\w+)[ \t]*:[ \t]*([^\n]{1,200}?),?[ \t]*$/gm;

/** Where structs are those of an API: by the name of file or folder, else by their own. */
const API_PATH =
  /(?:^|\/)(?:\w+_)?(?:dtos?|api|requests?|responses?|payloads?|handlers?|controllers?|routes|routers?|endpoints)(?:_\w+)?(?:\/|\.\w+$)/i;
const SENT =
  /(?:Request|Req|Input|Payload|Params|Body|Form|Query|Command|D[Tt][Oo])$|^(?:Create|Update|Upsert|Patch|Register|Login)[A-Z]/;
const ANSWERED = /(?:Response|Resp|Res|Reply|Output|View|D[Tt][Oo])$/;
const INNER = /(?:Config|Settings|Options|State|Claims|Event|Client|Cache)$/;

function isApi(path: string, name: string): boolean {
  return !INNER.test(name) && (API_PATH.test(path) || SENT.test(name) || ANSWERED.test(name));
}

/** Fields of structs of Go and Rust that are written to or read from JSON, by the names they have there. */
export function readStructs(path: string, code: string): TransferFields {
  if (extensionOf(path) === 'go') return code.includes('json:"') ? readGo(path, code) : NONE;
  return /\b(?:Des|S)erialize\b/.test(code) ? readRust(path, code) : NONE;
}

function readGo(path: string, code: string): TransferFields {
  const lineAt = makeLineCounter(code);
  const offers: Item[] = [];
  const demands: Item[] = [];
  for (const { match, end } of findCalls(code, GO_STRUCT)) {
    const owner = match[1] ?? '';
    const api = isApi(path, owner);
    const start = match.index + match[0].length;
    const body = code.slice(start, end);
    // A record of a database has names in JSON only if it is sent as it is.
    if (!api && !/\b(?:gorm|bun|xorm):"/.test(body)) continue;
    for (const field of body.matchAll(GO_FIELD)) {
      const [whole, , tag = '', name = ''] = field;
      if (name === '-') continue;
      const line = lineAt(start + field.index + whole.search(/\S/));
      offers.push({ key: `${owner}.${name}`, line, rule: 'transfer_field' });
      if (api && /\b(?:validate|binding):"(?:[^"]*,)?required\b/.test(tag) && !ANSWERED.test(owner))
        demands.push({ key: `${owner}.${name}`, line, rule: 'transfer_field_required' });
    }
  }
  return { offers, demands };
}

function readRust(path: string, code: string): TransferFields {
  const lineAt = makeLineCounter(code);
  const offers: Item[] = [];
  const demands: Item[] = [];
  for (const { match, end } of findCalls(code, RUST_STRUCT)) {
    const [, marks = '', owner = ''] = match;
    if (!/\b(?:Des|S)erialize\b/.test(marks) || !isApi(path, owner)) continue;
    const start = match.index + match[0].length;
    for (const field of code.slice(start, end).matchAll(RUST_FIELD)) {
      const [whole, attributes = '', rust = '', type = ''] = field;
      if (/\bserde\([^)]*\bskip\b/.test(attributes)) continue;
      const name = /\brename[ \t]*=[ \t]*"([^"]+)"/.exec(attributes)?.[1] ?? rust;
      const line = lineAt(start + field.index + whole.lastIndexOf('pub '));
      offers.push({ key: `${owner}.${name}`, line, rule: 'transfer_field' });
      const optional = type.startsWith('Option<') || /\bserde\([^)]*\bdefault\b/.test(`${attributes}${marks}`);
      if (/\bDeserialize\b/.test(marks) && !optional && SENT.test(owner))
        demands.push({ key: `${owner}.${name}`, line, rule: 'transfer_field_required' });
    }
  }
  return { offers, demands };
}
