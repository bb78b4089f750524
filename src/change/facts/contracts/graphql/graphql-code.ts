import { extensionOf } from '../../file-kind.ts';
import { readAbsintheSchema } from './graphql-absinthe.ts';
import { readBuiltSchema } from './graphql-built.ts';
import { readDecoratedSchema } from './graphql-decorated.ts';
import { readPythonSchema } from './graphql-python.ts';
import { readRubySchema } from './graphql-ruby.ts';
import { EMPTY_SCHEMA, type GraphqlSchema } from './graphql-schema.ts';

/** A schema that is put together by code: graphql-ruby, graphene, strawberry, TypeGraphQL and Nest, Pothos and Nexus, Absinthe. */
export function readCodeSchema(path: string, code: string): GraphqlSchema {
  switch (extensionOf(path)) {
    case 'rb':
      return /(?:^|\/)graphql\/|_type\.rb$/.test(path) || /<[ \t]*GraphQL::Schema::/.test(code)
        ? readRubySchema(code)
        : EMPTY_SCHEMA;
    case 'py':
      return code.includes('graphene') || code.includes('strawberry') ? readPythonSchema(code) : EMPTY_SCHEMA;
    case 'ts':
      if (/@nestjs\/graphql|type-graphql/.test(code)) return readDecoratedSchema(code);
      return /\bnexus\b|@pothos\/|\bbuilder\.\w/.test(code) ? readBuiltSchema(code) : EMPTY_SCHEMA;
    case 'ex':
      return code.includes('use Absinthe') ? readAbsintheSchema(code) : EMPTY_SCHEMA;
    default:
      return EMPTY_SCHEMA;
  }
}
