import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';
import { withPrefix } from './route-patterns.ts';

/** As an attribute `#[Route(…)]` or in a doc comment `@Route(…)`; of FOSRest `Rest\Get`. */
const MARK = /(?:#\[|@)(?:Rest\\|Routing\\|FOS\\|Annotation\\)?(Route|Get|Post|Put|Patch|Delete)\(/g;
const REACH = 2_500;

function stringsIn(text: string): string[] {
  return [...text.matchAll(/["']([^"'\n]{0,300})["']/g)].map((match) => match[1] ?? '');
}

/** The paths of a mark: its first argument or `path`, one for each language where it has several. */
function pathsOf(args: string): string[] {
  const listed = /^\s*(?:path\s*[:=]\s*)?[[{]([^\]}]{0,1000})[\]}]/.exec(args)?.[1];
  if (listed !== undefined)
    return [...listed.matchAll(/(?:=>|[:=])\s*["']([^"'\n]{0,300})["']/g)].map((match) => match[1] ?? '');
  const named = /(?:^|,)\s*path\s*[:=]\s*["']([^"'\n]{0,300})["']/.exec(args)?.[1];
  return [named ?? /^\s*["']([^"'\n]{0,300})["']/.exec(args)?.[1] ?? ''];
}

function verbsOf(kind: string, args: string): string[] {
  if (kind !== 'Route') return [kind];
  const methods = /\bmethods\s*[:=]\s*(?:[[{]([^\]}]{0,200})[\]}]|(["']\w+["']))/.exec(args);
  const verbs = stringsIn(methods?.[1] ?? methods?.[2] ?? '').flatMap((verb) => verb.split('|'));
  // `Request::METHOD_GET`
  const constants = [...(methods?.[1] ?? '').matchAll(/METHOD_([A-Z]+)/g)].map((verb) => verb[1] ?? '');
  return verbs.length + constants.length === 0 ? ['*'] : [...verbs, ...constants];
}

/** Whether what follows a mark is the class it is put on: no method begins before it. */
function isOnClass(after: string): boolean {
  const head = after.split(/[{;]/, 1)[0] ?? '';
  return /(?:^|\s)class\s+\w/.test(head) && !/\bfunction\b/.test(head);
}

/** Routes of Symfony as marks on methods say them, below the path of the mark on their class. */
export function symfonyRoutes(code: string): Item[] {
  if (!/(?:#\[|@)(?:\w+\\)?(?:Route|Get|Post|Put|Patch|Delete)\(/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const prefixes: { line: number; path: string }[] = [];
  const items: Item[] = [];
  for (const { match, end } of findCalls(code, MARK)) {
    const args = code.slice(match.index + match[0].length, end - 1);
    const line = lineAt(match.index + match[0].search(/\S/));
    if (isOnClass(code.slice(end, end + REACH))) {
      if (match[1] !== 'Route') continue;
      // A class that is itself what is called serves its own route.
      prefixes.push({ line, path: pathsOf(args)[0] ?? '' });
      if (/function\s+__invoke\b/.test(code))
        for (const verb of verbsOf('Route', args)) items.push(routeItem(verb, '', line, 'symfony_route'));
      continue;
    }
    for (const path of pathsOf(args))
      for (const verb of verbsOf(match[1] ?? '', args)) items.push(routeItem(verb, path, line, 'symfony_route'));
  }
  return withPrefix(items, prefixes);
}
