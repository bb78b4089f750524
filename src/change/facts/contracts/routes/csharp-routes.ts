import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

/** Runs of attributes, of which some say a route: `[HttpGet("{id}"), Authorize]`. */
const ATTRIBUTES =
  /\[(?=(?:[^\]\n]{0,300}?[,\s])?(?:Http(?:Get|Post|Put|Patch|Delete|Head|Options)|Route|AcceptVerbs)\b)/g;
const VERB = /\bHttp(Get|Post|Put|Patch|Delete|Head|Options)\b(?:\(\s*(?:template:\s*)?(?:@?"([^"\n]{0,300})")?)?/g;
const ROUTE = /\bRoute\(\s*(?:template:\s*)?@?"([^"\n]{0,300})"/g;
const CLASS = /\b(?:class|record)\s+(\w+)/;
const METHOD_BEGINS = /[;{}]/;
const REACH = 1_500;

const MAPPED =
  /(?:\b(\w+)|\))\s{0,100}\.Map(Get|Post|Put|Patch|Delete|Methods)\(\s*\$?@?"([^"\n]{0,300})"(?:\s*,\s*(?:new\s*(?:string)?\s*\[\]\s*)?[[{]([^\]}]{0,200})[\]}])?/g;
const GROUP =
  /\b(?:var|RouteGroupBuilder|IEndpointRouteBuilder)?\s*\b(\w+)\s*=\s*(\w+)\s*\.\s*MapGroup\(\s*"([^"\n]{0,300})"/g;
/** A group that is handed on at once: its routes stand elsewhere. */
const HANDED_ON = /\.MapGroup\(\s*"([^"\n]{0,300})"\s*\)\s*\.\s*Map[A-Z]\w*\(\s*\)/g;

interface Marks {
  readonly at: number;
  readonly text: string;
  readonly end: number;
}

/** The name of the class that attributes stand on; undefined where they stand on a method. */
function classBehind(code: string, end: number): string | undefined {
  const ahead = code.slice(end, end + REACH);
  const head = ahead.slice(0, Math.max(0, ahead.search(METHOD_BEGINS)));
  return /\)\s*$|=>/.test(head) && !CLASS.test(head) ? undefined : CLASS.exec(head)?.[1];
}

/** Attributes of one thing stand one after another. */
function joinMarks(code: string): Marks[] {
  const marks: Marks[] = [];
  for (const { match, end } of findCalls(code, ATTRIBUTES)) {
    const last = marks.at(-1);
    const between = last === undefined ? 'x' : code.slice(last.end, match.index);
    if (last !== undefined && /^(?:\s|\[[^\]\n]{0,300}\])*$/.test(between.slice(0, REACH)) && between.length < REACH)
      marks[marks.length - 1] = { at: last.at, text: `${last.text}\n${code.slice(match.index, end)}`, end };
    else marks.push({ at: match.index, text: code.slice(match.index, end), end });
  }
  return marks;
}

function attributeRoutes(code: string, lineAt: (offset: number) => number): Item[] {
  const items: Item[] = [];
  let prefixes: readonly string[] = [''];
  let controller = '';
  for (const { at, text, end } of joinMarks(code)) {
    const routes = [...text.matchAll(ROUTE)].map((match) => match[1] ?? '');
    const owner = classBehind(code, end);
    if (owner !== undefined) {
      controller = owner.replace(/Controller$/, '');
      prefixes = routes.length === 0 ? [''] : routes;
      continue;
    }
    const action = /(\w+)\s*\(/.exec(code.slice(end, end + REACH).replace(/\[[^\]\n]{0,300}\]/g, ''))?.[1] ?? '';
    const verbs = [...text.matchAll(VERB)];
    const written =
      verbs.length === 0
        ? routes.map((path) => ({ verb: '*', path }))
        : verbs.flatMap(({ 1: verb = '', 2: path }) =>
            path !== undefined || routes.length === 0
              ? [{ verb, path: path ?? '' }]
              : routes.map((route) => ({ verb, path: route })),
          );
    for (const prefix of prefixes)
      for (const { verb, path } of written) {
        const whole = /^~?\//.test(path) ? path.replace('~', '') : `${prefix}/${path}`;
        const named = whole.replace(/\[controller\]/gi, controller).replace(/\[action\]/gi, action);
        items.push(routeItem(verb, named.toLowerCase(), lineAt(at), 'aspnet_attribute'));
      }
  }
  return items;
}

function mappedRoutes(code: string, lineAt: (offset: number) => number): Item[] {
  const groups = [...code.matchAll(GROUP)];
  const held = new Map<string, string>();
  let next = 0;
  const items: Item[] = [];
  for (const match of code.matchAll(MAPPED)) {
    for (let group = groups[next]; group !== undefined && group.index < match.index; group = groups[next]) {
      held.set(group[1] ?? '', `${held.get(group[2] ?? '') ?? ''}/${group[3] ?? ''}`);
      next += 1;
    }
    const [, from = '', verb = '', path = '', listed = ''] = match;
    const prefix = held.get(from) ?? '';
    const verbs = verb === 'Methods' ? [...listed.matchAll(/"(\w+)"/g)].map((one) => one[1] ?? '*') : [verb];
    for (const one of verbs.length === 0 ? ['*'] : verbs)
      items.push(routeItem(one, `${prefix}/${path}`, lineAt(match.index), 'aspnet_map'));
  }
  for (const match of code.matchAll(HANDED_ON))
    items.push(routeItem('mount', match[1] ?? '', lineAt(match.index), 'aspnet_map'));
  return items;
}

/** Routes of ASP.NET: attributes below those of their class, and endpoints below the groups that map them. */
export function extractCsharpRoutes(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [...attributeRoutes(code, lineAt), ...mappedRoutes(code, lineAt)];
}
