import { endOfBracket, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

const VERBS = 'get|post|put|patch|delete|del|head|options|all';
/** `app.get('/x', …)`: the receiver must look like a router, and a handler must follow; `client.get('/x')` is a call. */
const CALL = new RegExp(
  `\\b([A-Za-z_$][\\w$]{0,60})\\s{0,100}\\.\\s{0,100}(${VERBS})(?:<[^>\\n]{0,200}>)?\\(\\s*(["'\`])(\\/[^"'\`\\n]{0,300}|\\*)\\3\\s*,`,
  'gi',
);
const RECEIVER = /app|router|routes?|server|fastify|hono|koa|^r$/i;
/** Names that HTTP clients have too: a router only where the file says of which framework. */
const LOOSE_RECEIVER = /api|instance|web/i;
const FRAMEWORK =
  /["'](?:express|fastify|koa|@koa\/router|hono|@hono\/zod-openapi|elysia|restify|polka|@hapi\/hapi)["']|\bRouter\(/;
const MOUNT =
  /\b([A-Za-z_$][\w$]{0,60})\s{0,100}\.\s{0,100}(?:use|register|route)\(\s*(["'`])(\/[\w\-/:.{}*]{1,200})\2\s*,\s*[\w$(]/gi;
const CHAIN = /\.route\(\s*(["'`])(\/[^"'`\n]{0,300})\1\s*\)/g;
const CHAIN_VERB = new RegExp(`^\\s*\\.\\s*(${VERBS})\\(`, 'i');
/** Routes hung one on another: `new Hono().get('/a', a).post('/b', b)`. */
const HUNG = new RegExp(
  `\\)\\s{0,100}\\.\\s{0,10}(${VERBS}|use|route|mount|basePath)(?:<[^>\\n]{0,200}>)?\\(\\s*(["'\`])(\\/[^"'\`\\n]{0,300})\\2\\s*[,)]`,
  'g',
);
const CHAINS = /["'](?:hono|elysia|@hono\/[\w-]+|polka)["'/]|\bnew (?:Open[Aa][Pp][Ii])?Hono\b|\bnew Elysia\b/;
const VERB_AND_PATH = /(["'`])(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\/[^"'`\s]{0,300})\1/g;
const OBJECT_ROUTE =
  /\{[^{}]{0,300}?\b(?:method)\s*:\s*(?:\[\s*)?["'`](GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|\*)["'`][^{}]{0,200}?\b(?:url|path)\s*:\s*["'`](\/[^"'`\n]{0,300})["'`]/gi;
const OBJECT_ROUTE_REVERSED =
  /\{[^{}]{0,300}?\b(?:url|path)\s*:\s*["'`](\/[^"'`\n]{0,300})["'`][^{}]{0,200}?\bmethod\s*:\s*(?:\[\s*)?["'`](GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|\*)["'`]/gi;
const TUPLE = /\[\s*["'`](GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)["'`]\s*,\s*["'`](\/[^"'`\n]{0,300})["'`]/gi;

const SERVES =
  /\bcreateServer\b|["']node:https?["']|\bIncomingMessage\b|\bServerResponse\b|\.writeHead\(|\b(?:req|request)\.(?:url|method)\b|\bres(?:ponse)?\.(?:end|statusCode|setHeader)\b/;
const IN_BROWSER = /\b(?:window|document)\.|\b(?:usePathname|useLocation|useRouter)\b|\blocation\.pathname\b/;
const COMPARED =
  /(?:^|[^\w.$])((?:(?:req|request|ctx|url|parsed|parsedUrl|requestUrl|u)\.)?(?:url|pathname|path|route))\s*={2,3}\s*(["'`])(\/[^"'`\n]{0,300})\2/g;
const COMPARED_REVERSED =
  /(["'`])(\/[^"'`\n]{0,300})\1\s*={2,3}\s*(?:(?:req|request|ctx|url|parsed|parsedUrl|requestUrl|u)\.)?(?:url|pathname|path|route)\b/g;
const CASE = /\bcase\s+(["'`])(\/[^"'`\n]{0,300})\1\s*:/g;
const STARTS_WITH = /\b(?:url|pathname|path|route)\.startsWith\(\s*(["'`])(\/[^"'`\n]{1,300})\1/g;
const TABLE_KEY =
  /(?:^|[{,])[ \t]*(["'`])(\/[\w\-/:.{}*]{0,200})\1[ \t]*:[ \t]*(?:async\b|function\b|\(|\{|[A-Za-z_$])/gm;
const MAP_KEY = /\[\s*(["'`])(\/[\w\-/:.{}*]{0,200})\1\s*,\s*(?:async\b|function\b|\(|[A-Za-z_$])/g;
const REGEXP_ROUTE =
  /\/\^\\\/((?:[^/\\\n[]|\\.|\[[^\]\n]{0,80}\]){0,200})\/[dgimsuy]{0,7}\s*(?:\)|,|\.(?:exec|test)\(|;)/g;

/** The method that a condition on the same line asks for, if any. */
function methodNear(code: string, index: number): string {
  const start = code.lastIndexOf('\n', index) + 1;
  const end = code.indexOf('\n', index);
  const line = code.slice(start, Math.min(end < 0 ? code.length : end, start + 600));
  return (
    /\bmethod\s*={2,3}\s*["'`]([A-Z]+)["'`]/.exec(line)?.[1] ??
    /["'`]([A-Z]+)["'`]\s*={2,3}\s*[\w.]*\bmethod\b/.exec(line)?.[1] ??
    '*'
  );
}

/** Routes of a plain `node:http` server: comparisons, cases, tables and patterns over the request's path. */
function plainHttpRoutes(code: string, lineAt: (offset: number) => number): Item[] {
  if (!SERVES.test(code) || IN_BROWSER.test(code)) return [];
  const items: Item[] = [];
  for (const match of code.matchAll(COMPARED))
    items.push(routeItem(methodNear(code, match.index), match[3] ?? '', lineAt(match.index + 1), 'http_path'));
  for (const match of code.matchAll(COMPARED_REVERSED))
    items.push(routeItem(methodNear(code, match.index), match[2] ?? '', lineAt(match.index), 'http_path'));
  for (const pattern of [CASE, TABLE_KEY, MAP_KEY]) {
    for (const match of code.matchAll(pattern))
      items.push(routeItem('*', match[2] ?? '', lineAt(match.index + match[0].search(/\S/)), 'http_path'));
  }
  for (const match of code.matchAll(STARTS_WITH))
    items.push(routeItem(methodNear(code, match.index), `${match[2] ?? ''}*`, lineAt(match.index), 'http_path'));
  for (const match of code.matchAll(REGEXP_ROUTE))
    items.push(routeItem(methodNear(code, match.index), `/~${match[1] ?? ''}`, lineAt(match.index), 'http_path'));
  return items;
}

const MADE_ROUTER =
  /\b(?:const|let|var)\s+([\w$]+)(?:\s*:[^=\n]{0,80})?\s*=\s*(?:new\s+)?(?:[\w$]+\.)?(?:Hono|OpenAPIHono|Router|Elysia|express|[Ff]astify|polka)\b\s*[(<]/g;

function makeIsRouter(code: string): (receiver: string) => boolean {
  const named = FRAMEWORK.test(code);
  const made = new Set(named ? [...code.matchAll(MADE_ROUTER)].map((match) => match[1] ?? '') : []);
  return (receiver) => RECEIVER.test(receiver) || (named && (LOOSE_RECEIVER.test(receiver) || made.has(receiver)));
}

/** HTTP routes that a JavaScript or TypeScript file serves. */
export function extractNodeRoutes(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  const isRouter = makeIsRouter(code);
  for (const match of code.matchAll(CALL)) {
    const [, receiver = '', verb = '', , path = ''] = match;
    if (!isRouter(receiver)) continue;
    items.push(routeItem(verb === 'del' ? 'delete' : verb, path, lineAt(match.index), 'router_call'));
  }
  for (const match of code.matchAll(MOUNT)) {
    if (isRouter(match[1] ?? '')) items.push(routeItem('mount', match[3] ?? '', lineAt(match.index), 'router_mount'));
  }
  if (CHAINS.test(code)) {
    for (const match of code.matchAll(HUNG)) {
      const [whole, verb = '', , path = ''] = match;
      const mounts = /^(?:use|route|mount|basePath)$/.test(verb);
      // Middleware and verbs need a handler; the base path stands alone.
      if (verb === 'use' || whole.endsWith(',') === (verb === 'basePath')) continue;
      items.push(routeItem(mounts ? 'mount' : verb, path, lineAt(match.index + whole.indexOf('.')), 'router_call'));
    }
  }
  let at = 0;
  for (const match of code.matchAll(CHAIN)) {
    if (match.index < at) continue;
    at = match.index + match[0].length;
    for (
      let verb = CHAIN_VERB.exec(code.slice(at, at + 200));
      verb !== null;
      verb = CHAIN_VERB.exec(code.slice(at, at + 200))
    ) {
      items.push(routeItem(verb[1] ?? '', match[2] ?? '', lineAt(match.index), 'router_call'));
      at = endOfBracket(code, at + verb[0].length - 1);
    }
  }
  for (const match of code.matchAll(VERB_AND_PATH))
    items.push(routeItem(match[2] ?? '', match[3] ?? '', lineAt(match.index), 'route_table'));
  for (const match of code.matchAll(OBJECT_ROUTE))
    items.push(routeItem(match[1] ?? '', match[2] ?? '', lineAt(match.index), 'route_object'));
  for (const match of code.matchAll(OBJECT_ROUTE_REVERSED))
    items.push(routeItem(match[2] ?? '', match[1] ?? '', lineAt(match.index), 'route_object'));
  for (const match of code.matchAll(TUPLE))
    items.push(routeItem(match[1] ?? '', match[2] ?? '', lineAt(match.index), 'route_table'));
  return items.concat(plainHttpRoutes(code, lineAt));
}
