import { addedLines, type DiffFile, removedLines } from '../../parse-diff.ts';
import type { ItemChange, PlacedItem } from '../compare-items.ts';

const ALTERED = /^django_operation .*?\balterfield\((.*)$/s;
const MODEL = /\bmodel_name='(\w+)'/;
const FIELD = /\bname='(\w+)'/;
const POSITIONAL = /^'(\w+)','(\w+)'/;
const COLUMN = /^django_model (\w+\.\w+)(?: ?:[^=]*)? ?=/;
/** A field is rarely longer; where the next one begins it ends. */
const MOST_LINES = 30;

/** `order.status` of an `AlterField`, in lower case as keys are. */
function alteredField(text: string): string | null {
  const [, first, second] = POSITIONAL.exec(text) ?? [];
  const model = MODEL.exec(text)?.[1] ?? first;
  const field = FIELD.exec(text)?.[1] ?? second;
  return model === undefined || field === undefined ? null : `${model}.${field}`;
}

interface Column {
  readonly item: PlacedItem;
  /** The line behind its last one, as far as is known. */
  readonly until: number;
}

/** Of each line at which an item of the path begins, the line of the next one. */
function nextLines(items: readonly PlacedItem[]): ReadonlyMap<string, number> {
  const places = items.map(({ path, line }) => ({ path, line }));
  places.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
  const next = new Map<string, number>();
  for (const [index, { path, line }] of places.entries()) {
    const after = places[index + 1];
    if (after?.path === path && after.line > line) next.set(`${path}:${line}`, after.line);
  }
  return next;
}

function columnsOf(items: readonly PlacedItem[]): ReadonlyMap<string, Column> {
  const next = nextLines(items);
  const found = new Map<string, Column>();
  for (const item of items) {
    const name = COLUMN.exec(item.key.toLowerCase())?.[1];
    if (name === undefined) continue;
    const end = next.get(`${item.path}:${item.line}`) ?? Number.POSITIVE_INFINITY;
    found.set(name, { item, until: Math.min(item.line + MOST_LINES, end) });
  }
  return found;
}

const within = (line: number, { item, until }: Column) => line >= item.line && line < until;

/**
 * Whether a migration alters a field whose column is the same on both sides: Django writes one for a default, choices or a help text
 * too, and the database is left as it is. The model must show it: its field is edited in the same change, or the migration spells out
 * choices. One that makes up for an earlier edit counts.
 */
export function makeAltersNothing(change: ItemChange, files: readonly DiffFile[]): (item: PlacedItem) => boolean {
  let sides: { base: ReadonlyMap<string, Column>; head: ReadonlyMap<string, Column> } | null = null;
  const isEdited = (base: Column, head: Column) =>
    files.some(
      (file) =>
        (file.path === head.item.path && addedLines(file).some(({ line }) => within(line, head))) ||
        ((file.previousPath ?? file.path) === base.item.path &&
          removedLines(file).some(({ line }) => within(line, base))),
    );
  return ({ key }) => {
    const text = ALTERED.exec(key)?.[1];
    const field = text === undefined ? null : alteredField(text);
    if (text === undefined || field === null) return false;
    sides ??= { base: columnsOf(change.base), head: columnsOf(change.head) };
    const base = sides.base.get(field);
    const head = sides.head.get(field);
    if (base === undefined || head === undefined || base.item.key !== head.item.key) return false;
    return text.includes('choices=') || isEdited(base, head);
  };
}
