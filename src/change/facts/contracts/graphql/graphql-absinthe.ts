import { type GraphqlSchema, makeGraphqlSchema } from './graphql-schema.ts';

const ABSINTHE_BLOCK =
  /^[ \t]*(object|input_object|interface|enum|union|query|mutation|subscription)\b[ \t(]*(?::(\w+))?/;
const ABSINTHE_FIELD = /^[ \t]*field[ \t(]+:(\w+)([^\n]*)$/;
const ABSINTHE_ARGUMENT = /^[ \t]*arg[ \t(]+:(\w+)([^\n]*)$/;
const ABSINTHE_VALUE = /^[ \t]*value[ \t(]+:(\w+)/;

/** Types of Absinthe. */
export function readAbsintheSchema(code: string): GraphqlSchema {
  const schema = makeGraphqlSchema();
  let owner = { indent: -1, name: '', input: false };
  let field = { indent: -1, name: '' };
  for (const [index, line] of code.split('\n').entries()) {
    const indent = line.search(/\S/);
    if (indent < 0) continue;
    const opened = ABSINTHE_BLOCK.exec(line);
    if (opened !== null && /\bdo[ \t]*$/.test(line)) {
      owner = { indent, name: opened[2] ?? opened[1] ?? '', input: opened[1] === 'input_object' };
      schema.type(owner.name, index + 1);
      continue;
    }
    if (owner.indent < 0 || indent <= owner.indent) continue;
    const [, name, rest = ''] = ABSINTHE_FIELD.exec(line) ?? [];
    if (name !== undefined) {
      schema.field(owner.name, name, index + 1);
      field = /\bdo[ \t]*$/.test(rest) ? { indent, name } : { indent: -1, name: '' };
      if (owner.input && /\bnon_null\(/.test(rest)) schema.demand(owner.name, name, index + 1);
    }
    const [, argument, type = ''] = ABSINTHE_ARGUMENT.exec(line) ?? [];
    if (argument !== undefined && field.indent >= 0)
      schema.argument(
        `${owner.name}.${field.name}`,
        argument,
        index + 1,
        /\bnon_null\(/.test(type) && !/\bdefault_value:/.test(type),
      );
    const value = ABSINTHE_VALUE.exec(line)?.[1];
    if (value !== undefined) schema.value(owner.name, value, index + 1);
  }
  return schema;
}
