import { endOfBracket, findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';
import { readCodeSchema } from './graphql-code.ts';
import type { GraphqlSchema } from './graphql-schema.ts';

const TYPE = /^[ \t]*(?:extend[ \t]+)?(type|interface|input|enum|union)[ \t]+(\w+)([^{\n]*(?:\n[ \t]*\|[^\n]*)*)\{?/gm;
const FIELD = /(?:^|[,\n])[ \t]*(\w+)[ \t]*(\()?/g;
const VALUE_TYPE = /^[ \t]*:[ \t]*([[\]!\w]+)[ \t]*(=)?/;
const ARGUMENT = /(\w+)[ \t\n]*:[ \t\n]*([[\]!\w]+)[ \t\n]*(=)?/g;
/** SDL inside a program: a tagged template or a marked string that defines types. */
const TEMPLATE =
  /(?:\bgql|\bgraphql|#graphql|\/\*\s*GraphQL\s*\*\/\s*)\s*`([^`]*)`|`\s*#graphql([^`]*)`|\btypeDefs\s*=\s*`([^`]*)`/g;

function fieldsOf(kind: string, owner: string, body: string, lineAt: (at: number) => number): GraphqlSchema {
  const offers: Item[] = [];
  const demands: Item[] = [];
  let from = 0;
  FIELD.lastIndex = 0;
  for (let match = FIELD.exec(body); match !== null; match = FIELD.exec(body)) {
    const name = match[1] ?? '';
    const line = lineAt(match.index + match[0].search(/\w/));
    const key = `${owner}.${name}`;
    from = match.index + match[0].length;
    if (match[2] !== undefined) {
      const end = endOfBracket(body, from - 1);
      for (const [, argument = '', type = '', fallback] of body.slice(from, end).matchAll(ARGUMENT)) {
        offers.push({ key: `${key}(${argument}:${type.replaceAll('!', '')})`, line, rule: 'graphql_argument' });
        if (type.endsWith('!') && fallback === undefined)
          demands.push({ key: `${key} <- ${argument}`, line, rule: 'graphql_argument' });
      }
      from = end;
    }
    const [whole = '', type = '', fallback] = VALUE_TYPE.exec(body.slice(from, from + 300)) ?? [];
    from += whole.length;
    FIELD.lastIndex = from;
    if (kind === 'enum') {
      offers.push({ key, line, rule: 'graphql_value' });
      continue;
    }
    if (type === '') continue;
    offers.push(
      { key, line, rule: 'graphql_field' },
      { key: `${key}:${type.replaceAll('!', '')}`, line, rule: 'graphql_field' },
    );
    const must = type.endsWith('!');
    if (kind === 'input' && must && fallback === undefined)
      demands.push({ key: `input ${owner} <- ${name}`, line, rule: 'graphql_field' });
    if (kind !== 'input' && must) offers.push({ key: `${key}!`, line, rule: 'graphql_field' });
  }
  return { offers, demands };
}

function readSdl(code: string, lineOf: (at: number) => number): GraphqlSchema {
  const offers: Item[] = [];
  const demands: Item[] = [];
  const text = code
    .replace(/"""[\s\S]*?"""/g, (description) => description.replace(/[^\n]/g, ' '))
    .replace(/^[ \t]*"[^"\n]*"[ \t]*$/gm, (description) => ' '.repeat(description.length))
    .replace(/@\w+(?:\([^()\n]*\))?/g, (directive) => ' '.repeat(directive.length));
  for (const { match, end } of findCalls(text, TYPE, text.length)) {
    const [whole = '', kind = '', name = '', rest = ''] = match;
    const line = lineOf(match.index + whole.search(/\S/));
    offers.push({ key: kind === 'input' ? `input ${name}` : name, line, rule: 'graphql_type' });
    if (kind === 'union') {
      for (const member of rest.matchAll(/[=|]\s*(\w+)/g))
        offers.push({ key: `${name}=${member[1] ?? ''}`, line, rule: 'graphql_union' });
    }
    if (!whole.endsWith('{')) continue;
    const start = match.index + whole.length;
    const found = fieldsOf(kind, name, text.slice(start, end - 1), (at) => lineOf(start + at));
    for (const item of found.offers) offers.push(item);
    for (const item of found.demands) demands.push(item);
  }
  return { offers, demands };
}

function readGraphql(path: string, code: string): GraphqlSchema {
  const extension = extensionOf(path);
  if (/^(?:rb|py|ex)$/.test(extension)) return readCodeSchema(path, code);
  const lineAt = makeLineCounter(code);
  if (/^(?:graphqls?|gql)$/.test(extension)) return readSdl(code, lineAt);
  const schemas = [...code.matchAll(TEMPLATE)].map((match) => {
    const sdl = match[1] ?? match[2] ?? match[3] ?? '';
    const start = match.index + match[0].length - 1 - sdl.length;
    return readSdl(sdl, (at) => lineAt(start + at));
  });
  schemas.push(readCodeSchema(path, code));
  return { offers: schemas.flatMap(({ offers }) => offers), demands: schemas.flatMap(({ demands }) => demands) };
}

/** Types, fields, arguments and values that callers may use. Operations (what a client asks) define nothing. */
export function extractGraphqlOffers(path: string, code: string): readonly Item[] {
  return readGraphql(path, code).offers;
}

/** Arguments and input fields that callers must send. */
export function extractGraphqlDemands(path: string, code: string): readonly Item[] {
  return readGraphql(path, code).demands;
}
