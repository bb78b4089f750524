import { endOfBracket, findCalls, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { readPythonSignature } from './signature.ts';

const ALL = /^__all__[ \t]*(?::[^=\n]{0,100})?\+?=[ \t]*[[(]/gm;
const TOP = /^(?:async[ \t]+)?(def|class)[ \t]+([A-Za-z]\w*)[ \t]*(\(?)/gm;
const METHOD = /^(?: {4}|\t)(?:async[ \t]+)?def[ \t]+((?!_)\w+|__init__)[ \t]*\(/gm;
const IMPORT = /^from[ \t]+[\w.]+[ \t]+import[ \t]+(\(?)/gm;
const RELATIVE = /^from[ \t]+\./;
const ASSIGNED = /^([A-Za-z]\w*)[ \t]*(?::[^=\n]{1,200})?=(?!=)/gm;
const OVERLOADED = /@(?:typing\.)?overload[ \t]*\n[ \t]*$/;

function importedNames(list: string): string[] {
  return list
    .split(',')
    .map((part) => /\bas[ \t]+(\w+)\s*$/.exec(part)?.[1] ?? /^\s*(\w+)/.exec(part)?.[1] ?? '')
    .filter((name) => name !== '');
}

/**
 * Names that a Python module offers. What `__init__.py` imports from its own package it passes on; elsewhere an import, like a
 * value under a plain name, only says that the name is still there.
 */
export function readPythonExports(path: string, code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const items: Exported[] = [...findCalls(code, ALL, code.length)].flatMap(({ match, end }) =>
    [...code.slice(match.index, end).matchAll(/["'](\w+)["']/g)].map((name) => ({
      name: name[1] ?? '',
      line: lineAt(match.index),
      signature: null,
    })),
  );
  // Where a module lists what it offers, no other name in it is.
  const listed = items.length > 0;
  const isEntry = path.endsWith('__init__.py');
  for (const { match, end } of listed ? [] : findCalls(code, IMPORT)) {
    const list =
      match[1] === '(' ? code.slice(match.index + match[0].length, end - 1) : (code.slice(end).split('\n', 1)[0] ?? '');
    const only = !isEntry || !RELATIVE.test(match[0]);
    for (const name of importedNames(list))
      items.push({ name, line: lineAt(match.index), signature: null, weak: only });
  }
  for (const match of listed ? [] : code.matchAll(ASSIGNED)) {
    const name = match[1] ?? '';
    items.push({ name, line: lineAt(match.index), signature: null, weak: !/^[A-Z][A-Z0-9_]+$/.test(name) });
  }
  const tops = [...code.matchAll(TOP)];
  for (const [index, match] of tops.entries()) {
    const [whole, kind = '', name = '', open = ''] = match;
    const after = match.index + whole.length;
    const signature =
      kind === 'def' && open === '(' && !OVERLOADED.test(code.slice(Math.max(0, match.index - 60), match.index))
        ? readPythonSignature(code.slice(after, endOfBracket(code, after - 1) - 1))
        : null;
    items.push({ name, line: lineAt(match.index), signature });
    if (kind !== 'class') continue;
    const body = code.slice(after, tops[index + 1]?.index ?? code.length);
    for (const method of body.matchAll(METHOD)) {
      const start = method.index + method[0].length;
      if (OVERLOADED.test(body.slice(Math.max(0, method.index - 60), method.index))) continue;
      items.push({
        name: `${name}.${method[1] ?? ''}`,
        line: lineAt(after + method.index),
        signature: readPythonSignature(body.slice(start, endOfBracket(body, start - 1) - 1)),
      });
    }
  }
  return items;
}
