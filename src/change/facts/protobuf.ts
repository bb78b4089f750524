import { type Item, squeeze } from './compare-items.ts';

/** Fields, enum values and methods of a protobuf file, with numbers and types: all of them are on the wire. */
export function extractProtobuf(_path: string, code: string): Item[] {
  const items: Item[] = [];
  // Versions of one interface stand beside each other, with the same names in packages of their own.
  const scope: string[] = [/^[ \t]*package[ \t]+([\w.]+)/m.exec(code)?.[1] ?? ''];
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
      // `message Nothing {}` opens nothing for the lines after it.
      if (line.split('}').length === line.split('{').length) scope.pop();
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
      } else if (value !== null && scope.length > 1)
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
