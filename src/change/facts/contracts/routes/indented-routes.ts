import type { Item } from '../../compare-items.ts';

const OPENS_BLOCK = /\bdo(?:\s*\|[^|]*\|)?\s*$/;
const MAX_JOINED = 6;

/** What one line serves, and the path that whatever stands in its block is below. */
export interface ReadLine {
  readonly items: readonly Item[];
  readonly inner: string;
}

/** Routes of a language whose blocks are `do … end` and indented: each line below the blocks that it stands in. */
export function readIndented(code: string, readLine: (text: string, prefix: string, line: number) => ReadLine): Item[] {
  const items: Item[] = [];
  const blocks: { indent: number; prefix: string }[] = [];
  const lines = code.split('\n');
  for (const [index, raw] of lines.entries()) {
    if (raw.trim() === '') continue;
    const indent = raw.search(/\S/);
    while ((blocks.at(-1)?.indent ?? -1) >= indent) blocks.pop();
    const text = joinContinued(lines, index);
    const { items: found, inner } = readLine(text, blocks.at(-1)?.prefix ?? '', index + 1);
    items.push(...found);
    if (OPENS_BLOCK.test(text)) blocks.push({ indent, prefix: inner });
  }
  return items;
}

/** A line with the lines that its options go on in. */
function joinContinued(lines: readonly string[], index: number): string {
  let joined = (lines[index] ?? '').trim();
  for (let next = index + 1; joined.endsWith(',') && next <= index + MAX_JOINED; next += 1)
    joined += ` ${(lines[next] ?? '').trim()}`;
  return joined;
}
