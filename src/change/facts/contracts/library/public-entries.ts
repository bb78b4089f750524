import type { DiffFile } from '../../../parse-diff.ts';
import type { ChangeContext, ReadText } from '../../change-context.ts';
import { isTestFile } from '../../file-kind.ts';
import { maskComments } from '../../mask-comments.ts';
import type { PublicNames } from './public-names.ts';
import { findPublicPythonNames } from './python-modules.ts';

const SCRIPT = /\.[cm]?[jt]sx?$/;
const MAX_FILES = 400;
/** Where a build's results are kept: of two files that an entry may stand for, the source is followed. */
const BUILT = /(?:^|\/)_?(?:dist|build|out|esm|cjs|types|lib)\d*\//;
const PASSED_ON = /^export\s+(?:type\s+)?(\*|\{[^}]*\})\s+(?:as\s+[\w$]+\s+)?from\s+["'](\.[^"'\n]+)["']/gm;
/** What a module takes in and passes on under its own name, and what CommonJS passes on as a whole. */
const TAKEN_IN =
  /^import\s+(?:type\s+)?(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}|\*\s+as\s+([\w$]+))?\s*from\s+["'](\.[^"'\n]+)["']/gm;
const REQUIRED =
  /^(?:module\.)?exports(?:\.[\w$]+)?\s*=\s*require\(\s*["'](\.[^"'\n]+)["']\s*\)|^[ \t]+[\w$]+\s*:\s*require\(\s*["'](\.[^"'\n]+)["']\s*\)/gm;

function entryPathsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(entryPathsOf);
}

/** `./dist/index.js` stands for `src/index.ts`, `index.ts`, `lib/index.js` … whichever the repository has. */
function stemOf(path: string): string {
  return path
    .replace(/^\.\//, '')
    .replace(/^_?(?:dist|build|lib|src|out|types|esm|cjs|es)\d*\/(?:(?:esm|cjs|src|types|es)\/)?/, '')
    .replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '');
}

function memoise(read: ReadText): ReadText {
  const held = new Map<string, Promise<string | null>>();
  return (path) => {
    const found = held.get(path) ?? read(path);
    held.set(path, found);
    return found;
  };
}

/** The entries that the nearest package.json of the base names, as stems below its folder; null for a private package. */
async function packageEntries(path: string, read: ReadText): Promise<{ root: string; stems: Set<string> } | null> {
  const folders = path.split('/').slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const root = folders.slice(0, depth).join('/');
    const text = await read(root === '' ? 'package.json' : `${root}/package.json`);
    if (text === null) continue;
    try {
      const manifest: unknown = JSON.parse(text);
      // One without a name only says how the files of its folder are loaded.
      if (typeof manifest === 'object' && manifest !== null && !('name' in manifest) && depth > 0) continue;
      if (typeof manifest !== 'object' || manifest === null || ('private' in manifest && manifest.private === true))
        return null;
      const named = ['main', 'module', 'types', 'typings', 'exports', 'browser'].flatMap((key) =>
        entryPathsOf(Object.entries(manifest).find(([name]) => name === key)?.[1]),
      );
      return { root, stems: new Set(named.map(stemOf)) };
    } catch {
      return null;
    }
  }
  return null;
}

function namesIn(list: string): string[] {
  return list
    .replace(/[{}]/g, '')
    .split(',')
    .map(
      (part) =>
        part
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+/, 1)[0] ?? '',
    )
    .filter((name) => /^[\w$]+$/.test(name));
}

