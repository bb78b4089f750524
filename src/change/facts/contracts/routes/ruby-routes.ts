import type { Item } from '../../compare-items.ts';
import { type ReadLine, readIndented } from './indented-routes.ts';
import { routeItem } from './route-key.ts';

const ACTIONS = ['index', 'show', 'create', 'update', 'destroy', 'new', 'edit'];
const ROUTES_FILE = /(?:^|\/)(?:routes\.rb|routes\/[\w./-]+\.rb|app\.rb|server\.rb|api\.rb)$/;

const NAME = `(?:["']([\\w\\-/:.*()]{1,300})["']|:(\\w+))`;
const VERB = new RegExp(`^(get|post|put|patch|delete|head|options|match)[ (]+${NAME}`);
const SCOPE = new RegExp(`^(?:namespace|scope)[ (]+(?:path: *)?${NAME}`);
const RESOURCES = /^(resources?)[ (]+(.+)$/;
const MOUNT = /^mount\b.{0,200}?(?:=>|\bat:)\s*["']([^"'\n]{1,200})["']/;

/** The symbols of an option: `only: [:index, :show]`, `except: %i[new edit]`, `only: :show`. */
function symbolsOf(options: string, key: string): string[] {
  const found = new RegExp(`\\b${key}:\\s*(?:\\[([^\\]]{0,300})\\]|%[iw]\\[([^\\]]{0,300})\\]|:(\\w+))`).exec(options);
  return [...(found?.slice(1).join(' ') ?? '').matchAll(/\w+/g)].map((word) => word[0]);
}

/** Routes of a resource: one for each action that its options leave. */
function resourceItems(name: string, options: string, line: number, rule: string): Item[] {
  const only = symbolsOf(options, 'only');
  const except = new Set(symbolsOf(options, 'except'));
  const actions = (only.length > 0 ? only : ACTIONS).filter((action) => !except.has(action));
  return actions.map((action) => routeItem(`resource:${action}`, name, line, rule));
}

/** Names before the options of `resources :a, :b, only: …`; a `path:` stands in for the name. */
function resourceNames(rest: string): { names: string[]; options: string } {
  const named = /^(?:(?::\w+|["'][\w/-]+["'])(?:\s*,\s*(?=[:"'])|(?=[\s,)]|$))\s*)+/.exec(rest)?.[0] ?? '';
  const options = rest.slice(named.length);
  const path = /\bpath:\s*(?::(\w+)|["']([^"'\n]*)["'])/.exec(options);
  const names = [...named.matchAll(/[\w/-]+/g)].map((name) => name[0]);
  return { names: path === null ? names : [path[1] ?? path[2] ?? ''], options };
}

/** What one line serves below a prefix, and the prefix that it gives to the lines of its block. */
function readLine(text: string, prefix: string, line: number): ReadLine {
  const scope = SCOPE.exec(text);
  if (scope !== null) {
    const inner = `${prefix}/${scope[1] ?? scope[2] ?? ''}`;
    return { items: [routeItem('mount', inner, line, 'rails_scope')], inner };
  }
  const resources = RESOURCES.exec(text);
  if (resources !== null) {
    const { names, options } = resourceNames(resources[2] ?? '');
    const items = names.flatMap((name) => resourceItems(`${prefix}/${name}`, options, line, 'rails_resources'));
    return { items, inner: `${prefix}/${names[0] ?? ''}` };
  }
  const verb = VERB.exec(text);
  if (verb !== null) {
    const via = verb[1] === 'match' ? symbolsOf(text, 'via') : [verb[1] ?? '*'];
    const methods = via.length === 0 || via.includes('all') ? ['*'] : via;
    const path = `${prefix}/${verb[2] ?? verb[3] ?? ''}`;
    return { items: methods.map((method) => routeItem(method, path, line, 'rails_route')), inner: prefix };
  }
  const mount = MOUNT.exec(text)?.[1];
  return {
    items: mount === undefined ? [] : [routeItem('mount', `${prefix}/${mount}`, line, 'rails_mount')],
    inner: prefix,
  };
}

/** Routes of Rails (and of Sinatra, which writes them alike), each below the blocks that it stands in. */
export function extractRubyRoutes(path: string, code: string): Item[] {
  if (!ROUTES_FILE.test(path) && !/<[ \t]*Sinatra::(?:Base|Application)\b/.test(code)) return [];
  return readIndented(code, readLine);
}
