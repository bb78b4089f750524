import { endOfBracket, endOfString } from '../compare-items.ts';

/** `name:`, `name=` or `"name" =>`, right behind what opens or divides a list of options. */
const NAMED = /\s*["']?([A-Za-z_$][\w$]*)["']?\s*(?::(?!:)|=>|=(?!=))\s*/y;
/** `get() {`: a function written as a property of an object. */
const METHOD = /\s*(?:async\s+)?([A-Za-z_$][\w$]*)\s*\(/y;
const CALLED = /\.\s{0,40}([\w$]+)(?:<[^()\n]{0,200}>)?[ \t]{0,4}(?=[({])/g;
const QUOTES = '"\'`';
const DIVIDERS = '([{,';

const blank = (text: string) => text.replace(/[^\n]/g, ' ');

/** The end of a value: the comma or closing bracket at its own depth. Strings and a pattern between slashes are stepped over. */
export function endOfValue(text: string, start: number): number {
  let at = start;
  if (text[at] === '/') {
    const close = /^\/(?:[^\n/\\]|\\.)+\//.exec(text.slice(at, at + 500))?.[0].length ?? 0;
    at += close;
  }
  while (at < text.length) {
    const char = text[at] ?? '';
    if (QUOTES.includes(char)) {
      const close = endOfString(text, at);
      if (close < 0) return text.length;
      at = close + 1;
    } else if (char === '(' || char === '{' || char === '[') at = endOfBracket(text, at);
    else if (char === ',' || char === '}' || char === ')' || char === ']') return at;
    else at += 1;
  }
  return text.length;
}

/** Where the option that begins at `from` ends, if it is one of these names. */
function endOfOption(text: string, from: number, names: ReadonlySet<string>): number | null {
  NAMED.lastIndex = from;
  const named = NAMED.exec(text);
  if (named !== null) return names.has(named[1] ?? '') ? endOfValue(text, NAMED.lastIndex) : null;
  METHOD.lastIndex = from;
  const method = METHOD.exec(text);
  if (method === null || !names.has(method[1] ?? '')) return null;
  const close = endOfBracket(text, METHOD.lastIndex - 1);
  const body = close + text.slice(close, close + 200).search(/\S/);
  return text[body] === '{' ? endOfBracket(text, body) : null;
}

/**
 * The text with these options turned to spaces, wherever they stand in it: `default=0`, `validate: { … }`, `get() { … }`. What is
 * only for people or for the program leaves the database alone. Offsets and lines stay.
 */
export function withoutOptions(text: string, names: ReadonlySet<string>): string {
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (QUOTES.includes(char)) {
      const close = endOfString(text, at);
      // One that never closes hides the rest, and is looked for once.
      if (close < 0) break;
      at = close;
      continue;
    }
    if (at > 0 && !DIVIDERS.includes(char)) continue;
    const from = DIVIDERS.includes(char) ? at + 1 : at;
    const end = endOfOption(text, from, names);
    if (end === null) continue;
    const start = char === ',' ? at : from;
    parts.push(text.slice(kept, start), blank(text.slice(start, end)));
    kept = end;
    at = end - 1;
  }
  parts.push(text.slice(kept));
  return parts.join('');
}

/** The text without these calls in a chain: `.$onUpdate(() => …)`, `.clientDefault { … }`. Offsets and lines stay. */
export function withoutCalls(text: string, names: ReadonlySet<string>): string {
  const parts: string[] = [];
  let kept = 0;
  for (const match of text.matchAll(CALLED)) {
    if (match.index < kept || !names.has(match[1] ?? '')) continue;
    const end = endOfBracket(text, match.index + match[0].length);
    parts.push(text.slice(kept, match.index), blank(text.slice(match.index, end)));
    kept = end;
  }
  parts.push(text.slice(kept));
  return parts.join('');
}
