import { endOfBracket, squeeze } from './compare-items.ts';

/** The parts of a list at its own depth: `a, b = f(1, 2)` is two. */
function splitAtCommas(list: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < list.length; ) {
    const char = list[at] ?? '';
    if (char === '(' || char === '[' || char === '{') at = endOfBracket(list, at);
    else if (char === ',') {
      parts.push(list.slice(from, at));
      at += 1;
      from = at;
    } else at += 1;
  }
  parts.push(list.slice(from));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** What callers of a function rely on: how many arguments it needs at least, and how many it takes. */
export interface Signature {
  readonly needs: number;
  readonly takes: number;
  /** Names that may be used as keywords; empty where the language has none. */
  readonly keywords: readonly string[];
}

/** A JavaScript or TypeScript parameter list. */
export function readScriptSignature(list: string): Signature {
  const parts = splitAtCommas(list).filter((part) => !/^this\s*:/.test(part));
  const optional = (part: string) => /^(?:\.\.\.)|^[\w$]+\s*\?|(?<![=<>!])=(?!=|>)/.test(part);
  return {
    needs: parts.filter((part) => !optional(part)).length,
    takes: parts.some((part) => part.startsWith('...')) ? 100 : parts.length,
    keywords: [],
  };
}

/** A Python parameter list, without `self` and `cls`. */
export function readPythonSignature(list: string): Signature {
  const parts = splitAtCommas(list).filter((part) => !/^(?:self|cls)\b/.test(part) && part !== '/' && part !== '*');
  const open = parts.some((part) => part.startsWith('**'));
  const plain = parts.filter((part) => !part.startsWith('*'));
  return {
    needs: plain.filter((part) => !/(?<![=!<>])=(?!=)/.test(part)).length,
    takes: parts.some((part) => part.startsWith('*')) ? 100 : plain.length,
    keywords: open ? [] : plain.map((part) => /^\w+/.exec(part)?.[0] ?? '').filter((name) => !name.startsWith('_')),
  };
}

/** Whether a call that fitted before may not fit now. */
export function isNarrower(before: Signature, after: Signature): boolean {
  if (after.needs > before.needs || after.takes < before.takes) return true;
  return after.keywords.length > 0 && before.keywords.some((name) => !after.keywords.includes(name));
}

/** Types of a Go or Rust signature, without the names of the parameters. */
export function typesOf(list: string): string {
  return splitAtCommas(list)
    .map((part) =>
      squeeze(part.replace(/^(?:mut\s+)?\w+\s*:\s*/, '').replace(/^\w+\s+(?=[\w*[\].(]|func|map|chan|interface)/, '')),
    )
    .join(',');
}
