import { findCalls, type Item, makeLineCounter } from './compare-items.ts';
import { routeItem } from './route-key.ts';
import { applyPatterns, type RoutePattern, withPrefix } from './route-patterns.ts';

const VERBS = 'get|post|put|patch|delete|head|options';

const PYTHON: readonly RoutePattern[] = [
  {
    pattern: new RegExp(
      `@\\w+(?:\\.\\w+)*\\.(${VERBS}|websocket)\\(\\s*(?:path\\s*=\\s*)?[rf]?["']([^"'\\n]{0,300})["']`,
      'g',
    ),
    method: 1,
    path: 2,
    rule: 'decorated_route',
  },
  {
    pattern: /^[ \t]*(?:path|re_path|url)\(\s*[rf]?["']([^"'\n]{0,300})["']\s*,/gm,
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
  { pattern: /\badd_url_rule\(\s*["']([^"'\n]{0,300})["']/g, method: '*', path: 1, rule: 'router_call' },
];
const FLASK_ROUTE = /@\w+(?:\.\w+)*\.(?:route|api_route)\(/g;

const JAVA: readonly RoutePattern[] = [
  {
    pattern: /@(Get|Post|Put|Patch|Delete)Mapping(?:\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*"([^"\n]{0,300})"|\b(?!\())/g,
    method: 1,
    path: 2,
    rule: 'spring_mapping',
  },
  { pattern: /@Path\(\s*"([^"\n]{0,300})"/g, method: '*', path: 1, rule: 'jaxrs_path' },
];
const REQUEST_MAPPING = /@RequestMapping\(/g;

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
  { pattern: /\.(?:Group|Route|Mount)\(\s*"(\/[^"\n]{0,300})"/g, method: 'mount', path: 1, rule: 'router_mount' },
];

const RUBY: readonly RoutePattern[] = [
  {
    pattern: new RegExp(`^[ \\t]*(${VERBS})[ (]+["':]([\\w\\-/:.*()]{1,300})`, 'gm'),
    method: 1,
    path: 2,
    rule: 'rails_route',
  },
  {
    pattern: /^[ \t]*(?:namespace|scope)[ (]+["':]([\w\-/:.]{1,200})/gm,
    method: 'mount',
    path: 1,
    rule: 'rails_scope',
  },
];
const RAILS_RESOURCES = /^[ \t]*resources?[ (]+:(\w+)([^\n]{0,400})/gm;

const ELIXIR: readonly RoutePattern[] = [
  {
    pattern: new RegExp(`^[ \\t]*(${VERBS}|live)[ (]+"([^"\\n]{0,300})"\\s*,`, 'gm'),
    method: 1,
    path: 2,
    rule: 'phoenix_route',
  },
  { pattern: /^[ \t]*scope[ (]+"([^"\n]{0,300})"/gm, method: 'mount', path: 1, rule: 'phoenix_scope' },
];
const PHOENIX_RESOURCES = /^[ \t]*resources[ (]+"([^"\n]{0,300})"([^\n]{0,300})/gm;

const PHP: readonly RoutePattern[] = [
  {
    pattern: new RegExp(`\\bRoute::(${VERBS}|any)\\(\\s*["']([^"'\\n]{0,300})["']`, 'g'),
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
/** The first string among a call's arguments. */
const FIRST_STRING = /^\s*(?:(?:value|path|rule)\s*=\s*)?\{?\s*[rf]?(["'])([^"'\n]{0,300})\1/;

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
  return [...applyPatterns(PYTHON, code, lineAt), ...flask];
}

export function extractJavaRoutes(code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const prefixes: { line: number; path: string }[] = [];
  const items = applyPatterns(JAVA, code, lineAt);
  for (const { match, end } of findCalls(code, REQUEST_MAPPING)) {
    const args = code.slice(match.index + match[0].length, end);
    const path = FIRST_STRING.exec(args)?.[2] ?? '';
    const verb = /RequestMethod\.(\w+)/.exec(args)?.[1];
    const beforeClass =
      /^\s*(?:@\w+(?:\([^)]{0,300}\))?\s*)*(?:(?:public|abstract|final|open|internal)\s+)*(?:class|interface)\b/.test(
        code.slice(end, end + 600),
      );
    if (beforeClass) prefixes.push({ line: lineAt(match.index), path });
    else items.push(routeItem(verb ?? '*', path, lineAt(match.index), 'spring_mapping'));
  }
  return withPrefix(items, prefixes);
}

export function extractGoRoutes(code: string): Item[] {
  return applyPatterns(GO, code, makeLineCounter(code));
}

const RESOURCE_ACTIONS = ['index', 'show', 'create', 'update', 'destroy', 'new', 'edit'];

function resourceItems(name: string, options: string, line: number, rule: string): Item[] {
  const list = (key: string) =>
    [
      ...(
        new RegExp(`\\b${key}:\\s*(?:\\[([^\\]]{0,200})\\]|%i\\[([^\\]]{0,200})\\]|:(\\w+))`)
          .exec(options)
          ?.slice(1)
          .join(' ') ?? ''
      ).matchAll(/\w+/g),
    ].map((word) => word[0]);
  const only = list('only');
  const except = new Set(list('except'));
  const actions = (only.length > 0 ? only : RESOURCE_ACTIONS).filter((action) => !except.has(action));
  return actions.map((action) => routeItem(`resource:${action}`, name, line, rule));
}

export function extractRubyRoutes(path: string, code: string): Item[] {
  if (!/(?:^|\/)(?:routes\.rb|routes\/[\w.-]+\.rb|app\.rb|server\.rb|api\.rb)$/.test(path)) return [];
  const lineAt = makeLineCounter(code);
  const resources = [...code.matchAll(RAILS_RESOURCES)].flatMap((match) =>
    resourceItems(match[1] ?? '', match[2] ?? '', lineAt(match.index), 'rails_resources'),
  );
  return [...applyPatterns(RUBY, code, lineAt), ...resources];
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