function join(folder: string, relative: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function merge(into: Map<string, PublicNames>, path: string, names: PublicNames): boolean {
  const before = into.get(path);
  if (before === 'all') return false;
  if (names === 'all' || before === undefined) {
    into.set(path, names);
    return true;
  }
  const both = new Set([...before, ...names]);
  into.set(path, both);
  return both.size > before.size;
}

/** Modules that a module passes something on from, with the names it takes there. */
function passedOn(code: string): [string, PublicNames][] {
  const found = [...code.matchAll(PASSED_ON)].map(([, list = '', from = '']): [string, PublicNames] => [
    from,
    list === '*' ? 'all' : new Set(namesIn(list)),
  ]);
  for (const [, named, whole] of code.matchAll(REQUIRED)) found.push([named ?? whole ?? '', 'all']);
  const exported = new Set(
    [...code.matchAll(/^export\s+(?:default\s+([\w$]+)|(?:type\s+)?\{([^}]*)\}(?!\s*from))/gm)].flatMap(
      (match) => match[1] ?? namesIn(match[2] ?? ''),
    ),
  );
  if (exported.size === 0) return found;
  for (const [, plain, list = '', star, from = ''] of code.matchAll(TAKEN_IN)) {
    if (star !== undefined && exported.has(star)) found.push([from, 'all']);
    if (plain !== undefined && exported.has(plain)) found.push([from, new Set(['default'])]);
    const names = list.split(',').filter((part) => exported.has(/([\w$]+)\s*$/.exec(part)?.[1] ?? ''));
    if (names.length > 0) found.push([from, new Set(namesIn(names.join(',')))]);
  }
  return found;
}

/** Follows what entries pass on, from file to file, as far as 200 files. Paths come without their extension. */
async function followScripts(
  entries: readonly string[],
  exists: (stem: string) => string | null,
  read: ReadText,
): Promise<Map<string, PublicNames>> {
  const found = new Map<string, PublicNames>(entries.map((path) => [path, 'all']));
  const queue = [...entries];
  for (let path = queue.shift(); path !== undefined && found.size < MAX_FILES; path = queue.shift()) {
    const text = await read(path);
    if (text === null) continue;
    const folder = path.split('/').slice(0, -1).join('/');
    for (const [from, names] of passedOn(maskComments(path, text))) {
      const target = exists(join(folder, from).replace(/\.[cm]?[jt]sx?$/, ''));
      if (target !== null && merge(found, target, names)) queue.push(target);
    }
  }
  return found;
}

/**
 * Which changed files are part of a library's interface, and with which names: the entries of a package that is not
 * private and what they pass on; the public modules of a Python distribution. Read from the base.
 */
export async function findPublicNames(context: ChangeContext): Promise<ReadonlyMap<DiffFile, PublicNames>> {
  const result = new Map<DiffFile, PublicNames>();
  const { readBase, listBase } = context;
  const candidates = context.files.filter(
    (file) =>
      file.status !== 'added' &&
      !file.binary &&
      file.hunks.length > 0 &&
      /\.(?:[cm]?[jt]sx?|py)$/.test(file.previousPath ?? file.path),
  );
  if (readBase === null || listBase === null || candidates.length === 0) return result;
  const read = memoise(readBase);
  const paths = await listBase();
  const known = new Set(paths);
  const byStem = new Map<string, string>();
  for (const path of paths) {
    if (!SCRIPT.test(path) || isTestFile(path)) continue;
    const stem = path.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '');
    if (!byStem.has(stem)) byStem.set(stem, path);
  }
  const exists = (stem: string) => byStem.get(stem) ?? byStem.get(`${stem}/index`) ?? null;
  const roots = new Map<string, Promise<Map<string, PublicNames>>>();

  async function namesOf(path: string): Promise<PublicNames | undefined> {
    if (SCRIPT.test(path)) {
      const owner = await packageEntries(path, read);
      if (owner === null) return undefined;
      const prefix = owner.root === '' ? '' : `${owner.root}/`;
      const reached =
        roots.get(prefix) ??
        followScripts(
          [...byStem.values()]
            .filter(
              (file) =>
                SCRIPT.test(file) && file.startsWith(prefix) && owner.stems.has(stemOf(file.slice(prefix.length))),
            )
            .toSorted((a, b) => Number(BUILT.test(a)) - Number(BUILT.test(b)))
            .slice(0, MAX_FILES),
          exists,
          read,
        );
      roots.set(prefix, reached);
      return (await reached).get(path);
    }
    return (await findPublicPythonNames(path, read, known)) ?? undefined;
  }

  for (const file of candidates) {
    const names = await namesOf(file.previousPath ?? file.path);
    if (names !== undefined) result.set(file, names);
  }
  return result;
}
