import type { Item } from '../../compare-items.ts';
import { type ReadLine, readIndented } from './indented-routes.ts';
import { routeItem } from './route-key.ts';

const NAME = '"([^"\\n]{0,300})"';
const ROUTE = new RegExp(`^(get|post|put|patch|delete|head|options|live|match)[ (]+${NAME}\\s*(?:,|do\\b)`);
const SCOPE = new RegExp(`^scope[ (]+(?:path: *)?${NAME}`);
const FORWARD = new RegExp(`^forward[ (]+${NAME}`);
const RESOURCES = new RegExp(`^(resources|resource)[ (]+${NAME}(.*)$`);

/** What a Phoenix resource serves, so that one that is written out route by route is the same. */
const ACTIONS: Readonly<Record<string, readonly (readonly [method: string, path: string])[]>> = {
  index: [['get', '']],
  new: [['get', '/new']],
  create: [['post', '']],
  show: [['get', '/:p']],
  edit: [['get', '/:p/edit']],
  update: [
    ['put', '/:p'],
    ['patch', '/:p'],
  ],
  delete: [['delete', '/:p']],
};

function atomsOf(options: string, key: string): string[] {
  const listed = new RegExp(`\\b${key}:\\s*(?:\\[([^\\]]{0,300})\\]|~w\\(([^)]{0,300})\\)a)`).exec(options);
  return [...(listed?.[1] ?? listed?.[2] ?? '').matchAll(/\w+/g)].map((word) => word[0]);
}

function resourceRoutes(kind: string, path: string, options: string, line: number): Item[] {
  const only = atomsOf(options, 'only');
  const except = new Set(atomsOf(options, 'except'));
  const single = kind === 'resource' || /\bsingleton:\s*true\b/.test(options);
  const all = Object.keys(ACTIONS).filter((action) => !single || action !== 'index');
  return (only.length > 0 ? only : all)
    .filter((action) => !except.has(action))
    .flatMap((action) =>
      (ACTIONS[action] ?? []).map(([method, below]) =>
        routeItem(method, `${path}${single ? below.replace('/:p', '') : below}`, line, 'phoenix_resources'),
      ),
    );
}

/** What one line serves below a prefix, and the prefix that it gives to the lines of its block. */
function readLine(text: string, prefix: string, line: number): ReadLine {
  const scope = SCOPE.exec(text);
  if (scope !== null) return { items: [], inner: `${prefix}/${scope[1] ?? ''}` };
  const route = ROUTE.exec(text);
  if (route !== null) {
    const method = route[1] === 'match' ? '*' : (route[1] ?? '');
    return { items: [routeItem(method, `${prefix}/${route[2] ?? ''}`, line, 'phoenix_route')], inner: prefix };
  }
  const forward = FORWARD.exec(text);
  if (forward !== null)
    return { items: [routeItem('mount', `${prefix}/${forward[1] ?? ''}`, line, 'phoenix_scope')], inner: prefix };
  const resources = RESOURCES.exec(text);
  if (resources === null) return { items: [], inner: prefix };
  const path = `${prefix}/${resources[2] ?? ''}`;
  return { items: resourceRoutes(resources[1] ?? '', path, resources[3] ?? '', line), inner: `${path}/:p` };
}

/** Routes of Phoenix and Plug, each below the scopes and resources that it stands in. */
export function extractElixirRoutes(code: string): Item[] {
  return /\bRouter\b/.test(code) ? readIndented(code, readLine) : [];
}
