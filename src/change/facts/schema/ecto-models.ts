import type { Item } from '../compare-items.ts';
import { columnCalls, leftOut } from './model-items.ts';

const ECTO_FIELD =
  /^[ \t]+(?:field|belongs_to|embeds_one|embeds_many|timestamps)[ (]+(?![^\n]*\bvirtual:[ ]*true)[^\n]*$/gm;

/** Options of a field that the struct or the changeset looks at; the database has its own in the migration. */
const ECTO_OPTIONS = leftOut(
  'default',
  'redact',
  'autogenerate',
  'load_in_query',
  'read_after_writes',
  'skip_default_validation',
  'writable',
  'on_replace',
  'values',
  'where',
  'preload_order',
);

export function ectoColumns(code: string): Item[] {
  // What is only embedded has no table: mostly the fields of a form.
  if (/\bembedded_schema\s+do\b/.test(code) && !/^\s*schema[ (]+["@]/m.test(code)) return [];
  return /\buse\s+Ecto\.Schema\b|\bschema\s+"/.test(code)
    ? columnCalls(code, ECTO_FIELD, /^[ \t]*schema\s+"(\w+)"/gm, 'ecto_schema', ECTO_OPTIONS)
    : [];
}
