import { type GraphqlSchema, makeGraphqlSchema } from './graphql-schema.ts';

const PY_CLASS = /^class[ \t]+(\w+)(?:\(([^)\n]*)\))?[ \t]*:/;
const GRAPHENE =
  /\b(?:graphene\.)?(?:ObjectType|InputObjectType|Interface|Mutation|ClientIDMutation|DjangoObjectType|SQLAlchemyObjectType|Enum|Base\w*Mutation|Model\w*Mutation)\b/;
const GRAPHENE_FIELD =
  /^([ \t]+)(\w+)[ \t]*=[ \t]*(?:graphene\.)?(?:relay\.)?(NonNull|List|Field|String|ID|Int|Float|Boolean|DateTime|Date|Decimal|UUID|JSONString|\w*(?:ConnectionField|Connection|Field|ListField|Argument|Enum|Scalar|List|String))\((.*)$/;
const STRAWBERRY = /^@strawberry(?:_django|\.django)?\.(?:federation\.)?(type|input|interface|enum|mutation)\b/;
const ANNOTATED = /^ {4}(\w+)[ \t]*:[ \t]*([^=\n]+?)[ \t]*(=.*)?$/;

/** Types of graphene and strawberry. */
export function readPythonSchema(code: string): GraphqlSchema {
  const schema = makeGraphqlSchema();
  let owner = '';
  let kind: 'graphene' | 'strawberry' | 'enum' | null = null;
  let input = false;
  let inner = '';
  const lines = code.split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^\S/.test(line)) {
      const [, name, bases = ''] = PY_CLASS.exec(line) ?? [];
      if (name === undefined) {
        if (!line.startsWith('@') && !line.startsWith(')')) kind = null;
        continue;
      }
      owner = name;
      inner = '';
      const above = lines.slice(Math.max(0, index - 3), index).findLast((text) => STRAWBERRY.test(text));
      const marked = above === undefined ? undefined : STRAWBERRY.exec(above)?.[1];
      kind =
        marked === undefined
          ? GRAPHENE.test(bases) && /\bgraphene\b/.test(code)
            ? 'graphene'
            : null
          : marked === 'enum'
            ? 'enum'
            : 'strawberry';
      if (kind === 'graphene' && /\bEnum\b/.test(bases)) kind = 'enum';
      input = marked === 'input' || /Input/.test(bases);
      if (kind !== null) schema.type(owner, index + 1);
      continue;
    }
    if (kind === null) continue;
    const block = /^ {4}class[ \t]+(Arguments|Input|Meta)\b/.exec(line)?.[1];
    if (block !== undefined) inner = block;
    else if (/^ {4}\S/.test(line)) inner = '';
    if (kind === 'enum') {
      const value = /^ {4}([A-Za-z]\w*)[ \t]*=/.exec(line)?.[1];
      if (value !== undefined) schema.value(owner, value, index + 1);
    } else if (kind === 'graphene') {
      const [, indent = '', name, type = '', rest = ''] = GRAPHENE_FIELD.exec(line) ?? [];
      if (name === undefined || inner === 'Meta') continue;
      const whole = rest.includes(')') ? rest : lines.slice(index, index + 4).join(' ');
      const required = type === 'NonNull' || /\brequired[ \t]*=[ \t]*True/.test(whole);
      if (indent.length === 8 && inner !== '') schema.argument(owner, name, index + 1, required);
      else if (indent.length === 4) {
        schema.field(owner, name, index + 1);
        if (input && required) schema.demand(owner, name, index + 1);
      }
    } else {
      const method = /^ {4}(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(/.exec(line)?.[1];
      if (
        method !== undefined &&
        lines
          .slice(Math.max(0, index - 6), index)
          .some((text) =>
            /^ {4}@strawberry(?:_django|\.django)?\.(?:field|mutation|subscription|connection)\b|^ {4}@\w*(?:field|mutation)\b/.test(
              text,
            ),
          )
      )
        schema.field(owner, method, index + 1);
      const [, name, type = '', value] = ANNOTATED.exec(line) ?? [];
      if (name === undefined || /\b(?:Private|ClassVar)\b/.test(type)) continue;
      schema.field(owner, name, index + 1);
      if (input && value === undefined && !/\bNone\b|\bOptional\b|\bMaybe\b/.test(type))
        schema.demand(owner, name, index + 1);
    }
  }
  return schema;
}
