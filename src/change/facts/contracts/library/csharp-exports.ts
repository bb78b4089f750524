import { makeBlockAt, makeBlockEnds, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { ANY_NUMBER, literalOf, plainType, type Signature, splitAtCommas } from './signature.ts';

const TYPE =
  /^([ \t]*)(?:\[[^\]\n]{0,300}\][ \t]*)?((?:(?:public|internal|private|protected|static|sealed|abstract|partial|readonly|ref|unsafe|new|file)[ \t]+)*)(class|struct|interface|enum|record(?:[ \t]+(?:struct|class))?)[ \t]+(\w+)/gm;
const DELEGATE =
  /^[ \t]*public[ \t]+(?:unsafe[ \t]+)?delegate[ \t]+([^\n(]{1,200}?)[ \t]+(\w+)(?:<[^>\n]{0,100}>)?[ \t]*\(/gm;
const MEMBER =
  /^([ \t]+)(?:\[[^\]\n]{0,300}\][ \t]*)?((?:(?:public|internal|private|protected|static|sealed|abstract|virtual|override|async|extern|partial|readonly|const|new|unsafe|volatile|required|event)[ \t]+)*)(?=[A-Za-z_(])/gm;
const NO_MEMBER =
  /^(?:class|struct|interface|enum|record|namespace|using|return|if|for|foreach|while|switch|case|throw|var|await|else|try|catch|delegate|get|set|init|add|remove|where|base|this\.|implicit|explicit|operator)\b/;
const ENUM_VALUE = /^[ \t]*(?:\[[^\]\n]{0,300}\][ \t]*)?([A-Za-z_]\w*)[ \t]*(?:=[^,\n]*)?(?:,|[ \t]*$)/gm;
const MEMBER_REACH = 1_000;
const MAX_LIST_CHARS = 5_000;
/** Types within types, deeper than anybody writes. */
const MOST_NESTED = 10;

type EndOf = (open: number) => number;

interface Owner {
  readonly name: string;
  readonly kind: string;
  readonly at: number;
  /** Where its body opens. */
  readonly body: number;
  readonly end: number;
  readonly open: boolean;
  readonly list: string | null;
}

/** Where what stands at this place ends its head: at its list, its body, its value or its end; what is in angle brackets is stepped over. */
function endOfHead(code: string, from: number): number {
  let depth = 0;
  const last = Math.min(code.length, from + MEMBER_REACH);
  for (let at = from; at < last; at += 1) {
    const char = code.charAt(at);
    if (char === '<') depth += 1;
    else if (char === '>' && depth > 0) depth -= 1;
    else if (depth === 0 && '({;='.includes(char)) return at;
  }
  return last;
}

function ownersOf(code: string, endOf: EndOf): Owner[] {
  const owners: Owner[] = [];
  const around: Owner[] = [];
  for (const match of code.matchAll(TYPE)) {
    const [whole, , words = '', kind = '', name = ''] = match;
    const after = match.index + whole.length;
    let at = code.charAt(after) === '(' ? after : endOfHead(code, after);
    const list = code.charAt(at) === '(' ? code.slice(at + 1, endOf(at) - 1) : null;
    if (list !== null) at = endOfHead(code, endOf(at));
    const end = code.charAt(at) === '{' ? endOf(at) : at;
    while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= match.index) around.pop();
    if (around.length > MOST_NESTED) continue;
    const outer = around.at(-1);
    const open = outer?.open !== false && (/\bpublic\b/.test(words) || outer?.kind === 'interface');
    const owner = {
      name: outer === undefined ? name : `${outer.name}$${name}`,
      kind: kind.split(/\s/, 1)[0] ?? '',
      at: match.index,
      body: at,
      end,
      open,
      list,
    };
    owners.push(owner);
    around.push(owner);
  }
  return owners;
}

/** A type as callers see it: of marks for what may be null only those of values are part of it. */
function typeOf(text: string): string {
  return plainType(
    text.replace(
      /(?<!\b(?:int|long|short|byte|bool|double|float|decimal|char|uint|ulong|DateTime|DateTimeOffset|TimeSpan|Guid))\?/g,
      '',
    ),
  );
}

function readSignature(list: string, gives: string): Signature {
  const parts = splitAtCommas(list.slice(0, MAX_LIST_CHARS), true).map((part) =>
    part.replace(/^(?:\[[^\]]*\]\s*)+/, '').trim(),
  );
  const optional = (part: string) => /\s=\s?|=\s/.test(part) || /^params\b/.test(part);
  return {
    needs: parts.filter((part) => !optional(part)).length,
    takes: parts.some((part) => /^params\b/.test(part)) ? ANY_NUMBER : parts.length,
    keywords: [],
    types: parts.map((part) =>
      typeOf(
        (part.split('=', 1)[0] ?? '')
          .trim()
          .replace(/^(?:(?:this|params|scoped)\s+)+/, '')
          .replace(/\s+@?\w+$/, ''),
      ).replaceAll('?', ''),
    ),
    gives: typeOf(gives),
    defaults: parts.map((part) => literalOf(/=\s*(.+)$/s.exec(part)?.[1])),
  };
}

