import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

const CLASS = /^class[ \t]+(\w+)\(([^)\n]*)\)[ \t]*:/;
const VIEW = /(?:View|ViewSet|Resource|Handler|API|Endpoint)(?:\b|$)|Mixin\b/;
const METHOD =
  /^ {4}(?:async )?def (get|post|put|patch|delete|head|list|create|retrieve|update|partial_update|destroy)\(/;

const READ = ['retrieve', 'list'];
const WRITE = ['create', 'update', 'partial_update', 'destroy'];
/** What the classes of Django's REST framework serve for those that inherit them. */
const SERVED: Readonly<Record<string, readonly string[]>> = {
  ModelViewSet: [...READ, ...WRITE],
  ReadOnlyModelViewSet: READ,
  ListModelMixin: ['list'],
  CreateModelMixin: ['create'],
  RetrieveModelMixin: ['retrieve'],
  UpdateModelMixin: ['update', 'partial_update'],
  DestroyModelMixin: ['destroy'],
  ListAPIView: ['get'],
  CreateAPIView: ['post'],
  RetrieveAPIView: ['get'],
  DestroyAPIView: ['delete'],
  UpdateAPIView: ['put', 'patch'],
  ListCreateAPIView: ['get', 'post'],
  RetrieveUpdateAPIView: ['get', 'put', 'patch'],
  RetrieveDestroyAPIView: ['get', 'delete'],
  RetrieveUpdateDestroyAPIView: ['get', 'put', 'patch', 'delete'],
  GenericViewSet: [],
  ViewSet: [],
  GenericAPIView: [],
  APIView: [],
};

/** The bases that this table does not know: what they serve is not known, so only classes that keep them are compared. */
function strangersOf(bases: readonly string[]): string {
  return bases
    .filter((base) => SERVED[base] === undefined)
    .toSorted()
    .join(',');
}

/**
 * The methods that class-based views serve, by their class, which no caller sees: Django and its REST framework, Flask's
 * views and resources, Tornado. Which URL leads to them is written elsewhere.
 */
export function readViewMethods(code: string): Item[] {
  const items = new Map<string, Item>();
  // What a base serves already is served once, whoever does it.
  const add = (key: string, line: number) => {
    if (!items.has(key)) items.set(key, { key, line, rule: 'view_method' });
  };
  let owner = '';
  for (const [index, line] of code.split('\n').entries()) {
    if (/^\S/.test(line)) {
      const [, name = '', list = ''] = CLASS.exec(line) ?? [];
      const bases = list.split(',').map((base) => base.trim().replace(/^.*\./, ''));
      owner = VIEW.test(list) ? `${name}<${strangersOf(bases)}>` : '';
      if (owner === '') continue;
      for (const method of bases.flatMap((base) => SERVED[base] ?? [])) add(`${owner}.${method}`, index + 1);
      continue;
    }
    const method = owner === '' ? undefined : METHOD.exec(line)?.[1];
    if (method !== undefined) add(`${owner}.${method}`, index + 1);
  }
  return [...items.values()];
}

const ACTION = /@(?:\w+\.)?(action|detail_route|list_route)\(/g;
/** Characters behind a decorator in which the method it stands above begins. */
const REACH = 800;
const AFTER = /^\s*(?:@[^\n]*\n\s*)*(?:async\s+)?def\s+(\w+)/;

/** Further routes of a view set: `@action(detail=True, methods=["post"])` above a method that names the path. */
export function readViewActions(code: string): Item[] {
  if (!code.includes('rest_framework') && !/\bViewSet\b/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  return findCalls(code, ACTION).flatMap(({ match, end }) => {
    const args = code.slice(match.index + match[0].length, end);
    const path =
      /\burl_path\s*=\s*r?["']([^"'\n]*)["']/.exec(args)?.[1] ?? AFTER.exec(code.slice(end, end + REACH))?.[1];
    if (path === undefined) return [];
    const verbs = /\bmethods\s*=\s*[[(]([^\])]*)/.exec(args)?.[1] ?? '"get"';
    const of = match[1] === 'detail_route' || /\bdetail\s*=\s*True/.test(args) ? 'detail/' : '';
    return [...verbs.matchAll(/["'](\w+)["']/g)].map((verb) =>
      routeItem(verb[1] ?? '*', `${of}${path}`, lineAt(match.index), 'view_action'),
    );
  });
}
