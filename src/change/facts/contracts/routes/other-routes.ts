import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';
import { applyPatterns, type RoutePattern } from './route-patterns.ts';
import { resourceItems } from './ruby-routes.ts';

const VERBS = 'get|post|put|patch|delete|head|options';

const PYTHON: readonly RoutePattern[] = [
  {
    pattern: new RegExp(
      `@\\w+(?:\\.\\w+)*\\.(${VERBS}|websocket)\\(\\s*(?:path\\s*=\\s*)?(?:\\w{1,60}\\()?[rf]?["']([^"'\\n]{0,300})["']`,
      'g',
    ),
    method: 1,
    path: 2,
    rule: 'decorated_route',
  },
  {
    pattern: /(?<![\w.])(?:rest_path|path|re_path|url)\(\s*[rf]?["']([^"'\n]{0,300})["']\s*,/g,
    method: '*',
    path: 1,
    rule: 'django_url',
  },
  {
    pattern: /\.add_(get|post|put|patch|delete|route)\(\s*["']([^"'\n]{0,300})["']/g,
    method: 1,
    path: 2,
    rule: 'router_call',
  },
  {
    pattern: /\.register\(\s*(?:prefix\s*=\s*)?r?["']([^"'\n]{0,200})["']\s*,\s*(?:viewset\s*=\s*)?[\w.]*View/g,
    method: 'resource',
    path: 1,
    rule: 'django_rest_router',
  },
  { pattern: /\badd_url_rule\(\s*["']([^"'\n]{0,300})["']/g, method: '*', path: 1, rule: 'router_call' },
];
const PYTHON_PREFIX = /\b(?:url_prefix|prefix)\s*=\s*[rf]?["'](\/[^"'\n]{1,200})["']/g;
const MOUNTS = /\b(?:APIRouter|Blueprint|include_router|register_blueprint)\(/;
const FLASK_ROUTE = /@\w+(?:\.\w+)*\.(?:route|api_route)\(/g;

const GO: readonly RoutePattern[] = [
  {
    pattern:
      /\.(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|Any|Get|Post|Put|Patch|Delete|Head|Options)\(\s*"(\/[^"\n]{0,300}|)"\s*,/g,
    method: 1,
    path: 2,
    rule: 'router_call',
  },
  { pattern: /\.(?:HandleFunc|Handle)\(\s*"(\/[^"\n]{0,300})"\s*,/g, method: '*', path: 1, rule: 'router_call' },
  {
    pattern: /\.(?:HandleFunc|Handle)\(\s*"([A-Z]{3,7}) ([^"\n]{0,300})"\s*,/g,
    method: 1,
    path: 2,
    rule: 'router_call',
  },
  {
    pattern: /(?:\.Methods\(\s*"(\w{3,7})"\s*\)\s*)?\.Path(?:Prefix)?\(\s*"(\/[^"\n]{0,300})"/g,
    method: 1,
    path: 2,
    rule: 'router_call',
  },
  { pattern: /\.(?:Group|Route|Mount)\(\s*"(\/[^"\n]{0,300})"/g, method: 'mount', path: 1, rule: 'router_mount' },
];

const ELIXIR: readonly RoutePattern[] = [
  {
    pattern: new RegExp(`^[ \\t]*(${VERBS}|live|match)[ (]+"([^"\\n]{0,300})"\\s*(?:,|do\\b)`, 'gm'),
    method: 1,
    path: 2,
    rule: 'phoenix_route',
  },
  { pattern: /^[ \t]*(?:scope|forward)[ (]+"([^"\n]{0,300})"/gm, method: 'mount', path: 1, rule: 'phoenix_scope' },
];
const PHOENIX_RESOURCES = /^[ \t]*resources[ (]+"([^"\n]{0,300})"([^\n]{0,300})/gm;

const PHP: readonly RoutePattern[] = [
  {
    pattern: new RegExp(
      `(?:\\bRoute::|\\$(?:app|router|group|routes?|api)->|\\)->)(${VERBS}|any)\\(\\s*["'](\\/?[^"'\\n]{0,300})["']\\s*,`,
      'g',
    ),
    method: 1,
    path: 2,
    rule: 'laravel_route',
  },
  {
    pattern: /\bRoute::(?:resource|apiResource)\(\s*["']([^"'\n]{0,300})["']/g,
    method: 'resource',
    path: 1,
    rule: 'laravel_route',
  },
  { pattern: /\bRoute::prefix\(\s*["']([^"'\n]{0,200})["']/g, method: 'mount', path: 1, rule: 'laravel_prefix' },
  { pattern: /#\[Route\(\s*(?:path:\s*)?["']([^"'\n]{0,300})["']/g, method: '*', path: 1, rule: 'symfony_route' },
];

const CSHARP: readonly RoutePattern[] = [
  {
    pattern: /\[Http(Get|Post|Put|Patch|Delete)(?:\(\s*"([^"\n]{0,300})"|\])/g,
    method: 1,
    path: 2,
    rule: 'aspnet_attribute',
  },
  { pattern: /\.Map(Get|Post|Put|Patch|Delete)\(\s*"([^"\n]{0,300})"/g, method: 1, path: 2, rule: 'aspnet_map' },
  { pattern: /\[Route\(\s*"([^"\n]{0,300})"/g, method: 'mount', path: 1, rule: 'aspnet_attribute' },
];

const RUST: readonly RoutePattern[] = [
  { pattern: /#\[(get|post|put|patch|delete|head)\(\s*"([^"\n]{0,300})"/g, method: 1, path: 2, rule: 'rust_attribute' },
  { pattern: /\bweb::(?:resource|scope)\(\s*"([^"\n]{0,300})"/g, method: '*', path: 1, rule: 'actix_resource' },
  { pattern: /\.nest\(\s*"([^"\n]{0,300})"/g, method: 'mount', path: 1, rule: 'axum_nest' },
];
const AXUM_ROUTE = /\.route\(/g;
/** The first string among a call's arguments, or of the one call that makes it: `route(scoped("/login"))`. */
const FIRST_STRING = /^\s*(?:(?:value|path|rule)\s*=\s*)?(?:\w{1,60}\()?\{?\s*[rf]?(["'])([^"'\n]{0,300})\1/;

export function extractPythonRoutes(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const flask = [...findCalls(code, FLASK_ROUTE)].flatMap(({ match, end }) => {
    const args = code.slice(match.index + match[0].length, end);
    const path = FIRST_STRING.exec(args)?.[2];
    if (path === undefined) return [];
    const methods = /\bmethods\s*=\s*[[({]([^\])}]{0,200})/.exec(args)?.[1];
    const verbs =
      methods === undefined ? ['GET'] : [...methods.matchAll(/["'](\w+)["']/g)].map((verb) => verb[1] ?? '*');
    return verbs.map((verb) => routeItem(verb, path, lineAt(match.index), 'decorated_route'));
  });
  const mounts = MOUNTS.test(code)
    ? [...code.matchAll(PYTHON_PREFIX)].map((match) =>
        routeItem('mount', match[1] ?? '', lineAt(match.index), 'router_prefix'),
      )
    : [];
  const isUrls = /\burlpatterns\b|\bdjango\.(?:urls|conf\.urls)\b/.test(code);
  const plain = applyPatterns(PYTHON, code, lineAt).filter((item) => item.rule !== 'django_url' || isUrls);
  return [...plain, ...flask, ...mounts];
}

/** `r.GET("/x", …)`: gin and echo alone write their verbs so. */
const GO_UNMISTAKABLE: readonly RoutePattern[] = [
  {
    pattern: /\.(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\(\s*"(\/[^"\n]{0,300}|)"\s*,/g,
    method: 1,
    path: 2,
    rule: 'router_call',
  },
];
/** Words of a program that serves; a client of an API has calls that look like routes. */
const GO_SERVER =
  /\bgin\.|\bchi\.|\becho\.|\bmux\.|\bfiber\.|\bhttp\.(?:Handle|ServeMux|NewServeMux|ResponseWriter|Handler)|Router\b|\bmacaron\.|\bweb\.Route|\.Group\(/;

/** A file that declares how routes are written belongs to a framework: its own calls serve nobody. */
const GO_ROUTER =
  /^func \(\w+ \*?\w+(?:\[\w+\])?\) (?:GET|POST|DELETE|Any|Get|Post|Delete|Handle|HandleFunc)\(\s*(?:path|pattern|relativePath|prefix|route)\b/m;

export function extractGoRoutes(code: string): Item[] {
  if (GO_ROUTER.test(code)) return [];
  const serves = GO_SERVER.test(code);
  return applyPatterns(serves ? GO : GO_UNMISTAKABLE, code, makeLineCounter(code));
}

export function extractElixirRoutes(code: string): Item[] {
  if (!/\bRouter\b/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const resources = [...code.matchAll(PHOENIX_RESOURCES)].flatMap((match) =>
    resourceItems(match[1] ?? '', match[2] ?? '', lineAt(match.index), 'phoenix_resources'),
  );
  return [...applyPatterns(ELIXIR, code, lineAt), ...resources];
}

export function extractPhpRoutes(code: string): Item[] {
  if (!/\bRoute::|#\[Route\(|\$(?:app|router|group|routes?|api)->/.test(code)) return [];
  return applyPatterns(PHP, code, makeLineCounter(code));
}

export function extractCsharpRoutes(code: string): Item[] {
  return applyPatterns(CSHARP, code, makeLineCounter(code));
}

export function extractRustRoutes(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const axum = [...findCalls(code, AXUM_ROUTE)].flatMap(({ match, end }) => {
    const args = code.slice(match.index + match[0].length, end);
    const path = FIRST_STRING.exec(args)?.[2];
    if (path === undefined) return [];
    const verbs = [...args.matchAll(/\b(get|post|put|patch|delete|head|options|any)\(/g)].map((verb) => verb[1] ?? '*');
    return (verbs.length === 0 ? ['*'] : verbs).map((verb) => routeItem(verb, path, lineAt(match.index), 'axum_route'));
  });
  return [...applyPatterns(RUST, code, lineAt), ...axum];
}
