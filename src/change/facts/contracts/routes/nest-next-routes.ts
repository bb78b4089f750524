import { type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';
import { applyPatterns, type RoutePattern, withPrefix } from './route-patterns.ts';

const NEST: readonly RoutePattern[] = [
  {
    pattern: /@(Get|Post|Put|Patch|Delete|All)\(\s*(?:["'`]([^"'`\n]{0,300})["'`])?\s*[,)]/g,
    method: 1,
    path: 2,
    rule: 'nest_decorator',
  },
  {
    pattern: /@Controller\(\s*(?:\{[^}]{0,200}?\bpath\s*:\s*)?(?:["'`]([^"'`\n]{0,300})["'`])/g,
    method: 'mount',
    path: 1,
    rule: 'nest_controller',
  },
];

export function extractNestRoutes(code: string): Item[] {
  if (!/@nestjs\/|@Controller\(/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items = applyPatterns(NEST, code, lineAt);
  const prefixes = items
    .filter((item) => item.rule === 'nest_controller')
    .map((item) => ({ line: item.line, path: item.key.slice(item.key.indexOf(' ') + 1) }));
  return withPrefix(
    items.filter((item) => item.rule === 'nest_decorator'),
    prefixes,
  );
}

const NEXT_PAGES = /(?:^|\/)pages\/(api\/.+)\.[jt]sx?$/;
const NEXT_APP = /(?:^|\/)app\/(?:(.+)\/)?route\.[jt]sx?$/;

/** Nuxt: `server/api/orders.get.ts`; a name without a method serves all. */
const NUXT = /(?:^|\/)server\/(api|routes)\/(.+?)(?:\.(get|post|put|patch|delete|head))?\.[jt]s$/;
const SVELTE_KIT = /(?:^|\/)routes\/(?:(.+)\/)?\+server\.[jt]s$/;

function exportedMethods(code: string, route: string, rule: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [
    ...code.matchAll(/^export\s+(?:async\s+)?(?:function|const)\s+(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b/gm),
  ].map((match) => routeItem(match[1] ?? '', route.replace(/\([^)]*\)\/?/g, ''), lineAt(match.index), rule));
}

/** Frameworks that serve files: the path is the route, and in most an export is a method. */
export function extractFileRoutes(path: string, code: string): Item[] {
  const page = NEXT_PAGES.exec(path)?.[1];
  if (page !== undefined) return [routeItem('*', page.replace(/\/index$/, ''), 1, 'next_page')];
  const app = NEXT_APP.exec(path);
  if (app !== null) return exportedMethods(code, app[1] ?? '', 'next_route');
  const svelte = SVELTE_KIT.exec(path);
  if (svelte !== null) return exportedMethods(code, svelte[1] ?? '', 'sveltekit_route');
  const nuxt = NUXT.exec(path);
  if (nuxt === null || !/\bdefine(?:Cached)?EventHandler\b|\beventHandler\(/.test(code)) return [];
  const route = `${nuxt[1] === 'api' ? 'api/' : ''}${nuxt[2] ?? ''}`;
  return [routeItem(nuxt[3] ?? '*', route.replace(/\/?index$/, ''), 1, 'nuxt_route')];
}
