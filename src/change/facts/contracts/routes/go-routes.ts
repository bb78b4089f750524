import { type Item, makeLineCounter } from '../../compare-items.ts';
import { blocksOf, scopeRoutes, type WrittenRoute } from './scoped-routes.ts';

/** Who is asked, the verb and the path: `r.GET("/x", …)`. */
const VERB =
  /(?:\b(\w+))?\.(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|Any|Get|Post|Put|Patch|Delete|Head|Options)\(\s*"(\/[^"\n]{0,300}|)"\s*,/g;
const HANDLE = /(?:\b(\w+))?\.(?:HandleFunc|Handle)\(\s*"(?:([A-Z]{3,7}) )?(\/[^"\n]{0,300})"\s*,/g;
const METHOD =
  /(?:\b(\w+))?\.(?:MethodFunc|Method|Add|Handle)\(\s*(?:http\.Method(\w+)|"([A-Z]{3,7})")\s*,\s*"(\/[^"\n]{0,300})"\s*,/g;
const PATH = /(?:\b(\w+))?(?:\.Methods\(\s*"(\w{3,7})"\s*\)\s*)?\.Path(?:Prefix)?\(\s*"(\/[^"\n]{0,300})"/g;
const MOUNT = /(?:\b(\w+))?\.Mount\(\s*"(\/[^"\n]{0,300})"/g;
/** `v1 := r.Group("/v1")`, `s := r.PathPrefix("/s").Subrouter()`. */
const NAMED_GROUP = /\b(\w+)\s*:?=\s*(\w+)(?:\.\w+)?\.(?:Group|Route|PathPrefix)\(\s*"([^"\n]{0,300})"/g;
/** `r.Route("/x", func(r chi.Router) {`; a group without a path only shares what stands in it. */
const BLOCK = /(?:\b(\w+))?\.(?:Route|Group)\(\s*"(\/[^"\n]{0,300})"\s*,\s*func\s*\([^)\n]{0,100}\)\s*\{/g;
/** A group that is handed on at once: its routes stand elsewhere. */
const HANDED_ON = /\.(?:Group|Route)\(\s*"(\/[^"\n]{0,300})"/g;
/** `.Methods("GET", "POST")` behind a route of gorilla. */
const METHODS = /^\.Methods\(([^)\n]{0,200})\)/;

/** Words of a program that serves; a client of an API has calls that look like routes. */
const SERVER =
  /\bgin\.|\bchi\.|\becho\.|\bmux\.|\bfiber\.|\bhttp\.(?:Handle|ServeMux|NewServeMux|ResponseWriter|Handler)|Router\b|\bmacaron\.|\bweb\.Route|\.Group\(/;
/** A file that declares how routes are written belongs to a framework: its own calls serve nobody. */
const FRAMEWORK =
  /^func \(\w+ \*?\w+(?:\[\w+\])?\) (?:GET|POST|DELETE|Any|Get|Post|Delete|Handle|HandleFunc)\(\s*(?:path|pattern|relativePath|prefix|route)\b/m;

interface Named {
  readonly at: number;
  readonly name: string;
  readonly path: string;
}

/** Variables that hold a group, with the path of it and of those it was made from, in the order of the text. */
function namedGroups(code: string): Named[] {
  const groups: Named[] = [];
  const held = new Map<string, string>();
  for (const match of code.matchAll(NAMED_GROUP)) {
    const [, name = '', from = '', path = ''] = match;
    const whole = `${name === from ? '' : (held.get(from) ?? '')}/${path}`;
    held.set(name, whole);
    groups.push({ at: match.index, name, path: whole });
  }
  return groups;
}

/** The path of the group that a variable holds at each of a row of ascending places. */
function makeHeldAt(groups: readonly Named[]): (name: string, place: number) => string {
  const held = new Map<string, string>();
  let next = 0;
  return (name, place) => {
    for (let group = groups[next]; group !== undefined && group.at < place; group = groups[next]) {
      held.set(group.name, group.path);
      next += 1;
    }
    return held.get(name) ?? '';
  };
}

interface Found {
  readonly at: number;
  readonly from: string;
  readonly methods: readonly string[];
  readonly path: string;
  readonly rule: string;
}

function methodsBehind(code: string, end: number): string[] {
  const statement = code.slice(end, end + 300);
  const at = statement.search(/\)\s*\.\s*Methods\(|\n\s*\n/);
  const listed = at < 0 ? null : METHODS.exec(statement.slice(at + 1).replace(/^\s*\.\s*/, '.'));
  if (listed === null || /[;{}]|\n[ \t]*\w+\./.test(statement.slice(0, at))) return ['*'];
  return [...(listed[1] ?? '').matchAll(/"(\w+)"|\bMethod([A-Z]\w+)/g)].map((verb) => verb[1] ?? verb[2] ?? '*');
}

function findRoutes(code: string, serves: boolean): Found[] {
  const found: Found[] = [];
  const rule = 'router_call';
  for (const { index: at, 1: from = '', 2: verb = '', 3: path = '' } of code.matchAll(VERB))
    if (serves || verb === verb.toUpperCase())
      found.push({ at, from, methods: [verb === 'Any' ? '*' : verb], path, rule });
  if (!serves) return found;
  for (const match of code.matchAll(HANDLE)) {
    const [whole, from = '', verb, path = ''] = match;
    const methods = verb === undefined ? methodsBehind(code, match.index + whole.length) : [verb];
    found.push({ at: match.index, from, methods, path, rule });
  }
  for (const { index: at, 1: from = '', 2: constant, 3: verb, 4: path = '' } of code.matchAll(METHOD))
    found.push({ at, from, methods: [constant ?? verb ?? '*'], path, rule });
  for (const match of code.matchAll(PATH)) {
    const { index: at, 1: from = '', 2: verb = '*', 3: path = '' } = match;
    found.push({ at, from, methods: [verb], path, rule });
  }
  for (const { index: at, 1: from = '', 2: path = '' } of code.matchAll(MOUNT))
    found.push({ at, from, methods: ['mount'], path, rule: 'router_mount' });
  return found;
}

/** Routes of Go's routers, each below the groups that it stands in or that its variable holds. */
export function extractGoRoutes(code: string): Item[] {
  if (FRAMEWORK.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const groups = namedGroups(code);
  const found = findRoutes(code, SERVER.test(code));
  const blocks = [...code.matchAll(BLOCK)];
  const read = new Set([...groups.map(({ at }) => at), ...blocks.map(({ index }) => index)]);
  for (const match of code.matchAll(HANDED_ON)) {
    const start = code.lastIndexOf('\n', match.index) + 1;
    const line = code.slice(start, match.index);
    if (/=\s*\w+(?:\.\w+)?$/.test(line) || /^\s*,\s*func\b/.test(code.slice(match.index + match[0].length))) continue;
    if (!read.has(match.index))
      found.push({ at: match.index, from: '', methods: ['mount'], path: match[1] ?? '', rule: 'router_mount' });
  }
  const heldAt = makeHeldAt(groups);
  const heldBy = makeHeldAt(groups);
  const routes = found
    .toSorted((a, b) => a.at - b.at)
    .flatMap(({ at, from, methods, path, rule }): WrittenRoute[] => {
      const held = heldAt(from, at);
      return methods.map((method) => ({ at, method, path: `${held}/${path}`, line: lineAt(at), rule }));
    });
  const opened = blocks.map((match) => ({
    open: match.index + match[0].length - 1,
    path: `${heldBy(match[1] ?? '', match.index)}/${match[2] ?? ''}`,
  }));
  return scopeRoutes(routes, blocksOf(code, opened));
}
