import { endOfBracket, findCalls, makeBlockEnds, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { findDeclaredApart } from './script-declared.ts';
import { readScriptSignature, type Signature, splitAtCommas } from './signature.ts';

const DECLARED =
  /^export\s+(?:declare\s+)?(default\s+)?(?:abstract\s+)?(?:async\s+)?(const\s+enum|const|let|var|function\*?|class|interface|type|enum|namespace)\s+([\w$]+)/gm;
const LISTED = /^export\s+(?:type\s+)?\{/gm;
const STAR = /^export\s+(?:type\s+)?\*\s+(?:as\s+([\w$]+)\s+)?from\s+["']([^"'\n]+)["']/gm;
const DEFAULT = /^export\s+default\b/gm;
const COMMON = /(?<![\w$.])(?:module\.)?exports\.([\w$]+)\s*=(?!=)/g;
/** What stands before one on its line: nothing, or another in a row, as in `exports.a = exports.b = f`. */
const BEFORE_COMMON = /(?:^|=)[ \t]*$/;
const COMMON_OBJECT = /^module\.exports\s*=\s*\{/gm;
const MEMBER =
  /^[ \t]+(?!(?:private|protected|if|for|while|switch|catch|return|constructor|function|await|else)\b|#)(?:public\s+|static\s+|readonly\s+|abstract\s+|override\s+|async\s+|get\s+|set\s+|\*\s*)*([A-Za-z$][\w$]*)\??\s*(?:<[^(\n]{0,200}>)?\(/gm;
/** A property of an interface, of a class or of an object type; what it holds may be left out where a mark says so. */
const PROPERTY =
  /^[ \t]+(?!(?:private|protected|declare|return|case|default)\b|#)(?:public\s+|static\s+|readonly\s+|abstract\s+|override\s+)*(?:["']([\w$-]+)["']|([A-Za-z$][\w$]*))([?!]?)\s*:(?:[ \t]*([^\n;]{1,200}?)[;,]?[ \t]*$)?/gm;
const ENUM_MEMBER = /(?:^|,)\s*(?:["']([\w$ -]+)["']|([A-Za-z_$][\w$]*))\s*(?:=[^,]*)?(?=,|$)/g;
/** Types by whose names callers fill them in: what they must hold is asked of callers. */
const FILLED_IN =
  /^(?!Normalized|Resolved|Internal|Parsed|Merged|Final|Computed|Default)\w*(?:Options|Opts|Config|Configuration|Params|Parameters|Props|Input|Args|Arguments|Settings|Init|Request)$/;

function listedNames(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim().replace(/^type\s+/, ''))
    .map((part) => /\bas\s+([\w$]+)$/.exec(part)?.[1] ?? /^([\w$]+)/.exec(part)?.[1] ?? '')
    .filter((name) => name !== '');
}

/** The parameters of the function that begins here, also of one that is assigned; null for anything else. */
function scriptSignature(code: string, after: number, kind: string): Signature | null {
  const ahead = code.slice(after, after + 400);
  const opens = kind.startsWith('function')
    ? /^\s*(?:<[^(]{0,300}>)?\s*\(/.exec(ahead)
    : /^\s*=\s*(?:async\s*)?(?:function\s*[\w$]*\s*)?(?:<[^(=]{0,200}>)?\(/.exec(ahead);
  if (opens === null) return null;
  const open = after + opens[0].length - 1;
  const close = endOfBracket(code, open);
  if (!kind.startsWith('function') && !/^\s*(?::[^=]{0,300})?=>|^\s*\{/.test(code.slice(close, close + 320)))
    return null;
  return readScriptSignature(code.slice(open + 1, close - 1));
}

interface Reading {
  readonly code: string;
  readonly lineAt: (offset: number) => number;
  /** Of all blocks of the file together. */
  readonly endOf: (open: number) => number;
}

/** What an exported class, interface or object type holds at its first level, as `Owner.member`. */
function membersOf({ code, lineAt, endOf }: Reading, owner: string, at: number, kind: string): Exported[] {
  const open = code.indexOf('{', at);
  if (open < 0 || open - at > 400) return [];
  const body = code.slice(open, endOf(open));
  const indent = /\n([ \t]+)\S/.exec(body)?.[1] ?? '  ';
  // What begins with an underscore is nobody's to use, though the language cannot say so.
  const isOwn = (found: string) => found.startsWith(indent) && !/^[ \t]|^(?:\w+\s+)*_/.test(found.slice(indent.length));
  const methods = [...body.matchAll(MEMBER)]
    .filter((match) => isOwn(match[0]))
    .map((match) => {
      const start = match.index + match[0].length - 1;
      const close = endOfBracket(body, start);
      return {
        name: `${owner}.${match[1] ?? ''}`,
        line: lineAt(open + match.index + indent.length),
        signature: readScriptSignature(body.slice(start + 1, close - 1)),
      };
    });
  const properties = [...body.matchAll(PROPERTY)]
    .filter((match) => isOwn(match[0]))
    .map((match) => ({
      name: `${owner}.${match[1] ?? match[2] ?? ''}`,
      line: lineAt(open + match.index + indent.length),
      signature: null,
      ...(match[4] === undefined ? {} : { holds: match[4] }),
      asks: kind !== 'class' && match[3] === '' && FILLED_IN.test(owner),
    }));
  return [...methods, ...properties];
}

/** The values of an enum, and of a type that is a list of texts: `'left' | 'right'`. */
function valuesOf({ code, endOf }: Reading, kind: string, owner: string, at: number, line: number): Exported[] {
  if (kind === 'type') {
    const text =
      /^[^=\n]{0,200}=\s*((?:\|?\s*(?:"[^"\n]*"|'[^'\n]*')\s*)+)(?:;|\n\s*\n|\n\w|$)/.exec(
        code.slice(at, at + 4_000),
      )?.[1] ?? '';
    return [...text.matchAll(/["']([^"'\n]*)["']/g)].map((value) => ({
      name: `${owner}.${value[1] ?? ''}`,
      line,
      signature: null,
    }));
  }
  const open = code.indexOf('{', at);
  if (open < 0 || open - at > 200) return [];
  const body = code.slice(open + 1, endOf(open) - 1);
  return [...body.matchAll(ENUM_MEMBER)].map((value) => ({
    name: `${owner}.${value[1] ?? value[2] ?? ''}`,
    line,
    signature: null,
  }));
}

/** Whether an object type is joined with another: `{ … } & Base`. */
function isJoined({ code, endOf }: Reading, after: number): boolean {
  const end = endOf(code.indexOf('{', after));
  return /^\s*[&|]/.test(code.slice(end, end + 100));
}

/** Names that a JavaScript or TypeScript module offers, with what they hold and take. */
export function readScriptExports(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const reading = { code, lineAt, endOf: makeBlockEnds(code) };
  const items: Exported[] = [];
  const add = (name: string, index: number, signature: Signature | null = null) =>
    items.push({ name, line: lineAt(index), signature });
  for (const match of code.matchAll(DECLARED)) {
    const [whole, isDefault, kind = '', given = ''] = match;
    const name = isDefault === undefined ? given : 'default';
    const after = match.index + whole.length;
    const ahead = kind === 'type' ? code.slice(after, after + 300) : '';
    const isObject = /^\s*(?:<[^=]{0,200}>)?\s*=\s*\{/.test(ahead);
    const values =
      !isObject && (kind === 'type' || kind.endsWith('enum'))
        ? valuesOf(reading, kind, name, after, lineAt(match.index))
        : [];
    // What another type adds, or all of it, is not seen here.
    const stands = kind === 'type' && (isObject ? isJoined(reading, after) : values.length === 0);
    items.push({ name, line: lineAt(match.index), signature: scriptSignature(code, after, kind), stands });
    if (kind === 'class' || kind === 'interface') items.push(...membersOf(reading, name, match.index, kind));
    else if (isObject) items.push(...membersOf(reading, name, match.index, kind));
    items.push(...values);
  }
  for (const { names, kind, at } of findDeclaredApart(code, reading.endOf)) {
    for (const name of names) {
      if (name.includes('.')) add(name, at);
      items.push(...membersOf(reading, name, at, kind));
    }
  }
  for (const pattern of [LISTED, COMMON_OBJECT]) {
    for (const { match, end } of findCalls(code, pattern, code.length)) {
      const list = code.slice(match.index + match[0].length, end - 1);
      const names = pattern === LISTED ? listedNames(list) : splitAtCommas(list).flatMap(listedNames);
      for (const name of names) add(name, match.index);
    }
  }
  for (const match of code.matchAll(STAR)) add(match[1] ?? `* from ${match[2] ?? ''}`, match.index);
  if (!items.some(({ name }) => name === 'default'))
    for (const match of code.matchAll(DEFAULT)) add('default', match.index);
  for (const match of code.matchAll(COMMON)) {
    const start = code.lastIndexOf('\n', match.index - 1) + 1;
    if (BEFORE_COMMON.test(code.slice(start, match.index))) add(match[1] ?? '', match.index);
  }
  return items;
}
