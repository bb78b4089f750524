import { type Item, makeLineCounter } from './compare-items.ts';
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

/** Next.js serves files: the path is the route, and an app route's exports are its methods. */
export function extractNextRoutes(path: string, code: string): Item[] {
  const page = NEXT_PAGES.exec(path)?.[1];
  if (page !== undefined) return [routeItem('*', page.replace(/\/index$/, ''), 1, 'next_page')];
  const app = NEXT_APP.exec(path);
  if (app === null) return [];
  const lineAt = makeLineCounter(code);
  const route = (app[1] ?? '').replace(/\([^)]*\)\/?/g, '');
  return [
    ...code.matchAll(/^export\s+(?:async\s+)?(?:function|const)\s+(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b/gm),
  ].map((match) => routeItem(match[1] ?? '', route, lineAt(match.index), 'next_route'));
}
