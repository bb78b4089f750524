import type { Item } from '../../compare-items.ts';

/**
 * A route as a key: method and path with parameter names taken out, since a caller never sees those. `*` is any method.
 */
export function routeItem(method: string, path: string, line: number, rule: string): Item {
  const verb = method === '' || method.toLowerCase() === 'all' ? '*' : method.toUpperCase();
  return { key: `${verb} ${normaliseRoute(path)}`, line, rule };
}

function normaliseRoute(path: string): string {
  const plain = path
    .replace(/<[^>]{0,100}>|\{[^}]{0,100}\}|\[\[?\.{0,3}[^\]]{0,100}\]\]?|:[A-Za-z_]\w*(?:\([^)]{0,100}\))?/g, ':p')
    .replace(/\/{2,}/g, '/')
    .replace(/(.)\/$/, '$1');
  return plain.startsWith('/') ? plain : `/${plain}`;
}

export function splitRouteKey(key: string): { method: string; path: string } {
  const space = key.indexOf(' ');
  return { method: key.slice(0, space), path: key.slice(space + 1) };
}
