import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';
import { withPrefix } from './route-patterns.ts';

const SPRING_MAPPING = /@(Get|Post|Put|Patch|Delete|Request)Mapping\b\(?/g;
const MICRONAUT_ROUTE = /@(Get|Post|Put|Patch|Delete|Head|Options|Controller)\b\(?/g;
const JAXRS_MARK = /@(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|Path)\b(?:\(\s*(?:value\s*=\s*)?"([^"\n]{0,300})"\s*\))?/g;
/** What may stand between a mark and the class that it is put on. */
const BEFORE_CLASS =
  /^\s*(?:@\w+(?:\([^)]{0,300}\))?\s*)*(?:(?:public|abstract|final|open|internal|sealed)\s+)*(?:class|interface|object)\b/;
/** A description of somebody else's interface, which this program calls. */
const CLIENT = /@(?:FeignClient|RegisterRestClient|HttpExchange|Client)\b|\bretrofit2\./;
const REACH = 600;

/** The paths of a mapping: its `value`, `path` or `uri`, or what it begins with; one that names none serves its class's path. */
function pathsOf(args: string): string[] {
  const named = /\b(?:value|path|uris?)\s*=\s*(\{[^}]*\}|\[[^\]]*\]|"[^"\n]*")/.exec(args)?.[1];
  const first = named ?? /^\s*(\{[^}]*\}|"[^"\n]*")/.exec(args)?.[1] ?? '';
  const paths = [...first.matchAll(/"([^"\n]{0,300})"/g)].map((match) => match[1] ?? '');
  return paths.length === 0 ? [''] : paths;
}

/** Spring and Micronaut write alike: a mark with a path on the class, and one on each method. */
function markedRoutes(code: string, pattern: RegExp, rule: string, lineAt: (offset: number) => number): Item[] {
  const prefixes: { line: number; path: string }[] = [];
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, pattern)) {
    const args = match[0].endsWith('(') ? code.slice(match.index + match[0].length, end) : '';
    const line = lineAt(match.index);
    const onClass = BEFORE_CLASS.test(code.slice(end, end + REACH));
    if (onClass) prefixes.push({ line, path: pathsOf(args)[0] ?? '' });
    if (onClass || match[1] === 'Controller') continue;
    const verb = match[1] === 'Request' ? (/RequestMethod\.(\w+)/.exec(args)?.[1] ?? '*') : (match[1] ?? '*');
    items.push(...pathsOf(args).map((path) => routeItem(verb, path, line, rule)));
  }
  return withPrefix(items, prefixes);
}

/** JAX-RS says verb and path in two marks of one method, in either order; a path alone leads to another resource. */
function jaxrsRoutes(code: string, lineAt: (offset: number) => number): Item[] {
  const prefixes: { line: number; path: string }[] = [];
  const items: Item[] = [];
  let verb: string | null = null;
  let path: string | null = null;
  let last = 0;
  const flush = () => {
    if (verb !== null || path !== null) items.push(routeItem(verb ?? '*', path ?? '', lineAt(last), 'jaxrs_path'));
    verb = null;
    path = null;
  };
  for (const match of code.matchAll(JAXRS_MARK)) {
    const end = match.index + match[0].length;
    if (match[1] === 'Path' && BEFORE_CLASS.test(code.slice(end, end + REACH))) {
      flush();
      prefixes.push({ line: lineAt(match.index), path: match[2] ?? '' });
      continue;
    }
    // Marks of another method stand behind the body or the end of this one.
    if ((verb !== null || path !== null) && /[{;]/.test(code.slice(last, match.index).replace(/"[^"\n]*"/g, '')))
      flush();
    if (match[1] === 'Path') path = match[2] ?? '';
    else verb = match[1] ?? '*';
    last = end;
  }
  flush();
  return withPrefix(items, prefixes);
}

const KTOR_BLOCK = /\broute\(\s*"([^"\n]{0,300})"[^)\n]{0,100}\)\s*\{/g;
const KTOR_ROUTE =
  /(?<![\w.])(get|post|put|delete|patch|head|options|webSocket)(?:<[\w?., ]{1,80}>)?\s*(?:\(\s*"([^"\n]{0,300})"[^)\n]{0,100}\)\s*)?\{/g;
const KTOR = /\bio\.ktor\.server\.|\bRoute\.\w+\(\)|\brouting\s*\{/;

const STRING_OR_BRACE = /"(?:[^"\\\n]|\\.)*"|[{}]/g;
/** Deeper than anybody nests: what stands below adds nothing to a path. */
const MOST_BLOCKS = 40;

/** Ktor nests blocks: a route serves below the paths of all that it stands in. One pass over the braces, however deep they are. */
function ktorRoutes(code: string, lineAt: (offset: number) => number): Item[] {
  const byBrace = (pattern: RegExp) =>
    new Map([...code.matchAll(pattern)].map((match) => [match.index + match[0].length - 1, match] as const));
  const [blocks, routes] = [byBrace(KTOR_BLOCK), byBrace(KTOR_ROUTE)];
  const items: Item[] = [];
  const around: string[] = [];
  let prefix = '';
  for (const { index, 0: mark } of code.matchAll(STRING_OR_BRACE)) {
    if (mark === '}') prefix = around.pop() ?? '';
    if (mark !== '{') continue;
    const route = routes.get(index);
    if (route !== undefined)
      items.push(routeItem(route[1] ?? '*', `${prefix}/${route[2] ?? ''}`, lineAt(route.index), 'ktor_route'));
    around.push(prefix);
    const block = blocks.get(index)?.[1];
    if (block !== undefined && around.length <= MOST_BLOCKS) prefix = `${prefix}/${block}`;
  }
  return items;
}

/** Routes of Spring, Micronaut, JAX-RS and Ktor. */
export function extractJvmRoutes(code: string): Item[] {
  if (CLIENT.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items = markedRoutes(code, SPRING_MAPPING, 'spring_mapping', lineAt);
  if (code.includes('@Path(')) items.push(...jaxrsRoutes(code, lineAt));
  if (code.includes('io.micronaut.http')) items.push(...markedRoutes(code, MICRONAUT_ROUTE, 'micronaut_route', lineAt));
  if (KTOR.test(code)) items.push(...ktorRoutes(code, lineAt));
  return items;
}
