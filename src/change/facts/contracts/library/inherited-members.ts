import type { ReadText } from '../../change-context.ts';
import { endOfBracket } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';

const MAX_STEPS = 3;

/** The types that a type says it is made from, by their plain names. */
function parentsOf(owner: string, code: string): string[] {
  const name = (owner.split(/[.$:/]/).at(-1) ?? '').replace(/\W/g, '');
  if (name === '') return [];
  const head =
    new RegExp(
      `\\b(?:class|interface|trait|object|module|struct)\\s+${name}\\b([^{]{0,500}?)(?:\\{|\\n[^\\n]*\\n|$)`,
    ).exec(code)?.[1] ?? '';
  return [...head.matchAll(/[A-Z]\w*/g)].map((parent) => parent[0]).slice(0, 6);
}

function mentions(code: string, member: string): boolean {
  // That a property may be set is not said by its name.
  if (member.endsWith('=')) return false;
  const plain = member.replace(/\/\d+$/, '');
  return new RegExp(
    `(?:\\b(?:def|fun|function)\\s+(?:self\\.)?|^[ \\t]+(?:[\\w<>,.?[\\]@ ]+\\s)?)${plain.replace(/\W/g, '.')}\\s*[(<:=?{]|\\b(?:attr_\\w+|delegate)[^\\n]*:${plain.replace(/\W/g, '.')}\\b`,
    'm',
  ).test(code);
}

/** A type with what it holds; where it has no braces, all from there on. */
function typeAt(code: string, at: number): string {
  const brace = code.slice(at, at + 500).search(/[{;]|\n[ \t]*\n|\n[ \t]*def\b/);
  return brace >= 0 && code.charAt(at + brace) === '{'
    ? code.slice(at, endOfBracket(code, at + brace, code.length))
    : code.slice(at);
}

function plainName(text: string): string {
  return text.replace(/[-_]/g, '').toLowerCase();
}

/** Files that may define a type, by their names: `order_line.rb` and `OrderLine.java` for `OrderLine`. */
export function indexByName(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const name = plainName(path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, ''));
    const others = found.get(name);
    if (others === undefined) found.set(name, [path]);
    else others.push(path);
  }
  return found;
}

/**
 * Whether a type that no longer holds a member itself has it from a type that it extends: from one in the same text, or in a file of
 * the repository that bears that type's name.
 */
export async function inheritsMember(
  owner: string,
  member: string,
  path: string,
  code: string,
  byName: ReadonlyMap<string, readonly string[]>,
  read: ReadText,
): Promise<boolean> {
  let level = [{ owner, path, code }];
  const seen = new Set<string>();
  for (let step = 0; step < MAX_STEPS && level.length > 0; step += 1) {
    const next: typeof level = [];
    for (const at of level) {
      for (const parent of parentsOf(at.owner, at.code)) {
        if (seen.has(parent)) continue;
        seen.add(parent);
        const here = at.code.search(new RegExp(`\\b(?:class|interface|trait|object|module)\\s+${parent}\\b`));
        const files =
          here >= 0
            ? []
            : (byName.get(plainName(parent)) ?? [])
                .filter((file) => extensionOf(file) === extensionOf(path))
                .slice(0, 3);
        const texts =
          here >= 0 ? [typeAt(at.code, here)] : (await Promise.all(files.map(read))).filter((text) => text !== null);
        for (const text of texts) {
          if (mentions(text, member)) return true;
          next.push({ owner: parent, path: at.path, code: text });
        }
      }
    }
    level = next;
  }
  return false;
}
