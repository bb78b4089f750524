import type { DiffFile } from '../parse-diff.ts';
import type { ChangeContext } from './change-context.ts';

/** One thing that a file defines: a route, a column, a statement. Two with the same key are the same thing. */
export interface Item {
  readonly key: string;
  readonly line: number;
  readonly rule: string;
}

export interface PlacedItem extends Item {
  readonly path: string;
}

export interface ItemChange {
  /** In the head and not in the base. */
  readonly added: readonly PlacedItem[];
  /** In the base and not in the head. `path` and `line` are those of the base. */
  readonly removed: readonly PlacedItem[];
  /** Everything the changed files define after the change. */
  readonly head: readonly PlacedItem[];
  readonly base: readonly PlacedItem[];
}

export type ExtractItems = (path: string, code: string) => readonly Item[];

/**
 * Compares what the changed files define before and after. What moved between files, was reformatted, or stands beside
 * an edited comment is on both sides and cancels out: only an effect remains.
 */
export async function compareItems(
  context: ChangeContext,
  select: (file: DiffFile, path: string) => boolean,
  extract: ExtractItems,
): Promise<ItemChange> {
  const base = await extractSide(context, 'base', select, extract);
  const head = await extractSide(context, 'head', select, extract);
  return { added: without(head, base), removed: without(base, head), head, base };
}

/** The same where only what is lost matters: a change to files that define nothing at the base need not be read further. */
export async function compareLost(
  context: ChangeContext,
  select: (file: DiffFile, path: string) => boolean,
  extract: ExtractItems,
): Promise<ItemChange> {
  const base = await extractSide(context, 'base', select, extract);
  if (base.length === 0) return { added: [], removed: [], head: [], base };
  const head = await extractSide(context, 'head', select, extract);
  return { added: without(head, base), removed: without(base, head), head, base };
}

async function extractSide(
  context: ChangeContext,
  side: 'base' | 'head',
  select: (file: DiffFile, path: string) => boolean,
  extract: ExtractItems,
): Promise<PlacedItem[]> {
  const found: PlacedItem[] = [];
  for (const file of context.filesWithText) {
    const path = side === 'base' ? (file.previousPath ?? file.path) : file.path;
    if (!select(file, path)) continue;
    const code = await context.codeText(file, side);
    if (code !== null) for (const item of extract(path, code)) found.push({ ...item, path });
  }
  return found;
}

/** Multiset difference by key. */
function without(items: readonly PlacedItem[], others: readonly PlacedItem[]): readonly PlacedItem[] {
  if (others.length === 0) return items;
  const counts = new Map<string, number>();
  for (const other of others) counts.set(other.key, (counts.get(other.key) ?? 0) + 1);
  return items.filter((item) => {
    const left = counts.get(item.key) ?? 0;
    if (left > 0) counts.set(item.key, left - 1);
    return left === 0;
  });
}

/** Turns offsets into line numbers without counting from the start each time. */
export function makeLineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

const MAX_CALL_CHARS = 20_000;

/** What a character is to {@link endOfBracket}: the code of the bracket that closes it, a quote, or nothing. */
const QUOTE = -1;
const CLOSER_OF = new Int16Array(128);
for (const [open, close] of ['()', '[]', '{}']) CLOSER_OF[(open ?? '').charCodeAt(0)] = (close ?? '').charCodeAt(0);
for (const quote of ['"', "'", '`']) CLOSER_OF[quote.charCodeAt(0)] = QUOTE;

/**
 * The offset just past the bracket that closes the one at `open`; strings are stepped over. Gives up after `limit`
 * characters, so that brackets that never close cost no more than that.
 */
export function endOfBracket(text: string, open: number, limit = MAX_CALL_CHARS): number {
  // Strings are looked for within the limit, or many that never close would each cost the whole text.
  const window = text.slice(open, open + limit);
  const stack: number[] = [];
  let awaited = 0;
  for (let at = 0; at < window.length; at += 1) {
    const code = window.charCodeAt(at);
    const closer = CLOSER_OF[code] ?? 0;
    if (closer > 0) {
      stack.push(awaited);
      awaited = closer;
    } else if (closer === QUOTE) {
      const end = endOfString(window, at);
      if (end < 0) break;
      at = end;
    } else if (code === awaited) {
      awaited = stack.pop() ?? 0;
      if (stack.length === 0) return open + at + 1;
    }
  }
  return open + window.length;
}

