import { endOfBracket, squeeze } from '../../compare-items.ts';

/** The parts of a list at its own depth: `a, b = f(1, 2)` is two. Angle brackets count where types may stand in them. */
export function splitAtCommas(list: string, angles = false): string[] {
  const parts: string[] = [];
  let from = 0;
  let depth = 0;
  for (let at = 0; at < list.length; ) {
    const char = list[at] ?? '';
    if (char === '(' || char === '[' || char === '{') at = endOfBracket(list, at);
    else if (angles && char === '<') {
      depth += 1;
      at += 1;
    } else if (angles && char === '>' && depth > 0) {
      if (!'-='.includes(list[at - 1] ?? '')) depth -= 1;
      at += 1;
    } else if (char === ',' && depth === 0) {
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
  /** Types of the arguments in their order, where the language names them; an empty one is not known. */
  readonly types?: readonly string[];
  /** The type of the result; empty where it is not known. */
  readonly gives?: string;
  /** What arguments are where nobody gives them, where that is a plain value; by name where keywords are, else by place. */
  readonly defaults?: readonly string[];
}

/** A number, a text or a truth as it is written; nothing for what has to be worked out, and for nothing itself. */
export function literalOf(text: string | undefined): string {
  const plain = (text ?? '').trim().replaceAll('"', "'");
  return /^-?\d[\d_.]*[a-zA-Z%]?$|^'[^'\n]{1,200}'$|^(?:true|false)$/i.test(plain) ? plain.toLowerCase() : '';
}

/** Whether an argument that is left out is another value now. */
function hasOtherDefault(before: Signature, after: Signature): boolean {
  const byName = before.keywords.length > 0 && after.keywords.length > 0;
  return (before.defaults ?? []).some((value, at) => {
    const now = after.defaults?.[byName ? after.keywords.indexOf(before.keywords[at] ?? '') : at] ?? '';
    return value !== '' && now !== '' && value !== now;
  });
}

/** More arguments than anybody passes. */
export const ANY_NUMBER = 100;

/** What stands behind the equals sign of a parameter, if that is a plain value. */
export function defaultOf(part: string): string {
  return literalOf(/(?<![=<>!])=(?![=>])(.*)$/s.exec(part)?.[1]);
}

/** A JavaScript or TypeScript parameter list. */
export function readScriptSignature(list: string): Signature {
  const parts = splitAtCommas(list).filter((part) => !/^this\s*:/.test(part));
  const optional = (part: string) => /^(?:\.\.\.)|^[\w$]+\s*\?|(?<![=<>!])=(?!=|>)/.test(part);
  return {
    needs: parts.filter((part) => !optional(part)).length,
    takes: parts.some((part) => part.startsWith('...')) ? ANY_NUMBER : parts.length,
    keywords: [],
    defaults: parts.map(defaultOf),
  };
}

/** A Python parameter list, without `self` and `cls`. */
export function readPythonSignature(list: string): Signature {
  const parts = splitAtCommas(list).filter((part) => !/^(?:self|cls)\b/.test(part) && part !== '/' && part !== '*');
  const open = parts.some((part) => part.startsWith('**'));
  const plain = parts.filter((part) => !part.startsWith('*'));
  const named = plain.filter((part) => !part.startsWith('_'));
  return {
    needs: plain.filter((part) => !/(?<![=!<>])=(?!=)/.test(part)).length,
    takes: parts.some((part) => part.startsWith('*')) ? ANY_NUMBER : plain.length,
    keywords: open ? [] : named.map((part) => /^\w+/.exec(part)?.[0] ?? ''),
    defaults: named.map(defaultOf),
  };
}

/** Types that take what another one took. */
const WIDER = /^(?:any|mixed|object|charsequence|iterable<?.*|collection<?.*|impl .*|[a-z])$/;

function fits(before: string, after: string): boolean {
  if (before === '' || after === '' || before === after || WIDER.test(after)) return true;
  // A union that still holds what it held.
  const now = new Set(after.replace(/^\?/, 'null|').split('|'));
  return before
    .replace(/^\?/, 'null|')
    .split('|')
    .every((part) => now.has(part.trim()));
}

/** Whether a call that fitted before may not fit now. */
export function isNarrower(before: Signature, after: Signature): boolean {
  if (after.needs > before.needs || after.takes < before.takes) return true;
  const types = after.types ?? [];
  if ((before.types ?? []).some((type, index) => !fits(type, types[index] ?? ''))) return true;
  const [gave = '', gives = ''] = [before.gives, after.gives];
  if (gave !== '' && gives !== '' && gave !== gives && !gives.startsWith('impl ')) return true;
  if (hasOtherDefault(before, after)) return true;
  return after.keywords.length > 0 && before.keywords.some((name) => !after.keywords.includes(name));
}

/** A type as it is compared: without the package that it is taken from, which may go by another name. */
export function plainType(type: string): string {
  return squeeze(type.replace(/\b\w+(?:\.|::)(?=\w)/g, '').replace(/\binterface\s*\{\s*\}/g, 'any'));
}
