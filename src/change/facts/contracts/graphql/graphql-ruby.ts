import { type GraphqlSchema, makeGraphqlSchema } from './graphql-schema.ts';

const RUBY_OPENS = /^[ \t]*(?:class|module)[ \t]+([\w:]+)/;
const RUBY_FIELD = /^[ \t]*field[ \t(]+:(\w+)(.*)$/;
const RUBY_ARGUMENT = /^[ \t]*argument[ \t(]+:(\w+)(.*)$/;
const RUBY_VALUE = /^[ \t]*value[ \t(]+(?:["'](\w+)["']|:(\w+))/;

/** Types of graphql-ruby: fields, arguments (which must be sent unless it is said otherwise) and values. */
export function readRubySchema(code: string): GraphqlSchema {
  const schema = makeGraphqlSchema();
  const scopes: { indent: number; name: string }[] = [];
  let field: { indent: number; name: string } | null = null;
  const lines = code.split('\n');
  for (const [index, raw] of lines.entries()) {
    const indent = raw.search(/\S/);
    if (indent < 0) continue;
    if (field !== null && indent <= field.indent) field = null;
    while ((scopes.at(-1)?.indent ?? -1) >= indent) scopes.pop();
    const opened = RUBY_OPENS.exec(raw)?.[1];
    if (opened !== undefined) {
      if (!/\bend\s*$/.test(raw))
        scopes.push({ indent, name: [scopes.at(-1)?.name, opened].filter(Boolean).join('::') });
      // No caller sees the name of what resolves a field.
      const owner = scopes.at(-1)?.name ?? opened;
      if (/\bclass\b/.test(raw) && !/Mutation|Resolver|Loader|Error/.test(owner)) schema.type(owner, index + 1);
      continue;
    }
    const owner = scopes.at(-1)?.name ?? '';
    // Options may go on over the lines below.
    let line = raw;
    for (let next = index + 1; line.trimEnd().endsWith(',') && next < index + 8; next += 1)
      line = `${line.trimEnd()} ${(lines[next] ?? '').trim()}`;
    const [, name, rest = ''] = RUBY_FIELD.exec(line) ?? [];
    if (name !== undefined) {
      schema.field(owner, name, index + 1);
      const type = /^[ \t]*,[ \t]*\[?(?:\w+::)*(\w+)/.exec(rest)?.[1];
      if (type !== undefined && !/:/.test(rest.slice(0, rest.indexOf(type) + type.length + 1).replaceAll('::', '')))
        schema.field(owner, `${name}:${type}`, index + 1);
      if (/\bnull:[ \t]*false/.test(rest)) schema.field(owner, `${name}!`, index + 1);
      if (/\bdo\b(?:[ \t]*\|[^|]*\|)?[ \t]*$/.test(rest)) field = { indent, name };
      continue;
    }
    const [, argument, options = ''] = RUBY_ARGUMENT.exec(line) ?? [];
    if (argument !== undefined) {
      const required = !/\brequired:[ \t]*(?:false|:nullable)|\bdefault_value:/.test(options);
      schema.argument(field === null ? owner : `${owner}.${field.name}`, argument, index + 1, required);
      continue;
    }
    const value = RUBY_VALUE.exec(raw);
    if (value !== null && /Enum|Type|Order|Sort|Kind/.test(`${owner}${lines[0] ?? ''}`))
      schema.value(owner, value[1] ?? value[2] ?? '', index + 1);
  }
  return schema;
}