/** Real code nests three or four blocks that are each read as a whole. */
const MOST_PASSES = 8;

/**
 * Ends of blocks that may be of any length, as {@link endOfBracket} finds them. What stands in nested blocks is read once for each,
 * so all of them together get a few passes over the text and then nothing: blocks that never close cost no more than that.
 */
export function makeBlockEnds(text: string): (open: number) => number {
  let left = MOST_PASSES * text.length;
  return (open) => {
    if (left <= 0) return open;
    const end = endOfBracket(text, open, left);
    left -= end - open;
    return end;
  };
}

/** The innermost of blocks, which are in the order of the text, around each of a row of ascending places. */
export function makeBlockAt<B extends { readonly at: number; readonly end: number }>(
  blocks: readonly B[],
): (place: number) => B | undefined {
  const around: B[] = [];
  let next = 0;
  return (place) => {
    for (let block = blocks[next]; block !== undefined && block.at < place; block = blocks[next]) {
      around.push(block);
      next += 1;
    }
    while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= place) around.pop();
    return around.at(-1);
  };
}

/** The quote that closes the string which begins at `open`, or -1. A quote behind an odd number of backslashes is text. */
export function endOfString(text: string, open: number): number {
  const quote = text.charAt(open);
  for (let end = text.indexOf(quote, open + 1); end >= 0; end = text.indexOf(quote, end + 1)) {
    let before = end - 1;
    if (quote !== '`') while (before > open && text.charAt(before) === '\\') before -= 1;
    if (quote === '`' || (end - 1 - before) % 2 === 0) return end;
  }
  return -1;
}

const OPENERS = '([{';

/** A call or declaration found in code: where it starts, its match, and the offset just past its closing bracket. */
export interface FoundCall {
  readonly match: RegExpExecArray;
  readonly end: number;
}

/**
 * Matches of a pattern, each taken up to the bracket that closes it when the match ends in one. A match inside another's
 * brackets belongs to that one and is not found again: the time stays linear in the text.
 */
export function findCalls(code: string, pattern: RegExp, limit = MAX_CALL_CHARS): FoundCall[] {
  const found: FoundCall[] = [];
  // A global pattern keeps its place between calls; it is put back, so that nobody finds it in the middle of another text.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(code); match !== null; match = pattern.exec(code)) {
    const after = match.index + match[0].length;
    const end =
      match[0] !== '' && OPENERS.includes(code.charAt(after - 1)) ? endOfBracket(code, after - 1, limit) : after;
    pattern.lastIndex = Math.max(end, match.index + 1);
    found.push({ match, end });
  }
  pattern.lastIndex = 0;
  return found;
}

const SPACE = /\s/;
const KINDS = { plain: 0, space: 1, quote: 2, opener: 3, closer: 4 } as const;
/** Of each ASCII character what it is to {@link squeeze}; brackets and what stands between things bind what is beside them. */
const ASCII = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (char <= ' ' || char === ';') return KINDS.space;
  if (char === '"' || char === '`') return KINDS.quote;
  if (')]}'.includes(char)) return KINDS.closer;
  return '(,=<>{[:'.includes(char) ? KINDS.opener : KINDS.plain;
});

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return ASCII[code] ?? (SPACE.test(text.charAt(at)) ? KINDS.space : KINDS.plain);
}

/**
 * Text as a key: case, spacing, kinds of quotes and what a formatter puts at ends do not matter. Control characters and
 * semicolons are spacing. One pass, because a large change has tens of thousands of keys.
 */
export function squeeze(text: string): string {
  let out = '';
  let spaced = false;
  let joined = true;
  for (let at = 0; at < text.length; ) {
    const from = at;
    const kind = kindAt(text, at);
    at += 1;
    if (kind === KINDS.space) {
      spaced = true;
      continue;
    }
    const binds = kind === KINDS.opener || kind === KINDS.closer;
    if (spaced && !binds && !joined) out += ' ';
    if (kind === KINDS.closer && out.endsWith(',')) out = out.slice(0, -1);
    if (kind === KINDS.plain) while (at < text.length && kindAt(text, at) === KINDS.plain) at += 1;
    out += kind === KINDS.quote ? "'" : text.slice(from, at);
    joined = binds;
    spaced = false;
  }
  return out.toLowerCase();
}
