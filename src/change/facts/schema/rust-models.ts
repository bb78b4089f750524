import { findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { columnCalls } from './model-items.ts';

const DIESEL_COLUMN = /^[ \t]+\w+[ \t]*->[ \t]*[^\n]+$/gm;
const SEA_MODEL = /#\[sea_orm\(([^\]]{0,300})\)\]\s*(?:#\[[^\]]{0,300}\]\s*)*pub struct Model\s*\{/g;
const SEA_FIELD = /((?:#\[[^\]\n]{0,300}\]\s*)*)\bpub[ \t]+(\w+)[ \t]*:[ \t]*([^,\n]+),/g;
const SEA_RELATION = /\b(?:belongs_to|has_many|has_one)\b/;

/** Tables as diesel writes them, and entities of SeaORM: a column that goes, comes or changes type. */
export function rustColumns(code: string): Item[] {
  const diesel = /\btable!\s*\{/.test(code)
    ? columnCalls(code, DIESEL_COLUMN, /^[ \t]*(\w+)\s*\([\w, ]*\)\s*\{/gm, 'diesel_schema')
    : [];
  return code.includes('DeriveEntityModel') ? [...diesel, ...entityColumns(code)] : diesel;
}

function entityColumns(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, SEA_MODEL)) {
    const table = squeeze(match[1] ?? '');
    items.push({ key: `entity ${table}`, line: lineAt(match.index), rule: 'rust_entity' });
    const start = match.index + match[0].length;
    for (const field of code.slice(start, end).matchAll(SEA_FIELD)) {
      const [, marks = '', name = '', type = ''] = field;
      if (SEA_RELATION.test(marks)) continue;
      const shape = [...marks.matchAll(/#\[sea_orm\(([^\]]{0,300})\)\]/g)].map((mark) => mark[1] ?? '').join(' ');
      items.push({
        key: `entity ${table}.${name} ${squeeze(type)} ${squeeze(shape)}`,
        line: lineAt(start + field.index + field[0].search(/\bpub\b/)),
        rule: 'rust_entity',
      });
    }
  }
  return items;
}
