import { findCalls, type Item, makeLineCounter, squeeze } from './compare-items.ts';

const GRAPHQL_TYPE = /^[ \t]*(?:extend[ \t]+)?(type|interface|input|enum|union)[ \t]+(\w+)([^{\n]*)\{?/gm;
const GRAPHQL_FIELD = /(?:^|,)[ \t]*(\w+)[ \t]*(?:\([^()]*\))?[ \t]*(?::[ \t]*([[\]!\w]+))?/gm;

/** Fields of GraphQL types, `Type.field`. Operations (queries that a client sends) define nothing. */
export function extractGraphql(_path: string, code: string): Item[] {
  const items: Item[] = [];
  const text = code.replace(/"""[\s\S]*?"""/g, (description) => description.replace(/[^\n]/g, ' '));
  const lineAt = makeLineCounter(text);
  for (const { match, end } of findCalls(text, GRAPHQL_TYPE, text.length)) {
    const [whole = '', kind = '', name = '', rest = ''] = match;
    items.push({ key: `${kind} ${name}`, line: lineAt(match.index), rule: 'graphql_type' });
    if (kind === 'union') {
      for (const member of rest.matchAll(/[=|]\s*(\w+)/g))
        items.push({ key: `union ${name}=${member[1] ?? ''}`, line: lineAt(match.index), rule: 'graphql_union' });
    }
    if (!whole.endsWith('{')) continue;
    const start = match.index + whole.length;
    const body = text
      .slice(start, end)
      .replace(/\}\s*$/, '')
      .replace(/\([^()]*\)/g, (args) => args.replace(/[\n,]/g, ' '));
    for (const field of body.matchAll(GRAPHQL_FIELD)) {
      const type = (field[2] ?? '').replace(/[!\s]/g, '');
      items.push({
        key: `${name}.${field[1] ?? ''}${type === '' ? '' : `:${type}`}`,
        line: lineAt(start + field.index + field[0].search(/\w/)),
        rule: 'graphql_field',
      });
    }
  }
  return items;
}

/** Fields, enum values and methods of a protobuf file, with numbers and types: all of them are on the wire. */
export function extractProtobuf(_path: string, code: string): Item[] {
  const items: Item[] = [];
  const scope: string[] = [];
  for (const [index, raw] of code.split('\n').entries()) {
    const line = raw.trim();
    const opened = /^(message|enum|service|oneof|extend)\s+([\w.]+)\s*\{/.exec(line);
    if (opened !== null) {
      scope.push(opened[1] === 'oneof' ? '' : (opened[2] ?? ''));
      if (opened[1] !== 'oneof')
        items.push({
          key: `${opened[1] ?? ''} ${scope.filter(Boolean).join('.')}`,
          line: index + 1,
          rule: `protobuf_${opened[1] ?? ''}`,
        });
    } else {
      const owner = scope.filter(Boolean).join('.');
      const rpc = /^rpc\s+(\w+)\s*\(([^)]*)\)\s*returns\s*\(([^)]*)\)/.exec(line);
      const field = /^(?:(?:repeated|optional|required)\s+)?(map\s*<[^>]*>|[\w.]+)\s+(\w+)\s*=\s*(\d+)/.exec(line);
      const value = /^(\w+)\s*=\s*(-?\d+|0x[0-9a-f]+)\s*(?:\[|;)/i.exec(line);
      if (rpc !== null)
        items.push({
          key: `rpc ${owner}.${rpc[1] ?? ''} ${squeeze(`${rpc[2] ?? ''}>${rpc[3] ?? ''}`)}`,
          line: index + 1,
          rule: 'protobuf_rpc',
        });
      else if (field !== null && !/^(?:option|reserved|syntax|package|import|extensions)$/.test(field[1] ?? '')) {
        items.push({
          key: `field ${owner}#${field[3] ?? ''} ${squeeze(field[1] ?? '')} ${field[2] ?? ''}`,
          line: index + 1,
          rule: 'protobuf_field',
        });
      } else if (value !== null && scope.length > 0)
        items.push({
          key: `value ${owner}.${value[1] ?? ''}=${value[2] ?? ''}`,
          line: index + 1,
          rule: 'protobuf_value',
        });
      if (/\{\s*\}?\s*;?$/.test(line) && line.includes('{') && !line.includes('}')) scope.push('');
    }
    for (let close = line.split('}').length - line.split('{').length; close > 0; close -= 1) scope.pop();
  }
  return items;
}
