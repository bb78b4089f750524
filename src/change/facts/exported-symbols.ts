import type { DiffFile } from '../parse-diff.ts';
import type { ChangeContext } from './change-context.ts';
import { findCalls, type Item, makeLineCounter } from './compare-items.ts';
import { extensionOf } from './file-kind.ts';

const DECLARED =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|var|function\*?|class|interface|type|enum|namespace)\s+([\w$]+)/gm;
const LISTED = /^export\s+(?:type\s+)?\{/gm;
const STAR = /^export\s+(?:type\s+)?\*\s+(?:as\s+([\w$]+)\s+)?from\s+["']([^"'\n]+)["']/gm;
const DEFAULT = /^export\s+default\b/gm;
const COMMON = /^(?:module\.)?exports\.([\w$]+)\s*=/gm;
const COMMON_OBJECT = /^module\.exports\s*=\s*\{/gm;
const PYTHON_ALL = /^__all__[ \t]*(?::[^=\n]{0,100})?=[ \t]*[[(]/gm;

function names(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim().replace(/^type\s+/, ''))
    .map((part) => /\bas\s+([\w$]+)$/.exec(part)?.[1] ?? /^([\w$]+)/.exec(part)?.[1] ?? '')
    .filter((name) => name !== '');
}

function scriptExports(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  const add = (name: string, index: number) =>
    items.push({ key: `export ${name}`, line: lineAt(index), rule: 'exported_symbol' });
  for (const match of code.matchAll(DECLARED)) add(match[1] ?? '', match.index);
  for (const pattern of [LISTED, COMMON_OBJECT]) {
    for (const { match, end } of findCalls(code, pattern, code.length)) {
      for (const name of names(code.slice(match.index + match[0].length, end - 1))) add(name, match.index);
    }
  }
  for (const match of code.matchAll(STAR)) add(match[1] ?? `* from ${match[2] ?? ''}`, match.index);
  for (const match of code.matchAll(DEFAULT)) add('default', match.index);
  for (const match of code.matchAll(COMMON)) add(match[1] ?? '', match.index);
  return items;
}

function pythonExports(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [...findCalls(code, PYTHON_ALL, code.length)].flatMap(({ match, end }) =>
    [...code.slice(match.index, end).matchAll(/["'](\w+)["']/g)].map((name) => ({
      key: `export ${name[1] ?? ''}`,
      line: lineAt(match.index),
      rule: 'exported_symbol',
    })),
  );
}

function rustExports(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [
    ...code.matchAll(
      /^pub\s+(?:async\s+|unsafe\s+|const\s+)*(?:fn|struct|enum|trait|type|mod|static|const|use|macro)\s+([\w:{}, *]+)/gm,
    ),
  ].map((match) => ({
    key: `export ${(match[1] ?? '').trim()}`,
    line: lineAt(match.index),
    rule: 'exported_symbol',
  }));
}

export function extractExports(path: string, code: string): Item[] {
  const extension = extensionOf(path);
  if (extension === 'py') return pythonExports(code);
  if (extension === 'rs') return rustExports(code);
  return /^[cm]?[jt]sx?$/.test(extension) ? scriptExports(code) : [];
}

function entryPathsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(entryPathsOf);
}

/** `./dist/index.js` stands for `src/index.ts`, `index.ts`, `lib/index.js` … whichever the repository has. */
function stemOf(path: string): string {
  return path
    .replace(/^\.\//, '')
    .replace(/^(?:dist|build|lib|src|out|esm|cjs|es)\/(?:(?:esm|cjs|src|types|es)\/)?/, '')
    .replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '');
}

/**
 * Which changed files are a library's public entry: what the nearest package.json of the base names, unless that
 * package is private; the `__init__.py` of a distributed Python package; a crate's `lib.rs`.
 */
export async function findPublicEntries(context: ChangeContext): Promise<ReadonlySet<DiffFile>> {
  const entries = new Set<DiffFile>();
  const { readBase } = context;
  if (readBase === null) return entries;
  const manifests = new Map<string, Promise<string | null>>();
  const read = (path: string) => {
    const held = manifests.get(path) ?? readBase(path);
    manifests.set(path, held);
    return held;
  };
  for (const file of context.files) {
    const path = file.previousPath ?? file.path;
    if (file.status === 'added' || file.binary) continue;
    if (path.endsWith('/lib.rs') && (await read(path.replace(/src\/lib\.rs$/, 'Cargo.toml'))) !== null)
      entries.add(file);
    else if (
      /^(?:src\/)?[\w-]+\/__init__\.py$/.test(path) &&
      ((await read('pyproject.toml')) ?? (await read('setup.py'))) !== null
    )
      entries.add(file);
    else if (/\.[cm]?[jt]sx?$/.test(path) && (await isScriptEntry(path, read))) entries.add(file);
  }
  return entries;
}

async function isScriptEntry(path: string, read: (path: string) => Promise<string | null>): Promise<boolean> {
  const folders = path.split('/').slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const root = folders.slice(0, depth).join('/');
    const text = await read(root === '' ? 'package.json' : `${root}/package.json`);
    if (text === null) continue;
    try {
      const manifest: unknown = JSON.parse(text);
      if (typeof manifest !== 'object' || manifest === null || ('private' in manifest && manifest.private === true))
        return false;
      const named = ['main', 'module', 'types', 'typings', 'exports', 'browser'].flatMap((key) =>
        entryPathsOf(Object.entries(manifest).find(([name]) => name === key)?.[1]),
      );
      const stem = stemOf(root === '' ? path : path.slice(root.length + 1));
      return named.some((entry) => stemOf(entry) === stem);
    } catch {
      return false;
    }
  }
  return false;
}
