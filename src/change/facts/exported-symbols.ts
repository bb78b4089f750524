import { endOfBracket, findCalls, type Item, makeLineCounter, squeeze } from './compare-items.ts';
import { extensionOf } from './file-kind.ts';
import { readPythonSignature, readScriptSignature, type Signature, typesOf } from './signature.ts';

/** A name that a file offers to those who import it, with its signature where it has one. */
export interface Exported {
  readonly name: string;
  readonly line: number;
  readonly signature: Signature | null;
}

const DECLARED =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(const|let|var|function\*?|class|interface|type|enum|namespace)\s+([\w$]+)/gm;
const LISTED = /^export\s+(?:type\s+)?\{/gm;
const STAR = /^export\s+(?:type\s+)?\*\s+(?:as\s+([\w$]+)\s+)?from\s+["']([^"'\n]+)["']/gm;
const DEFAULT = /^export\s+default\b/gm;
/** Also in a row: `exports.a = exports.b = f`. */
const COMMON = /(?<=^|=[ \t]*)(?:module\.)?exports\.([\w$]+)\s*=(?!=)/gm;
const COMMON_OBJECT = /^module\.exports\s*=\s*\{/gm;
const MEMBER =
  /^[ \t]+(?!(?:private|protected|if|for|while|switch|catch|return|constructor|function|await|else)\b|#)(?:public\s+|static\s+|readonly\s+|abstract\s+|override\s+|async\s+|get\s+|set\s+|\*\s*)*([A-Za-z$][\w$]*)\s*(?:<[^>\n]{0,200}>)?\(/gm;

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

/** Methods of an exported class or interface, as `Owner.method`. */
function membersOf(code: string, owner: string, at: number, lineAt: (offset: number) => number): Exported[] {
  const open = code.indexOf('{', at);
  if (open < 0 || open - at > 400) return [];
  const body = code.slice(open, endOfBracket(code, open, code.length));
  const indent = /\n([ \t]+)\S/.exec(body)?.[1] ?? '  ';
  return [...body.matchAll(MEMBER)]
    .filter((match) => match[0].startsWith(indent) && !/^[ \t]/.test(match[0].slice(indent.length)))
    .map((match) => {
      const start = match.index + match[0].length - 1;
      const close = endOfBracket(body, start);
      return {
        name: `${owner}.${match[1] ?? ''}`,
        line: lineAt(open + match.index + indent.length),
        signature: readScriptSignature(body.slice(start + 1, close - 1)),
      };
    });
}

function scriptExports(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const items: Exported[] = [];
  const add = (name: string, index: number, signature: Signature | null = null) =>
    items.push({ name, line: lineAt(index), signature });
  for (const match of code.matchAll(DECLARED)) {
    const [whole, kind = '', name = ''] = match;
    add(name, match.index, scriptSignature(code, match.index + whole.length, kind));
    if (kind === 'class' || kind === 'interface') items.push(...membersOf(code, name, match.index, lineAt));
  }
  for (const pattern of [LISTED, COMMON_OBJECT]) {
    for (const { match, end } of findCalls(code, pattern, code.length)) {
      for (const name of listedNames(code.slice(match.index + match[0].length, end - 1))) add(name, match.index);
    }
  }
  for (const match of code.matchAll(STAR)) add(match[1] ?? `* from ${match[2] ?? ''}`, match.index);
  for (const match of code.matchAll(DEFAULT)) add('default', match.index);
  for (const match of code.matchAll(COMMON)) add(match[1] ?? '', match.index);
  return items;
}

const PYTHON_ALL = /^__all__[ \t]*(?::[^=\n]{0,100})?=[ \t]*[[(]/gm;
const PYTHON_TOP = /^(?:async[ \t]+)?(def|class)[ \t]+([A-Za-z]\w*)[ \t]*(\(?)/gm;
const PYTHON_METHOD = /^(?: {4}|\t)(?:async[ \t]+)?def[ \t]+((?!_)\w+|__init__)[ \t]*\(/gm;
const PYTHON_IMPORT = /^from[ \t]+\.[\w.]*[ \t]+import[ \t]+(\(?)/gm;
const OVERLOADED = /@(?:typing\.)?overload[ \t]*\n[ \t]*$/;

function pythonExports(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const items: Exported[] = [...findCalls(code, PYTHON_ALL, code.length)].flatMap(({ match, end }) =>
    [...code.slice(match.index, end).matchAll(/["'](\w+)["']/g)].map((name) => ({
      name: name[1] ?? '',
      line: lineAt(match.index),
      signature: null,
    })),
  );
  if (items.length === 0) {
    for (const { match, end } of findCalls(code, PYTHON_IMPORT)) {
      const list =
        match[1] === '('
          ? code.slice(match.index + match[0].length, end - 1)
          : (code.slice(end).split('\n', 1)[0] ?? '');
      for (const name of listedNames(list)) items.push({ name, line: lineAt(match.index), signature: null });
    }
  }
  let owner = '';
  const tops = [...code.matchAll(PYTHON_TOP)];
  for (const [index, match] of tops.entries()) {
    const [whole, kind = '', name = '', open = ''] = match;
    const after = match.index + whole.length;
    const signature =
      kind === 'def' && open === '(' && !OVERLOADED.test(code.slice(Math.max(0, match.index - 60), match.index))
        ? readPythonSignature(code.slice(after, endOfBracket(code, after - 1) - 1))
        : null;
    items.push({ name, line: lineAt(match.index), signature });
    if (kind !== 'class') continue;
    owner = name;
    const body = code.slice(after, tops[index + 1]?.index ?? code.length);
    for (const method of body.matchAll(PYTHON_METHOD)) {
      const start = method.index + method[0].length;
      if (OVERLOADED.test(body.slice(Math.max(0, method.index - 60), method.index))) continue;
      items.push({
        name: `${owner}.${method[1] ?? ''}`,
        line: lineAt(after + method.index),
        signature: readPythonSignature(body.slice(start, endOfBracket(body, start - 1) - 1)),
      });
    }
  }
  return items;
}

/** Names that a file offers, with signatures. */
export function readExports(path: string, code: string): Exported[] {
  const extension = extensionOf(path);
  if (extension === 'py') return pythonExports(code);
  return /^[cm]?[jt]sx?$/.test(extension) ? scriptExports(code) : [];
}

const RUST_ITEM =
  /^([ \t]*)pub[ \t]+(?:async[ \t]+|unsafe[ \t]+|const[ \t]+(?=fn)|extern[ \t]+"C"[ \t]+)*(fn|struct|enum|trait|type|mod|static|const|use|macro)[ \t]+([\w:{}, *\n]+)/gm;

/** Public items of a Rust file; functions with the types that they take. */
export function extractRustExports(_path: string, code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [...code.matchAll(RUST_ITEM)].flatMap((match) => {
    const [whole, indent = '', kind = '', name = ''] = match;
    if (indent !== '' && kind !== 'fn') return [];
    const after = match.index + whole.length;
    const open = kind === 'fn' ? code.indexOf('(', after) : -1;
    const types = open < 0 || open - after > 300 ? '' : typesOf(code.slice(open + 1, endOfBracket(code, open) - 1));
    return [{ key: `export ${kind} ${squeeze(name)}(${types})`, line: lineAt(match.index), rule: 'exported_symbol' }];
  });
}

const GO_FUNC =
  /^func[ \t]+(?:\([ \t]*\w*[ \t]*\*?([A-Z]\w*)(?:\[[^\]\n]*\])?[ \t]*\)[ \t]*)?([A-Z]\w*)(?:\[[^\]\n]*\])?\(/gm;
const GO_TYPE = /^type[ \t]+([A-Z]\w*)\b/gm;
const GO_VALUE = /^(?:const|var)[ \t]+([A-Z]\w*)\b|^\t([A-Z]\w*)[ \t]+(?:[\w.*[\]]+[ \t]+)?=/gm;

/** Exported functions (with the types they take), methods, types and values of a Go file. */
export function extractGoExports(_path: string, code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  const add = (key: string, index: number) =>
    items.push({ key: `export ${key}`, line: lineAt(index), rule: 'exported_symbol' });
  for (const { match, end } of findCalls(code, GO_FUNC)) {
    const types = typesOf(code.slice(match.index + match[0].length, end - 1));
    add(`${match[1] ?? ''}.${match[2] ?? ''}(${types})`, match.index);
  }
  for (const match of code.matchAll(GO_TYPE)) add(`type ${match[1] ?? ''}`, match.index);
  for (const match of code.matchAll(GO_VALUE)) add(`value ${match[1] ?? match[2] ?? ''}`, match.index);
  return items;
}
