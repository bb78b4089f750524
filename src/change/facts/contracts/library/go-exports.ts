import { endOfBracket, findCalls, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { ANY_NUMBER, plainType, type Signature, splitAtCommas } from './signature.ts';

const FUNC =
  /^func[ \t]+(?:\([ \t]*(?:\w+[ \t]+)?\*?(\w+)(?:\[[^\]\n]*\])?[ \t]*\)[ \t]*)?([A-Z]\w*)(?:\[[^\]\n]*\])?\(/gm;
const TYPE = /^type[ \t]+([A-Z]\w*)(?:\[[^\]\n]*\])?[ \t]+(struct|interface)[ \t]*\{/gm;
const TYPE_NAME = /^type[ \t]+([A-Z]\w*)(?:\[[^\]\n]*\])?[ \t]+(?==|[\w*.[(]|map\b|func\b|chan\b)/gm;
const VALUE = /^(?:const|var)[ \t]+([A-Z]\w*)\b/gm;
const GROUP = /^(const|var|type)[ \t]*\(/gm;
const GROUPED = /^\t([A-Z]\w*(?:[ \t]*,[ \t]*[A-Z]\w*)*)\b/gm;
const FIELD = /^\t([A-Z]\w*(?:[ \t]*,[ \t]*[A-Z]\w*)*)[ \t]+(\S[^\n`]*?)[ \t]*(?:`[^\n]*)?$/gm;
const METHOD = /^\t([A-Z]\w*)\(/gm;

/** Types of a list: names are left out, and one type may stand for several: `a, b int`. */
function typesIn(list: string): string[] {
  const parts = splitAtCommas(list);
  const named = parts.some((part) => /^\w+\s+\S/.test(part) && !/^(?:chan|func|map|struct|interface)\b/.test(part));
  if (!named) return parts.map(plainType);
  const types: string[] = [];
  let type = '';
  for (const part of parts.toReversed()) {
    type = /^\w+\s+(\S[\s\S]*)$/.exec(part)?.[1] ?? type;
    types.unshift(plainType(type));
  }
  return types;
}

function readSignature(code: string, open: number): Signature {
  const close = endOfBracket(code, open);
  const types = typesIn(code.slice(open + 1, close - 1));
  const variadic = types.at(-1)?.startsWith('...') === true;
  const after = /^[ \t]*(\(|[^\n{]*)/.exec(code.slice(close, close + 300))?.[1] ?? '';
  const opened = code.indexOf('(', close);
  const results = after === '(' ? typesIn(code.slice(opened + 1, endOfBracket(code, opened) - 1)) : [plainType(after)];
  const needs = types.length - (variadic ? 1 : 0);
  return { needs, takes: variadic ? ANY_NUMBER : needs, keywords: [], types, gives: results.join(',') || 'nothing' };
}

function isOwn(path: string, code: string): boolean {
  return (
    !/(?:\.pb(?:\.gw)?|_mock)\.go$|(?:^|\/)(?:mocks?|fakes?)\/|(?:^|\/)mock_\w+\.go$/.test(path) &&
    !/^package[ \t]+main\b/m.test(code)
  );
}

/** `type ( A struct {…} )` written as single types, line by line, so that a type is the same in a group and by itself. */
function withoutTypeGroups(code: string): string {
  return code.replace(
    /^type[ \t]*\(\n([\s\S]*?)^\)/gm,
    (_whole, inner: string) => `\n${inner.replace(/^\t/gm, '').replace(/^(?=[A-Za-z_]\w*(?:\[|[ \t]))/gm, 'type ')}`,
  );
}

/**
 * What a Go file offers to those who import its package: functions and methods with their types, types with their exported fields
 * and methods, constants and variables. Names begin with the package's folder, since callers write it.
 */
export function readGoExports(path: string, text: string): Exported[] {
  if (!isOwn(path, text)) return [];
  const code = withoutTypeGroups(text);
  const lineAt = makeLineCounter(code);
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const items: Exported[] = [];
  const add = (name: string, index: number, signature: Signature | null = null, asks = false, stands = false) =>
    items.push({ name: `${folder}:${name}`, line: lineAt(index), signature, asks, stands });
  for (const { match } of findCalls(code, FUNC)) {
    const [whole, owner, name = ''] = match;
    if (owner !== undefined && !/^[A-Z]/.test(owner)) continue;
    add(
      owner === undefined ? name : `${owner}.${name}`,
      match.index,
      readSignature(code, match.index + whole.length - 1),
    );
  }
  for (const { match, end } of findCalls(code, TYPE, code.length)) {
    const [whole, owner = '', kind] = match;
    const start = match.index + whole.length;
    const body = code.slice(start, end - 1);
    if (kind === 'interface') {
      // Where a method is not exported, nobody else can implement the interface, and a further one asks nothing of anybody.
      const open = !/^\t[a-z]\w*\(/m.test(body);
      for (const { match: method } of findCalls(body, METHOD))
        add(
          `${owner}.${method[1] ?? ''}`,
          start + method.index,
          readSignature(body, method.index + method[0].length - 1),
          open,
        );
    } else {
      for (const field of body.matchAll(FIELD))
        for (const name of (field[1] ?? '').split(','))
          add(`${owner}.${name.trim()}`, start + field.index, {
            needs: 0,
            takes: 0,
            keywords: [],
            gives: plainType(field[2] ?? ''),
          });
    }
  }
  for (const match of code.matchAll(TYPE_NAME))
    add(match[1] ?? '', match.index, null, false, code.charAt(match.index + match[0].length) === '=');
  for (const match of code.matchAll(VALUE)) add(match[1] ?? '', match.index);
  for (const { match, end } of findCalls(code, GROUP, code.length)) {
    const start = match.index + match[0].length;
    for (const { match: names } of findCalls(code.slice(start, end - 1), GROUPED))
      for (const name of (names[1] ?? '').split(',')) add(name.trim(), start + names.index);
  }
  return items;
}
