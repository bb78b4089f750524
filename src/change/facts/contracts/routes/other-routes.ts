import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';
import { applyPatterns, type RoutePattern } from './route-patterns.ts';

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
