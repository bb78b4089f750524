import { type Item, makeLineCounter } from '../../compare-items.ts';
import { actionRoutes, blocksOf, scopeRoutes, type WrittenRoute } from './scoped-routes.ts';

const ROUTER = '(?:\\bRoute::|\\$(?:app|router|group|routes?|api)->|\\)\\s{0,100}->)';
const VERB = new RegExp(
  `${ROUTER}(get|post|put|patch|delete|head|options|any)\\(\\s*["'](\\/?[^"'\\n]{0,300})["']\\s*,`,
  'g',
);
const MATCH = new RegExp(`${ROUTER}match\\(\\s*\\[([^\\]\\n]{0,200})\\]\\s*,\\s*["']([^"'\\n]{0,300})["']`, 'g');
const RESOURCE = new RegExp(
  `${ROUTER}(resource|apiResource|singleton|apiSingleton)\\(\\s*["']([^"'\\n]{0,300})["']`,
  'g',
);
const RESOURCES = new RegExp(`${ROUTER}(resources|apiResources)\\(\\s*\\[([^\\]]{0,4000})\\]`, 'g');
const GROUP = /(?:\bRoute::|->)group\(/g;
const PREFIX = /\bprefix\(\s*["']([^"'\n]{0,200})["']/g;
/** Far enough for the calls that stand before a group's own. */
const REACH = 500;

const PAGES = ['index', 'create', 'store', 'show', 'edit', 'update', 'destroy'];
const API = ['index', 'store', 'show', 'update', 'destroy'];

function wordsOf(list: string): string[] {
  return [...list.matchAll(/["'](\w+)["']/g)].map((word) => word[1] ?? '');
}

/** The actions that a resource's own calls leave: `->only(['index'])`, `->except('destroy')`. */
function actionsOf(kind: string, statement: string): string[] {
  const all = /^api/i.test(kind) ? API : PAGES;
  const only = /->\s*only\(([^)]{0,300})\)|['"]only['"]\s*=>\s*\[([^\]]{0,300})\]/.exec(statement);
  const except = /->\s*except\(([^)]{0,300})\)|['"]except['"]\s*=>\s*\[([^\]]{0,300})\]/.exec(statement);
  const kept = only === null ? all : wordsOf(only[1] ?? only[2] ?? '');
  const gone = new Set(except === null ? [] : wordsOf(except[1] ?? except[2] ?? ''));
  return kept.filter((action) => !gone.has(action));
}

/** The statement from here on, as far as it matters. */
function statementFrom(code: string, at: number): string {
  return code.slice(at, at + REACH).split(';', 1)[0] ?? '';
}

/** The path that a group puts before what stands in it: of the calls before it, of its options, or its first argument. */
function groupPath(code: string, at: number, args: string): string {
  const before = code.slice(Math.max(0, at - REACH), at);
  const own = before.slice(Math.max(before.lastIndexOf(';'), before.lastIndexOf('{'), before.lastIndexOf('}')) + 1);
  const called = [...own.matchAll(PREFIX)].map((match) => match[1] ?? '');
  const given = /^\s*["']([^"'\n]{0,200})["']\s*,/.exec(args)?.[1];
  const option = /^\s*\[[^\]]{0,400}?["']prefix["']\s*=>\s*["']([^"'\n]{0,200})["']/.exec(args)?.[1];
  return [...called, given ?? option ?? ''].join('/');
}

/** Routes of Laravel, Lumen and Slim, each below the groups that it stands in. */
export function laravelRoutes(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const routes: WrittenRoute[] = [];
  const add = (match: RegExpExecArray, method: string, path: string) => {
    const at = match.index + match[0].search(/\S/);
    // A prefix that is called on the route itself.
    const chained = match[0].startsWith(')') ? ownPrefix(code, match.index) : '';
    routes.push({ at, method, path: `${chained}/${path}`, line: lineAt(at), rule: 'laravel_route' });
  };
  for (const match of code.matchAll(VERB)) add(match, match[1] === 'any' ? '*' : (match[1] ?? ''), match[2] ?? '');
  for (const match of code.matchAll(MATCH))
    for (const verb of wordsOf(match[1] ?? '')) add(match, verb, match[2] ?? '');
  for (const match of code.matchAll(RESOURCE)) {
    const statement = statementFrom(code, match.index + match[0].length);
    for (const { method, path } of actionRoutes(resourcePath(match[2] ?? ''), actionsOf(match[1] ?? '', statement)))
      add(match, method, path);
  }
  for (const match of code.matchAll(RESOURCES)) {
    const actions = actionsOf(match[1] ?? '', statementFrom(code, match.index + match[0].length));
    for (const name of (match[2] ?? '').matchAll(/["']([^"'\n]{1,200})["']\s*=>/g))
      for (const { method, path } of actionRoutes(resourcePath(name[1] ?? ''), actions)) add(match, method, path);
  }
  const opened: { open: number; path: string }[] = [];
  const mounts: WrittenRoute[] = [];
  for (const match of code.matchAll(GROUP)) {
    const start = match.index + match[0].length;
    const args = code.slice(start, start + REACH);
    const path = groupPath(code, match.index, args);
    const body =
      /^(?:\s*(?:\[[^\]]{0,400}\]|["'][^"'\n]{0,200}["'])\s*,)?\s*(?:static\s+)?function\b[^{]{0,200}\{/.exec(args);
    if (body !== null) opened.push({ open: start + body[0].length - 1, path });
    // The routes stand in another file.
    else if (/\w/.test(path))
      mounts.push({ at: match.index, method: 'mount', path, line: lineAt(match.index), rule: 'laravel_prefix' });
  }
  return scopeRoutes([...routes, ...mounts], blocksOf(code, opened));
}

/** Nested resources are written `orders.items`. */
function resourcePath(name: string): string {
  return name.split('.').join('/:p/');
}

/** `Route::prefix('a')->get(…)`: the prefix of the calls that end here. */
function ownPrefix(code: string, close: number): string {
  const before = code.slice(Math.max(0, close - REACH), close + 1);
  const own = before.slice(Math.max(before.lastIndexOf(';'), before.lastIndexOf('{'), before.lastIndexOf('}')) + 1);
  return [...own.matchAll(PREFIX)].map((match) => match[1] ?? '').join('/');
}
