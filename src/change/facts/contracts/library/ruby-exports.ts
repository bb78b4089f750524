import { endOfBracket } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { ANY_NUMBER, type Signature, splitAtCommas } from './signature.ts';

const OPENS = /^[ \t]*(module|class)[ \t]+(?!<<)([A-Z][\w:]*)/;
const SELF = /^[ \t]*class[ \t]*<<[ \t]*self\b/;
const HIDES = /^[ \t]*(private|protected|public|private_class_method|module_function)[ \t]*$/;
const METHOD = /^[ \t]*(private |protected |private_class_method )?[ \t]*def[ \t]+(self\.)?([\w]+[?!=]?)[ \t]*(\(?)/;
const NAMED =
  /^[ \t]*(?:attr_reader|attr_accessor|attr_writer|delegate|def_delegators?|alias_method|alias|def_delegator|class_attribute|cattr_accessor|mattr_accessor)\b[ \t(]*(.*)$/;
const CONSTANT = /^[ \t]*([A-Z]\w*)[ \t]*=(?![=~])/;
const HIDDEN_NAMES =
  /^[ \t]*(?:private_constant|private|protected|private_class_method)[ \t(]+((?::\w+[?!=]?[ \t]*,?[ \t]*)+)/;

/** Parameters of a method; keywords are those that may be given, and a keyword without a default must be. */
function readSignature(list: string): Signature {
  const parts = splitAtCommas(list).filter((part) => !part.startsWith('&') && part !== '*' && part !== '...');
  const keyword = (part: string) => /^\w+:/.test(part);
  const needed = parts.filter((part) => (keyword(part) ? /^\w+:$/.test(part) : !/^\*|=/.test(part)));
  const rest = parts.some((part) => part.startsWith('*')) || /\.\.\.|\*\s*(?:,|$)/.test(list);
  const open = parts.some((part) => part.startsWith('**')) || list.includes('...');
  return {
    needs: needed.length,
    takes: rest ? ANY_NUMBER : parts.length,
    keywords: open ? [] : parts.filter(keyword).map((part) => part.slice(0, part.indexOf(':'))),
  };
}

/** What a Ruby file offers: modules and classes, their public methods and constants, each by its whole name. */
export function readRubyExports(code: string): Exported[] {
  const items: Exported[] = [];
  const scopes: { indent: number; name: string; hidden: boolean }[] = [];
  const hidden = new Set<string>();
  const lines = code.split('\n');
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (indent < 0) continue;
    while ((scopes.at(-1)?.indent ?? -1) >= indent && /^[ \t]*(?:end\b|module\b|class\b)/.test(line)) scopes.pop();
    const scope = scopes.at(-1);
    const owner = scope?.name ?? '';
    const add = (name: string, signature: Signature | null = null) =>
      items.push({ name: owner === '' ? name : `${owner}.${name}`, line: index + 1, signature });
    const [, , opened] = OPENS.exec(line) ?? [];
    if (opened !== undefined) {
      const name = owner === '' ? opened : `${owner}::${opened}`;
      scopes.push({ indent, name, hidden: false });
      if (!/<[ \t]*Struct\.new/.test(line) && /\bend\s*$/.test(line)) scopes.pop();
      items.push({ name, line: index + 1, signature: null });
      continue;
    }
    if (SELF.test(line)) {
      scopes.push({ indent, name: owner, hidden: false });
      continue;
    }
    if (scope === undefined) continue;
    const hides = HIDES.exec(line)?.[1];
    if (hides !== undefined) {
      scope.hidden = hides === 'private' || hides === 'protected';
      continue;
    }
    for (const name of (HIDDEN_NAMES.exec(line)?.[1] ?? '').matchAll(/:(\w+[?!=]?)/g))
      hidden.add(`${owner}.${name[1] ?? ''}`);
    const [whole = '', word, self, name, bracket = ''] = METHOD.exec(line) ?? [];
    if (name !== undefined) {
      if (
        word !== undefined ||
        (scope.hidden && self === undefined) ||
        /^(?:initialize_copy|method_missing|respond_to_missing\?|inherited|included|extended|inspect)$/.test(name)
      )
        continue;
      const rest = lines
        .slice(index, index + 20)
        .join('\n')
        .slice(whole.length);
      const list =
        bracket === '('
          ? rest.slice(0, endOfBracket(`(${rest}`, 0) - 2)
          : (rest.split('\n', 1)[0] ?? '').replace(/[;=].*$/, '');
      add(name === 'initialize' ? 'new' : name, readSignature(list));
      continue;
    }
    if (scope.hidden) continue;
    const named = NAMED.exec(line)?.[1];
    if (named !== undefined) {
      const names = [...named.replace(/\b(?:to|prefix|allow_nil):.*$/, '').matchAll(/(?<![\w:]):(\w+[?!=]?)/g)].map(
        (found) => found[1] ?? '',
      );
      for (const one of /^[ \t]*alias/.test(line) ? names.slice(0, 1) : names) add(one);
      continue;
    }
    const constant = CONSTANT.exec(line)?.[1];
    if (constant !== undefined) add(constant);
  }
  return items.filter(({ name }) => !hidden.has(name));
}
