import type { Item } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

const NAME = '"([^"\\n]{0,300})"';
const ROUTE = new RegExp(`^(get|post|put|patch|delete|head|options|live|match)[ (]+${NAME}\\s*(?:,|do\\b)`);
const SCOPE = new RegExp(`^scope[ (]+(?:path: *)?${NAME}`);
const FORWARD = new RegExp(`^forward[ (]+${NAME}`);
const RESOURCES = new RegExp(`^(resources|resource)[ (]+${NAME}(.*)$`);
const OPENS_BLOCK = /\bdo\s*$/;
const MAX_JOINED = 6;

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

/** A line with the lines that its options go on in. */
function joinContinued(lines: readonly string[], index: number): string {
  let joined = (lines[index] ?? '').trim();
  for (let next = index + 1; joined.endsWith(',') && next <= index + MAX_JOINED; next += 1)
    joined += ` ${(lines[next] ?? '').trim()}`;
  return joined;
}

/** Routes of Phoenix and Plug, each below the scopes and resources that it stands in. */
export function extractElixirRoutes(code: string): Item[] {
  if (!/\bRouter\b/.test(code)) return [];
  const items: Item[] = [];
  const blocks: { indent: number; prefix: string }[] = [];
  const lines = code.split('\n');
  for (const [index, raw] of lines.entries()) {
    if (raw.trim() === '') continue;
    const indent = raw.search(/\S/);
    while ((blocks.at(-1)?.indent ?? -1) >= indent) blocks.pop();
    const prefix = blocks.at(-1)?.prefix ?? '';
    const text = joinContinued(lines, index);
    const [scope, route, forward, resources] = [
      SCOPE.exec(text),
      ROUTE.exec(text),
      FORWARD.exec(text),
      RESOURCES.exec(text),
    ];
    let inner = prefix;
    if (scope !== null) inner = `${prefix}/${scope[1] ?? ''}`;
    else if (route !== null)
      items.push(
        routeItem(
          route[1] === 'match' ? '*' : (route[1] ?? ''),
          `${prefix}/${route[2] ?? ''}`,
          index + 1,
          'phoenix_route',
        ),
      );
    else if (forward !== null)
      items.push(routeItem('mount', `${prefix}/${forward[1] ?? ''}`, index + 1, 'phoenix_scope'));
    else if (resources !== null) {
      const path = `${prefix}/${resources[2] ?? ''}`;
      items.push(...resourceRoutes(resources[1] ?? '', path, resources[3] ?? '', index + 1));
      inner = `${path}/:p`;
    }
    if (OPENS_BLOCK.test(text)) blocks.push({ indent, prefix: inner });
  }
  return items;
}