/** What a C# file offers to those who install its package: public types with their public members. */
export function readCsharpExports(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const endOf = makeBlockEnds(code);
  const owners = ownersOf(code, endOf);
  const items: Exported[] = [];
  for (const { name, at, open, kind, list, body, end } of owners) {
    if (!open) continue;
    items.push({ name, line: lineAt(at + 1), signature: null });
    if (kind === 'record' && list !== null && list.length < MAX_LIST_CHARS) {
      items.push({ name: `${name}.new`, line: lineAt(at + 1), signature: readSignature(list, '') });
      for (const part of splitAtCommas(list, true)) {
        const [, type = '', property = ''] = /^(?:\[[^\]]*\]\s*)*(.+?)\s+(\w+)\s*(?:=.*)?$/s.exec(part) ?? [];
        if (property !== '') items.push(holding(`${name}.${property}`, lineAt(at + 1), type));
      }
    }
    if (kind === 'enum')
      for (const value of code.slice(body + 1, end - 1).matchAll(ENUM_VALUE))
        items.push({
          name: `${name}.${value[1] ?? ''}`,
          line: lineAt(body + 1 + value.index + value[0].search(/\S/)),
          signature: null,
        });
  }
  for (const match of code.matchAll(DELEGATE)) {
    const open = match.index + match[0].length - 1;
    const list = code.slice(open + 1, endOf(open) - 1);
    items.push({ name: match[2] ?? '', line: lineAt(match.index), signature: readSignature(list, match[1] ?? '') });
  }
  return [...items, ...membersOf(code, owners, lineAt, endOf)];
}

function holding(name: string, line: number, type: string, asks = false): Exported {
  return { name, line, signature: { needs: 0, takes: 0, keywords: [], gives: typeOf(type) }, asks };
}

function membersOf(
  code: string,
  owners: readonly Owner[],
  lineAt: (offset: number) => number,
  endOf: EndOf,
): Exported[] {
  const items: Exported[] = [];
  const ownerAt = makeBlockAt(owners);
  const indents = new Map<Owner, number>();
  for (const match of code.matchAll(MEMBER)) {
    const [whole, indent = '', words = ''] = match;
    const owner = ownerAt(match.index);
    if (owner === undefined || match.index <= owner.body || !owner.open || owner.kind === 'enum') continue;
    const own = indents.get(owner) ?? indent.length;
    indents.set(owner, own);
    const inInterface = owner.kind === 'interface';
    if (indent.length > own || /\b(?:private|internal|protected)\b/.test(words)) continue;
    if (!inInterface && !/\bpublic\b/.test(words)) continue;
    const from = match.index + whole.length;
    // A type in brackets is several in one.
    const stop = endOfHead(code, code.charAt(from) === '(' ? endOf(from) : from);
    const head = code.slice(from, stop).trim().replace(/\s+/g, ' ');
    if (NO_MEMBER.test(head) || /\boperator\b/.test(head)) continue;
    const [, type = '', name = ''] =
      /^(?:(.*\S)\s)?(?:[\w.]+(?:<[^ ]*>)?\.)?(\w+)(?:<[^()]*>)?$/.exec(head.replace(/\bthis\[.*$/, 'this')) ?? [];
    if (name === '') continue;
    const line = lineAt(match.index + indent.length);
    const mark = code.charAt(stop);
    if (mark === '(') {
      const close = endOf(stop);
      const hasBody = /^[^;{]{0,300}(?:\{|=>)/.test(code.slice(close, close + 320));
      items.push({
        name: type === '' ? `${owner.name}.new` : `${owner.name}.${name}`,
        line,
        signature: readSignature(code.slice(stop + 1, close - 1), type),
        asks: inInterface && !hasBody && !/\bstatic\b/.test(words),
      });
      continue;
    }
    if (type === '') continue;
    const body = mark === '{' ? code.slice(stop, endOf(stop)) : '';
    items.push(
      holding(
        `${owner.name}.${name}`,
        line,
        type,
        /\brequired\b/.test(words) || (inInterface && mark === '{' && !body.includes('=>')),
      ),
    );
    if (/(?:^|[;{}\s])set\b/.test(body) && !/\b(?:private|internal|protected)\s+set\b/.test(body))
      items.push({ name: `${owner.name}.${name}=`, line, signature: null });
  }
  return items;
}
