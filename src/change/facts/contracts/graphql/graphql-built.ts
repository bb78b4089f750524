import { findCalls, makeLineCounter } from '../../compare-items.ts';
import { type GraphqlSchema, makeGraphqlSchema } from './graphql-schema.ts';

const BUILT =
  /\bt\.(?:nonNull\.|nullable\.|list\.|expose)?(?:string|int|float|boolean|id|field|[A-Z]\w*|String|Int|Float|Boolean|ID)(?:List)?\(\s*["'](\w+)["']/g;
const BUILDER =
  /\b(?:builder\.\w*(?:[tT]ype|[oO]bject|Field|Fields|Ref)\w*|objectType|inputObjectType|extendType|queryField|mutationField)\(/g;
const POTHOS_KEY = /^[ \t]+(\w+)[ \t]*:[ \t]*t\.\w+/gm;

/** Types that a builder of Pothos or Nexus is called for; what it is given first names the type. */
export function readBuiltSchema(code: string): GraphqlSchema {
  const schema = makeGraphqlSchema();
  const lineAt = makeLineCounter(code);
  for (const { match, end } of findCalls(code, BUILDER)) {
    const args = code.slice(match.index + match[0].length, end);
    const owner =
      /\b(?:name|type):\s*["'](\w+)["']/.exec(args.slice(0, 200))?.[1] ??
      /^\s*["']?(\w+)["']?/.exec(args)?.[1] ??
      match[0].replace(/\W/g, '');
    const start = match.index + match[0].length;
    for (const pattern of [BUILT, POTHOS_KEY])
      for (const field of args.matchAll(pattern))
        schema.field(owner, field[1] ?? '', lineAt(start + field.index + field[0].search(/\S/)));
    const single = /^builder\.(query|mutation|subscription)Field$/.exec(match[0].slice(0, -1))?.[1];
    if (single !== undefined) schema.field(single, owner, lineAt(match.index));
  }
  return schema;
}
