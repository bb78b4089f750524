import { endOfBracket, findCalls, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { plainType, type Signature, splitAtCommas } from './signature.ts';

const WORDS = '(?:(?:default|async|unsafe|const|extern(?:[ \\t]+"[^"\\n]*")?)[ \\t]+)*';
const TOP =
  /^pub[ \t]+(?:unsafe[ \t]+|auto[ \t]+)*(struct|enum|union|trait|type|mod|static(?:[ \t]+mut)?|const(?!\s+(?:unsafe\s+)?fn))[ \t]+(\w+)/gm;
const USE = /^pub[ \t]+use[ \t]+([^;]{1,2000});/gm;
const MACRO = /#\[macro_export[^\]\n]*\]\s*(?:#\[[^\]\n]*\]\s*)*macro_rules![ \t]*(\w+)/g;
const FREE = new RegExp(`^pub[ \\t]+${WORDS}fn[ \\t]+(\\w+)`, 'gm');
const IMPL = /^(?:unsafe[ \t]+)?impl\b([^;{]{0,600})\{/gm;
const BODY = /^pub[ \t]+(?:unsafe[ \t]+)?(struct|enum|trait)[ \t]+(\w+)[^;{(]{0,600}\{/gm;
const METHOD = new RegExp(`^[ \\t]+(pub[ \\t]+)?${WORDS}fn[ \\t]+(\\w+)`, 'gm');
const FIELD = /^[ \t]+pub[ \t]+(?:r#)?(\w+)[ \t]*:[ \t]*([^\n]+?),?[ \t]*$/gm;
const VARIANT = /^ {4}([A-Z]\w*)/gm;

/** The signature of the function whose name ends here; generics stand before its list. */
function readSignature(code: string, after: number): { signature: Signature; end: number } | null {
  const open = /^\s*(?:<[^(]{0,400}?>)?\s*\(/.exec(code.slice(after, after + 500));
  if (open === null) return null;
  const close = endOfBracket(code, after + open[0].length - 1);
  const parts = splitAtCommas(code.slice(after + open[0].length, close - 1), true).filter(
    (part) => !/^(?:&?\s*(?:'\w+\s+)?(?:mut\s+)?self\b)/.test(part),
  );
  const types = parts.map((part) => plainType(part.replace(/^(?:mut\s+)?[^:]*:(?!:)\s*/, '')));
  const gives = /^\s*->\s*([^{;]{1,300}?)\s*(?:\bwhere\b|[{;])/.exec(code.slice(close, close + 400))?.[1];
  return {
    signature: {
      needs: types.length,
      takes: types.length,
      keywords: [],
      types,
      gives: gives === undefined ? '()' : plainType(gives),
    },
    end: close,
  };
}

function namesOfUse(tree: string): string[] {
  return [...tree.replace(/\bself\b/g, ' ').matchAll(/(\w+)(?:\s+as\s+(\w+))?\s*(?=[,}]|$)/g)].map(
    (name) => name[2] ?? name[1] ?? '',
  );
}

/** Lifetimes and characters turned to spaces: a lone tick would read as the start of a string. */
function withoutTicks(text: string): string {
  return text
    .replace(/'(?:\\[^'\n]{1,10}|\\'|[^'\\\n])'/g, (character) => ' '.repeat(character.length))
    .replace(/'\w+/g, (lifetime) => ' '.repeat(lifetime.length))
    .replace(/<\s*>/g, (empty) => ' '.repeat(empty.length));
}

/** Public items of a Rust file: types with their fields, variants and methods, functions, and what it passes on by `pub use`. */
export function readRustExports(text: string): Exported[] {
  const code = withoutTicks(text);
  const lineAt = makeLineCounter(code);
  const items: Exported[] = [];
  const add = (name: string, index: number, signature: Signature | null = null, asks = false) =>
    items.push({ name, line: lineAt(index), signature, asks });
  for (const match of code.matchAll(TOP)) add(match[2] ?? '', match.index);
  for (const match of code.matchAll(USE)) for (const name of namesOfUse(match[1] ?? '')) add(name, match.index);
  for (const match of code.matchAll(MACRO)) add(`${match[1] ?? ''}!`, match.index);
  for (const match of code.matchAll(FREE))
    add(match[1] ?? '', match.index, readSignature(code, match.index + match[0].length)?.signature ?? null);
  for (const { match, end } of findCalls(code, IMPL, code.length)) {
    const head = (match[1] ?? '').replace(/^\s*<(?:[^<>]|<[^<>]*>)*>/, '');
    if (/\bfor\b/.test(head.replace(/\bfor\s*</g, ''))) continue;
    const owner = /^\s*(?:\w+::)*(\w+)/.exec(head)?.[1];
    if (owner !== undefined) addMethods(owner, match.index + match[0].length, end, 'public');
  }
  for (const { match, end } of findCalls(code, BODY, code.length)) {
    const [whole, kind, owner = ''] = match;
    const start = match.index + whole.length;
    const body = code.slice(start, end - 1);
    if (kind === 'trait') addMethods(owner, start, end, 'all');
    else if (kind === 'struct') {
      for (const field of body.matchAll(FIELD))
        add(`${owner}.${field[1] ?? ''}`, start + field.index, {
          needs: 0,
          takes: 0,
          keywords: [],
          gives: plainType(field[2] ?? ''),
        });
    } else
      for (const { match: variant } of findCalls(body, VARIANT))
        add(`${owner}.${variant[1] ?? ''}`, start + variant.index);
  }
  return items;

  function addMethods(owner: string, start: number, end: number, which: 'public' | 'all'): void {
    const body = code.slice(start, end - 1);
    const indent = /^([ \t]+)\S/m.exec(body)?.[1] ?? '    ';
    for (const method of body.matchAll(METHOD)) {
      if (method[0].search(/\S/) > indent.length || (which === 'public' && method[1] === undefined)) continue;
      const read = readSignature(body, method.index + method[0].length);
      // A method of a trait without a body is one that everybody who implements it must write.
      const asks = which === 'all' && read !== null && /^[^{;]*;/.test(body.slice(read.end, read.end + 600));
      add(`${owner}.${method[2] ?? ''}`, start + method.index, read?.signature ?? null, asks);
    }
  }
}
