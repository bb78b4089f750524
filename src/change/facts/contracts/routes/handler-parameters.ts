import { endOfBracket, findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';
import { readGrape } from './grape-routes.ts';

/**
 * What callers of an HTTP route must send besides its path, as handlers declare it. A demand's key is the route, ` <- `
 * and the parameter; an offer's is the route, so that a new route demands nothing of anybody.
 */
export interface HandlerParameters {
  readonly routes: readonly Item[];
  readonly demands: readonly Item[];
}

export function readHandlerParameters(path: string, code: string): HandlerParameters {
  switch (extensionOf(path)) {
    case 'py':
      return readFastApi(code);
    case 'java':
    case 'kt':
      return readSpring(code);
    case 'rb':
      return readGrape(code);
    default:
      return { routes: [], demands: [] };
  }
}

const FASTAPI_ROUTE = /@\w+(?:\.\w+)*\.(get|post|put|patch|delete)\(\s*(?:path\s*=\s*)?["']([^"'\n]{0,300})["']/g;
const FASTAPI_HANDLER = /^\s*(?:@[^\n]*\n\s*)*(?:async\s+)?def\s+\w+\s*\(/;
/** What the framework hands in, also by a name of the project's own (`SessionDep`, `CurrentUser`); callers send none of it. */
const GIVEN =
  /\b(?:Request|Response|BackgroundTasks|WebSocket|Depends|Security|SecurityScopes|Session|HTTPConnection)\b|\b(?:\w+(?:Dep|Dependency|Session)|Current[A-Z]\w*)\s*$/;
const HANDLER_REACH = 1_500;

function readFastApi(code: string): HandlerParameters {
  const lineAt = makeLineCounter(code);
  const routes: Item[] = [];
  const demands: Item[] = [];
  for (const match of code.matchAll(FASTAPI_ROUTE)) {
    const decorated = endOfBracket(code, code.indexOf('(', match.index));
    const handler = FASTAPI_HANDLER.exec(code.slice(decorated, decorated + HANDLER_REACH));
    if (handler === null) continue;
    const route = `${(match[1] ?? '').toUpperCase()} ${match[2] ?? ''}`;
    const open = decorated + handler[0].length - 1;
    routes.push({ key: route, line: lineAt(match.index), rule: 'decorated_route' });
    for (const parameter of splitList(code.slice(open + 1, endOfBracket(code, open) - 1))) {
      const [, name = '', type = ''] = /^\s*(\w+)\s*:\s*([^=]+)$/.exec(parameter) ?? [];
      if (name === '' || GIVEN.test(type) || /\bNone\b|\bOptional\b/.test(type)) continue;
      if (new RegExp(`\\{${name}(?::\\w+)?\\}`).test(match[2] ?? '')) continue;
      demands.push({ key: `${route} <- ${name}`, line: lineAt(open), rule: 'handler_parameter_required' });
    }
  }
  return { routes, demands };
}

const SPRING_ROUTE = /@(Get|Post|Put|Patch|Delete)Mapping\b(\([^)\n]{0,300}\))?/g;
const SPRING_METHOD = /^\s*(?:@\w+(?:\([^)\n]{0,300}\))?\s*)*(?:[\w<>,.?[\]]+\s+){1,6}\w+\s*\(/;
const SPRING_SENT = /@(RequestParam|RequestHeader|RequestBody|RequestPart)\b/;

function readSpring(code: string): HandlerParameters {
  const lineAt = makeLineCounter(code);
  const routes: Item[] = [];
  const demands: Item[] = [];
  for (const { match, end } of findCalls(code, SPRING_ROUTE)) {
    const method = SPRING_METHOD.exec(code.slice(end, end + HANDLER_REACH));
    if (method === null) continue;
    const route = `${match[1] ?? ''} ${(match[2] ?? '').replace(/\s/g, '')}`;
    const open = end + method[0].length - 1;
    routes.push({ key: route, line: lineAt(match.index), rule: 'spring_mapping' });
    for (const parameter of splitList(code.slice(open + 1, endOfBracket(code, open) - 1))) {
      const sent = SPRING_SENT.exec(parameter)?.[1];
      if (sent === undefined || /required\s*=\s*false|defaultValue|\bOptional\s*</.test(parameter)) continue;
      // The wire knows a body by no name, and the others by the one that is given or by that of the variable.
      const named = /\(\s*(?:(?:value|name)\s*=\s*)?"([^"\n]+)"/.exec(parameter)?.[1];
      const name = sent === 'RequestBody' ? 'body' : (named ?? /(\w+)\s*$/.exec(parameter)?.[1] ?? '');
      demands.push({ key: `${route} <- ${sent} ${name}`, line: lineAt(open), rule: 'handler_parameter_required' });
    }
  }
  return { routes, demands };
}

/** Splits a list of parameters at its own commas. */
function splitList(list: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < list.length; at += 1) {
    const char = list.charAt(at);
    if ('([{'.includes(char)) at = endOfBracket(list, at) - 1;
    else if (char === '<') at += /^<[^<>()]*(?:<[^<>()]*>[^<>()]*)*>/.exec(list.slice(at, at + 300))?.[0].length ?? 0;
    else if (char === ',') {
      parts.push(list.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(list.slice(from));
  return parts;
}
