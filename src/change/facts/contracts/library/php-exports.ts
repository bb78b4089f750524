import { endOfBracket, findCalls, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { ANY_NUMBER, defaultOf, plainType, type Signature, splitAtCommas } from './signature.ts';

const CLASS = /^(?:(?:abstract|final|readonly)[ \t]+)*(class|interface|trait|enum)[ \t]+(\w+)[^{;]{0,600}\{/gm;
const METHOD = /^[ \t]+((?:(?:public|protected|private|static|abstract|final)[ \t]+)*)function[ \t]+&?(\w+)[ \t]*\(/gm;
const CONSTANT =
  /^[ \t]+((?:(?:public|protected|private|final)[ \t]+)*)(?:const|case)[ \t]+(?:\w+[ \t]+)?([A-Z]\w*)[ \t]*[=;]/gm;
const FUNCTION = /^(?:[ \t]{4})?function[ \t]+&?(\w+)[ \t]*\(/gm;

function readSignature(list: string): Signature {
  const parts = splitAtCommas(list);
  const variadic = parts.some((part) => /\.\.\.\s*\$/.test(part));
  const optional = (part: string) => /\$\w+\s*=|\.\.\.\s*\$/.test(part);
  return {
    needs: parts.filter((part) => !optional(part)).length,
    takes: variadic ? ANY_NUMBER : parts.length,
    keywords: [],
    defaults: parts.map(defaultOf),
    types: parts.map((part) =>
      plainType(
        (
          /^(?:#\[[^\]]*\]\s*)?((?:(?:public|protected|private|readonly)\s+)*)([^$]*?)\s*(?:\.\.\.)?&?\$/.exec(
            part,
          )?.[2] ?? ''
        ).replaceAll('\\', ''),
      ),
    ),
  };
}

/** What a PHP file offers to those who install its package: classes with their public methods and constants, and functions. */
export function readPhpExports(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const items: Exported[] = [];
  const add = (name: string, index: number, signature: Signature | null = null, asks = false) =>
    items.push({ name, line: lineAt(index), signature, asks });
  for (const { match, end } of findCalls(code, CLASS, code.length)) {
    const [whole, kind, owner = ''] = match;
    add(owner, match.index);
    const start = match.index + whole.length;
    const body = code.slice(start, end - 1);
    for (const method of body.matchAll(METHOD)) {
      const [found, words = '', name = ''] = method;
      if (
        /\b(?:private|protected)\b/.test(words) ||
        (name.startsWith('__') && !/^__(?:construct|invoke|toString)$/.test(name))
      )
        continue;
      const open = method.index + found.length - 1;
      // What implements an interface must have all of its methods.
      add(
        `${owner}.${name}`,
        start + method.index + found.search(/\S/),
        readSignature(body.slice(open + 1, endOfBracket(body, open) - 1)),
        kind === 'interface',
      );
    }
    for (const constant of body.matchAll(CONSTANT))
      if (!/\b(?:private|protected)\b/.test(constant[1] ?? ''))
        add(`${owner}.${constant[2] ?? ''}`, start + constant.index);
  }
  if (items.length > 0) return items;
  for (const { match, end } of findCalls(code, FUNCTION))
    add(match[1] ?? '', match.index, readSignature(code.slice(match.index + match[0].length, end - 1)));
  return items;
}
