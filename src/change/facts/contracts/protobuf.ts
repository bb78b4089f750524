import { type Item, squeeze } from '../compare-items.ts';

const OPENS = /^(message|enum|service|oneof|extend)\s+([\w.]+)\s*\{/;
const RPC = /^rpc\s+(\w+)\s*\(([^)]*)\)\s*returns\s*\(([^)]*)\)/;
const FIELD = /^(?:(repeated)\s+|(?:optional|required)\s+)?(map\s*<[^>]*>|[\w.]+)\s+(\w+)\s*=\s*(\d+)/;
const VALUE = /^(\w+)\s*=\s*(-?\d+|0x[0-9a-f]+)\s*(?:\[|;)/i;
const NO_TYPE = /^(?:option|reserved|syntax|package|import|extensions)$/;
/** How a gateway serves a method: `get: "/v1/orders"`. */
const HTTP = /\b(get|put|post|delete|patch)\s*:\s*"(\/[^"\n]*)"/g;
const MAX_JOINED = 60;

/** Statements with the line that they begin on; one may go on over several. */
function statementsOf(code: string): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  let text = '';
  let line = 0;
  let joined = 0;
  for (const [index, raw] of code.split('\n').entries()) {
    const part = raw.trim();
    if (part === '') continue;
    if (text === '') line = index + 1;
    text = text === '' ? part : `${text} ${part}`;
    joined += 1;
    if (!/[;{}]$/.test(part) && joined < MAX_JOINED) continue;
    found.push({ text, line });
    text = '';
    joined = 0;
  }
  return found;
}

/** Fields, enum values and methods of a protobuf file, with numbers and types: all of them are on the wire. */
export function extractProtobuf(_path: string, code: string): Item[] {
  const items: Item[] = [];
  // Versions of one interface stand beside each other, with the same names in packages of their own.
  const scope: string[] = [/^[ \t]*package[ \t]+([\w.]+)/m.exec(code)?.[1] ?? ''];
  for (const { text, line } of statementsOf(code)) {
    const opened = OPENS.exec(text);
    const owner = () => scope.filter(Boolean).join('.');
    if (opened !== null) {
      const kind = opened[1] ?? '';
      scope.push(kind === 'oneof' ? '' : (opened[2] ?? ''));
      if (kind !== 'oneof') items.push({ key: `${kind} ${owner()}`, line, rule: `protobuf_${kind}` });
      // `message Nothing {}` opens nothing for the lines after it.
      if (text.split('}').length === text.split('{').length) scope.pop();
    } else {
      const [, method, takes = '', gives = ''] = RPC.exec(text) ?? [];
      const [, repeated = '', type = '', name, number = ''] = FIELD.exec(text) ?? [];
      const [, value, constant = ''] = VALUE.exec(text) ?? [];
      if (method !== undefined)
        items.push({ key: `rpc ${owner()}.${method} ${squeeze(`${takes}>${gives}`)}`, line, rule: 'protobuf_rpc' });
      else if (name !== undefined && !NO_TYPE.test(type))
        items.push({
          key: `field ${owner()}#${number} ${repeated} ${squeeze(type)} ${name}`,
          line,
          rule: 'protobuf_field',
        });
      else if (value !== undefined && scope.length > 1)
        items.push({ key: `value ${owner()}.${value}=${constant}`, line, rule: 'protobuf_value' });
      for (const route of text.matchAll(HTTP))
        items.push({
          key: `http ${route[1] ?? ''} ${(route[2] ?? '').replace(/\{[^}]*\}/g, '{}')}`,
          line,
          rule: 'protobuf_http',
        });
      if (/\{\s*\}?\s*;?$/.test(text) && text.includes('{') && !text.includes('}')) scope.push('');
    }
    for (let close = text.split('}').length - text.split('{').length; close > 0; close -= 1) scope.pop();
  }
  return items;
}
