import type { ReadText } from '../../change-context.ts';
import { isSupportFile } from '../../file-kind.ts';
import { maskComments } from '../../mask-comments.ts';
import type { PublicNames } from './public-names.ts';

const FROM = /^from[ \t]+([\w.]+)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n(]+))/gm;
/** Modules that are called by a framework or from a command line, not by those who install the distribution. */
const INNER =
  /(?:^|\/)(?:_\w*|__main__|cli|cmd|commands?|scripts?|bin|tests?|testing|internals?|vendor(?:ed)?|third_party|migrations|management|admin|views|apps|urls|conftest|setup|compat|utils?|helpers?)(?=\/|\.py$)/;

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((part) => /^\s*(\w+)/.exec(part)?.[1] ?? '')
    .filter((name) => name !== '');
}

/** The distribution's manifest nearest above a file; null for what only runs, and for what has none. */
async function readManifest(
  path: string,
  read: ReadText,
  known: ReadonlySet<string>,
): Promise<{ root: string; text: string } | null> {
  const parts = path.split('/').slice(0, -1);
  for (let depth = parts.length; depth >= 0; depth -= 1) {
    const root = parts
      .slice(0, depth)
      .map((part) => `${part}/`)
      .join('');
    const names = ['pyproject.toml', 'setup.py', 'setup.cfg'].filter((name) => known.has(`${root}${name}`));
    if (names.length === 0) continue;
    const text = (await Promise.all(names.map((name) => read(`${root}${name}`)))).join('\n');
    // A manifest may only hold settings of tools; one above it may be the distribution's.
    if (!/^\[(?:project|tool\.poetry|tool\.flit\.metadata|metadata)\]|\bsetup\(/m.test(text)) continue;
    const runs = known.has(`${root}manage.py`) || /^package-mode\s*=\s*false/m.test(text);
    return runs ? null : { root, text };
  }
  return null;
}

/** What the package that a module stands in, or one above, takes from it by name or by a star. */
function takenFrom(
  dotted: string,
  folder: string,
  text: string,
): { names: Set<string>; all: boolean; passesOn: boolean } {
  const names = new Set<string>();
  let all = false;
  let passesOn = false;
  for (const [, from = '', listed, plain] of text.matchAll(FROM)) {
    const own = from.startsWith('.') ? `${folder}${from}` : from;
    if (own !== folder && !own.startsWith(`${folder}.`)) continue;
    const list = listed ?? plain ?? '';
    if (!namesIn(list).every((name) => name.startsWith('_') || /version/i.test(name))) passesOn = true;
    if (own !== dotted) continue;
    if (list.trim() === '*') all = true;
    else for (const name of namesIn(list)) names.add(name);
  }
  return { names, all, passesOn: passesOn || /\b__getattr__\b|lazy_loader|_import_structure/.test(text) };
}

/**
 * Which names of a Python module are a distribution's interface: those that the packages above pass on; where the top package passes
 * nothing on, everybody imports modules themselves, and all that is not marked as private is. Null for anything else.
 */
export async function findPublicPythonNames(
  path: string,
  read: ReadText,
  known: ReadonlySet<string>,
): Promise<PublicNames | null> {
  if (isSupportFile(path)) return null;
  const manifest = await readManifest(path, read, known);
  if (manifest === null) return null;
  const inner = path.slice(manifest.root.length).replace(/^(?:src|lib)\//, '');
  const prefix = path.slice(0, path.length - inner.length);
  const parts = inner.replace(/\.py$/, '').split('/');
  const isEntry = parts.at(-1) === '__init__';
  if (isEntry) parts.pop();
  if (parts.length === 0) return null;
  // A distribution of one module.
  if (parts.length === 1 && !isEntry)
    return new RegExp(`["']${parts[0] ?? ''}["']`).test(manifest.text) && !INNER.test(inner) ? 'all' : null;
  if (!known.has(`${prefix}${parts[0] ?? ''}/__init__.py`)) return null;

  const dotted = parts.join('.');
  const taken = new Set<string>();
  let topPassesOn = false;
  for (let depth = 1; depth <= parts.length - (isEntry ? 0 : 1); depth += 1) {
    const folder = parts.slice(0, depth);
    const entry = `${prefix}${folder.join('/')}/__init__.py`;
    const text = known.has(entry) ? maskComments(entry, (await read(entry)) ?? '') : '';
    const found = takenFrom(dotted, folder.join('.'), text);
    if (depth === 1) topPassesOn = found.passesOn;
    if (folder.some((part) => part.startsWith('_'))) continue;
    if (found.all) return 'all';
    for (const name of found.names) taken.add(name);
  }
  if (isEntry && !INNER.test(inner.replace('/__init__.py', '.py'))) return 'all';
  if (taken.size > 0) return taken;
  // Without a word on how it is built, or with commands of its own, it is a program that happens to have a manifest.
  const program =
    !/^\[build-system\]|^\[metadata\]|\bsetup\(/m.test(manifest.text) ||
    /^\[project\.scripts\]|^\[tool\.poetry\.scripts\]|console_scripts/m.test(manifest.text) ||
    known.has(`${manifest.root}Dockerfile`);
  return topPassesOn || program || INNER.test(inner) ? null : 'all';
}
