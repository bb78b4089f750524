import { endOfBracket, makeBlockAt, makeBlockEnds, makeLineCounter } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';
import type { Exported } from './exported.ts';
import { ANY_NUMBER, plainType, readScriptSignature, type Signature, splitAtCommas } from './signature.ts';

const JAVA_TYPE =
  /^([ \t]*)((?:(?:public|protected|private|static|abstract|final|sealed|non-sealed|strictfp)[ \t]+)*)(class|interface|enum|record|@interface)[ \t]+(\w+)/gm;
const JAVA_METHOD =
  /^([ \t]+)((?:@\w+(?:\([^)\n]*\))?[ \t]+)*(?:(?:public|protected|private|static|abstract|final|synchronized|native|default|strictfp)[ \t]+)*)((?:<[^()\n]{1,200}>[ \t]*)?(?:[\w.$]+(?:<[^()\n;=]{0,200}>)?(?:\[\])*[ \t]+)?)(\w+)[ \t]*\(/gm;
const JAVA_FIELD =
  /^([ \t]+)((?:(?:public|protected|private|static|final|volatile|transient)[ \t]+)*public[ \t]+(?:(?:static|final|volatile)[ \t]+)*)([\w.$<>,?[\] ]+?)[ \t]+(\w+)[ \t]*[=;]/gm;
const NO_METHOD = /^(?:if|for|while|switch|catch|return|new|throw|synchronized|super|this|else|assert|try)$/;

const KOTLIN_TYPE =
  /^([ \t]*)((?:(?:public|private|internal|protected|abstract|open|sealed|data|inline|value|enum|annotation|inner|expect|actual|fun)[ \t]+)*)(class|interface|object|typealias)[ \t]+(\w+)/gm;
const KOTLIN_MEMBER =
  /^([ \t]*)((?:@\w+(?:\([^)\n]*\))?[ \t]+)*(?:(?:public|private|internal|protected|override|abstract|open|final|suspend|inline|operator|infix|tailrec|const|lateinit|external|actual|expect)[ \t]+)*)(fun|val|var)[ \t]+(?:<[^()\n]{1,200}>[ \t]*)?(?:[\w.<>?, *]+\.)?(\w+)[ \t]*(\(?)/gm;

/** A type that declarations stand in: where it begins, and how far what it holds is indented. */
interface Owner {
  readonly name: string;
  readonly indent: number;
  readonly at: number;
  readonly end: number;
  readonly open: boolean;
  readonly kind: string;
}

function javaSignature(list: string, gives: string): Signature {
  const parts = splitAtCommas(list, true).map((part) => part.replace(/@\w+(?:\([^)]*\))?\s*|\bfinal\s+/g, '').trim());
  const types = parts.map((part) => plainType(part.replace(/\s+\w+(?:\[\])*$/, '').replace(/<.*>/s, '')));
  const variadic = types.at(-1)?.endsWith('...') === true;
  return {
    needs: types.length - (variadic ? 1 : 0),
    takes: variadic ? ANY_NUMBER : types.length,
    keywords: [],
    types,
    gives: plainType(gives.replace(/<.*>/s, '')),
  };
}

function ownersIn(code: string, pattern: RegExp, isOpen: (words: string) => boolean): Owner[] {
  const owners: Owner[] = [];
  const endOf = makeBlockEnds(code);
  const around: Owner[] = [];
  for (const match of code.matchAll(pattern)) {
    const [whole, indent = '', words = '', kind = '', name = ''] = match;
    const brace = code.slice(match.index, match.index + 3_000).search(/\{/);
    const end = brace < 0 ? match.index + whole.length : endOf(match.index + brace);
    while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= match.index) around.pop();
    const outer = around.at(-1);
    const open =
      (isOpen(words) || (outer?.kind === 'interface' && !/\bprivate\b/.test(words))) && outer?.open !== false;
    const owner = {
      name: outer === undefined ? name : `${outer.name}$${name}`,
      indent: indent.length,
      at: match.index,
      end,
      open,
      kind,
    };
    owners.push(owner);
    around.push(owner);
  }
  return owners;
}

function readJava(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const owners = ownersIn(code, JAVA_TYPE, (words) => /\bpublic\b/.test(words));
  const items: Exported[] = owners
    .filter(({ open }) => open)
    .map(({ name, at }) => ({ name, line: lineAt(at + 1), signature: null }));
  const step = /\n([ \t]+)\S/.exec(code)?.[1]?.length ?? 4;
  const ownerOfMethod = makeBlockAt(owners);
  for (const match of code.matchAll(JAVA_METHOD)) {
    const [whole, indent = '', words = '', gives = '', name = ''] = match;
    const owner = ownerOfMethod(match.index);
    if (
      owner === undefined ||
      !owner.open ||
      NO_METHOD.test(name) ||
      NO_METHOD.test(gives.trim()) ||
      indent.length > owner.indent + step
    )
      continue;
    const inInterface = owner.kind === 'interface';
    if (/\bprivate\b/.test(words) || !(inInterface || /\bpublic\b/.test(words))) continue;
    const open = match.index + whole.length - 1;
    const signature = javaSignature(
      code.slice(open + 1, endOfBracket(code, open) - 1),
      gives.replace(/^<.*>\s*(?=\S)/, '').trim(),
    );
    items.push({
      name: `${owner.name}.${name}`,
      line: lineAt(match.index + indent.length),
      signature,
      asks: inInterface && !/\b(?:default|static)\b/.test(words),
    });
  }
  const ownerOfField = makeBlockAt(owners);
  for (const match of code.matchAll(JAVA_FIELD)) {
    const owner = ownerOfField(match.index);
    if (owner?.open === true && (match[1] ?? '').length <= owner.indent + step)
      items.push({ name: `${owner.name}.${match[4] ?? ''}`, line: lineAt(match.index), signature: null });
  }
  return items;
}

function readKotlin(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const shut = (words: string) => /\b(?:private|internal|protected)\b/.test(words);
  const owners = ownersIn(code, KOTLIN_TYPE, (words) => !shut(words));
  const items: Exported[] = owners
    .filter(({ open }) => open)
    .map(({ name, at }) => ({ name, line: lineAt(at), signature: null }));
  const ownerOf = makeBlockAt(owners);
  for (const match of code.matchAll(KOTLIN_MEMBER)) {
    const [whole, indent = '', words = '', kind, name = '', bracket] = match;
    const owner = ownerOf(match.index);
    if (shut(words) || /\boverride\b/.test(words) || owner?.open === false) continue;
    // What stands deeper than its type's own members is local to a function.
    if (indent.length > (owner === undefined ? 0 : owner.indent + 4)) continue;
    const open = match.index + whole.length - 1;
    const signature =
      kind === 'fun' && bracket === '('
        ? readScriptSignature(code.slice(open + 1, endOfBracket(code, open) - 1))
        : null;
    items.push({ name: `${owner === undefined ? '' : `${owner.name}.`}${name}`, line: lineAt(match.index), signature });
  }
  return items;
}

/** What a Java or Kotlin file offers to those who depend on its artifact: public types, methods and fields. */
export function readJvmExports(path: string, code: string): Exported[] {
  return extensionOf(path) === 'java' ? readJava(code) : readKotlin(code);
}
