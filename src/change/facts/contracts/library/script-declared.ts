/** A declaration that an export names elsewhere in its file: `declare class A { … }` with `export { A as B }`. */
export interface Declared {
  /** The names by which others know it. */
  readonly names: readonly string[];
  readonly kind: string;
  readonly at: number;
}

const APART = /^(?:declare\s+)?(?:abstract\s+)?(class|interface|namespace)\s+([\w$]+)/gm;
const LOCAL_LIST = /^export\s+(?:type\s+)?\{([^}]{0,8000})\}(?!\s*from)/gm;
const LOCAL_DEFAULT = /^export\s+(?:default|=)\s+([\w$]+)\s*;?[ \t]*$/gm;
/** What a namespace of a declaration file holds: all of it is offered. */
const INNER = /^[ \t]+(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(class|interface)\s+([\w$]+)/gm;

function exportedNames(code: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  const add = (local: string, name: string) => names.set(local, [...(names.get(local) ?? []), name]);
  for (const match of code.matchAll(LOCAL_LIST)) {
    for (const part of (match[1] ?? '').split(',')) {
      const [, local, name] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(part) ?? [];
      if (local !== undefined) add(local, name ?? local);
    }
  }
  for (const match of code.matchAll(LOCAL_DEFAULT)) add(match[1] ?? '', 'default');
  return names;
}

/** Classes, interfaces and what namespaces hold, of those that are declared in one place and exported in another. */
export function findDeclaredApart(code: string, endOf: (open: number) => number): Declared[] {
  const names = exportedNames(code);
  if (names.size === 0) return [];
  return [...code.matchAll(APART)].flatMap((match): Declared[] => {
    const [whole, kind = '', local = ''] = match;
    const known = names.get(local);
    if (known === undefined) return [];
    if (kind !== 'namespace') return [{ names: known, kind, at: match.index }];
    const open =
      match.index +
      whole.length +
      code.slice(match.index + whole.length, match.index + whole.length + 100).indexOf('{');
    const body = code.slice(open, endOf(open));
    return [...body.matchAll(INNER)].map((inner) => ({
      names: known.map((name) => `${name}.${inner[2] ?? ''}`),
      kind: inner[1] ?? '',
      at: open + inner.index,
    }));
  });
}
