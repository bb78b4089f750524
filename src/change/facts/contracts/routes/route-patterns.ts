import type { Item } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

/** How a framework writes a route. */
export interface RoutePattern {
  readonly pattern: RegExp;
  /** Which groups hold the method and the path; a constant method is written as text. */
  readonly method: number | string;
  readonly path: number;
  readonly rule: string;
}

export function applyPatterns(
  patterns: readonly RoutePattern[],
  code: string,
  lineAt: (offset: number) => number,
): Item[] {
  return patterns.flatMap(({ pattern, method, path, rule }) =>
    [...code.matchAll(pattern)].map((match) => {
      const verb = typeof method === 'string' ? method : (match[method] ?? '');
      return routeItem(
        /^(?:any|route|match)$/i.test(verb) ? '*' : verb,
        match[path] ?? '',
        lineAt(match.index + match[0].search(/\S/)),
        rule,
      );
    }),
  );
}

/** Class-based frameworks write one prefix a class; it is put before the routes that follow it. */
export function withPrefix(items: readonly Item[], prefixes: readonly { line: number; path: string }[]): Item[] {
  let at = -1;
  return items
    .toSorted((a, b) => a.line - b.line)
    .map((item) => {
      while ((prefixes[at + 1]?.line ?? Number.POSITIVE_INFINITY) <= item.line) at += 1;
      const prefix = prefixes[at]?.path ?? '';
      const space = item.key.indexOf(' ');
      return prefix === ''
        ? item
        : routeItem(item.key.slice(0, space), `${prefix}/${item.key.slice(space + 1)}`, item.line, item.rule);
    });
}
