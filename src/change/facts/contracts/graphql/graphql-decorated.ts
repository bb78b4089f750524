import { endOfBracket, findCalls, makeBlockAt, makeBlockEnds, makeLineCounter } from '../../compare-items.ts';
import { splitAtCommas } from '../library/signature.ts';
import { type GraphqlSchema, makeGraphqlSchema } from './graphql-schema.ts';

const TS_CLASS = /@(ObjectType|InputType|ArgsType|InterfaceType|Resolver)\(/g;
const TS_FIELD = /@Field\(/g;
const TS_OPERATION = /@(Query|Mutation|Subscription|ResolveField|FieldResolver)\(/g;
const ENUM = /\benum\s+(\w+)\s*\{/g;
const TS_ENUM = /\bregisterEnumType\(\s*(\w+)/g;
/** The name that a decorated class, property or method goes by in the code. */
function nameAfter(code: string, end: number): { name: string; optional: boolean; list: string } | null {
  const rest = code.slice(end, end + 1_200).replace(/^(?:\s*@\w+(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?)*/, '');
  const found =
    /^\s*(?:export\s+)?(?:default\s+)?(?:(?:public|private|protected|readonly|async|abstract|declare|static)\s+)*(?:class\s+)?(\w+)\s*([?!]?)\s*(\(?)/.exec(
      rest,
    );
  if (found === null) return null;
  const open = found[0].length - 1;
  return {
    name: found[1] ?? '',
    optional: found[2] === '?',
    list: found[3] === '(' ? rest.slice(open + 1, endOfBracket(rest, open) - 1) : '',
  };
}

/** Classes and resolvers that decorators of Nest or TypeGraphQL make a schema of. */
export function readDecoratedSchema(code: string): GraphqlSchema {
  const schema = makeGraphqlSchema();
  const lineAt = makeLineCounter(code);
  const endOf = makeBlockEnds(code);
  const owners: { at: number; end: number; name: string; kind: string }[] = [];
  for (const { match, end } of findCalls(code, TS_CLASS)) {
    const named = nameAfter(code, end);
    const open = code.indexOf('{', code.indexOf(`class ${named?.name ?? ''}`, end));
    if (named === null || open < 0) continue;
    owners.push({
      at: match.index,
      end: endOf(open),
      name: named.name,
      kind: match[1] ?? '',
    });
    if (match[1] !== 'Resolver') schema.type(named.name, lineAt(match.index));
  }
  const ownerOfField = makeBlockAt(owners);
  for (const { match, end } of findCalls(code, TS_FIELD)) {
    const owner = ownerOfField(match.index);
    const named = nameAfter(code, end);
    if (owner === undefined || named === null) continue;
    const options = code.slice(match.index, end);
    const name = /\bname:\s*["'](\w+)["']/.exec(options)?.[1] ?? named.name;
    schema.field(owner.name, name, lineAt(end));
    const required = !/\bnullable:\s*(?!false)|\bdefaultValue:/.test(options) && !named.optional;
    if (/^(?:InputType|ArgsType)$/.test(owner.kind) && required) schema.demand(owner.name, name, lineAt(end));
  }
  const ownerOfOperation = makeBlockAt(owners);
  for (const { match, end } of findCalls(code, TS_OPERATION)) {
    const owner = ownerOfOperation(match.index);
    const named = nameAfter(code, end);
    if (owner?.kind !== 'Resolver' || named === null) continue;
    const options = code.slice(match.index, end);
    const name =
      /\bname:\s*["'](\w+)["']/.exec(options)?.[1] ?? /^@\w+\(\s*["'](\w+)["']/.exec(options)?.[1] ?? named.name;
    const key = /^(?:ResolveField|FieldResolver)$/.test(match[1] ?? '') ? owner.name : (match[1] ?? '');
    schema.field(key, name, lineAt(match.index));
    for (const part of splitAtCommas(named.list)) {
      const argument = /@Args?\(\s*["'](\w+)["']/.exec(part)?.[1];
      if (argument !== undefined)
        schema.argument(
          `${key}.${name}`,
          argument,
          lineAt(match.index),
          !/\bnullable:\s*true|\bdefaultValue:|\w\?\s*:/.test(part),
        );
    }
  }
  const enums = new Map([...code.matchAll(ENUM)].map((match) => [match[1] ?? '', match.index]));
  for (const [, name = ''] of code.matchAll(TS_ENUM)) {
    const at = enums.get(name);
    if (at === undefined) continue;
    const open = code.indexOf('{', at);
    for (const value of code.slice(open, endOfBracket(code, open)).matchAll(/^[ \t]+(\w+)/gm))
      schema.value(name, value[1] ?? '', lineAt(open + value.index));
  }
  return schema;
}
