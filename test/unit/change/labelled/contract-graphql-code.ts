import { edits, type LabelledCase } from './labelled-case.ts';

const RUBY = `module Types
  class OrderType < Types::BaseObject
    field :id, ID, null: false
    field :total, Integer, null: true
    field :lines, [Types::LineType], null: false do
      argument :first, Integer, required: false
    end

    def total
      object.sum
    end
  end
end
`;
const GRAPHENE = `import graphene


class Order(graphene.ObjectType):
    id = graphene.ID(required=True)
    total = graphene.Int()


class OrderInput(graphene.InputObjectType):
    note = graphene.String()
    number = graphene.String(required=True)
`;
const STRAWBERRY = `import strawberry


@strawberry.type
class Order:
    id: strawberry.ID
    total: int | None

    @strawberry.field
    def owner(self) -> str:
        return self.user.name


@strawberry.input
class OrderIn:
    number: str
    note: str | None = None
`;
const NEST = `import { Args, Field, InputType, ObjectType, Query, Resolver } from '@nestjs/graphql';

@ObjectType()
export class Order {
  @Field(() => ID)
  id: string;

  @Field({ nullable: true })
  total?: number;
}

@InputType()
export class OrderInput {
  @Field({ nullable: true })
  note?: string;
}

@Resolver(() => Order)
export class OrderResolver {
  @Query(() => [Order], { name: 'orders' })
  async findAll(@Args('first', { nullable: true }) first?: number) {
    return this.service.findAll(first);
  }
}
`;
const ABSINTHE = `defmodule Shop.Schema.Orders do
  use Absinthe.Schema.Notation

  object :order do
    field :id, non_null(:id)
    field :total, :integer

    field :lines, list_of(:line) do
      arg :first, :integer
      resolve &Lines.list/3
    end
  end
end
`;
const POTHOS = `import { builder } from '../builder';

builder.objectType('Order', {
  fields: (t) => ({
    id: t.exposeID('id'),
    total: t.exposeInt('total'),
  }),
});
`;

/** Schemas that are put together by code. */
export const CONTRACT_GRAPHQL_CODE: readonly LabelledCase[] = [
  edits(
    'graphql-ruby: a field gone',
    true,
    'app/graphql/types/order_type.rb',
    RUBY,
    RUBY.replace('    field :total, Integer, null: true\n', ''),
  ),
  edits(
    'graphql-ruby: an argument must be sent',
    true,
    'app/graphql/types/order_type.rb',
    RUBY,
    RUBY.replace('argument :first, Integer, required: false', 'argument :first, Integer'),
  ),
  edits(
    'graphql-ruby: an answer may be null now',
    true,
    'app/graphql/types/order_type.rb',
    RUBY,
    RUBY.replace('ID, null: false', 'ID, null: true'),
  ),
  edits(
    'graphql-ruby: another way to the same answer, a field added',
    false,
    'app/graphql/types/order_type.rb',
    RUBY,
    RUBY.replace('object.sum', 'object.lines.sum').replace(
      '    field :total',
      '    field :note, String, null: true\n    field :total',
    ),
  ),
  edits(
    'graphql-ruby: a description on lines of its own',
    false,
    'app/graphql/types/order_type.rb',
    RUBY,
    RUBY.replace(
      'field :total, Integer, null: true',
      "field :total, Integer,\n          null: true,\n          description: 'All of it'",
    ),
  ),
  edits(
    'graphene: a field gone',
    true,
    'shop/schema.py',
    GRAPHENE,
    GRAPHENE.replace('    total = graphene.Int()\n', ''),
  ),
  edits(
    'graphene: an input must be sent',
    true,
    'shop/schema.py',
    GRAPHENE,
    GRAPHENE.replace('note = graphene.String()', 'note = graphene.String(required=True)'),
  ),
  edits(
    'graphene: a field with a description',
    false,
    'shop/schema.py',
    GRAPHENE,
    GRAPHENE.replace('graphene.Int()', 'graphene.Int(\n        description="all of it",\n    )'),
  ),
  edits(
    'strawberry: a resolver gone',
    true,
    'shop/types.py',
    STRAWBERRY,
    STRAWBERRY.replace('def owner(', 'def user_name('),
  ),
  edits(
    'strawberry: an input must be sent',
    true,
    'shop/types.py',
    STRAWBERRY,
    STRAWBERRY.replace('note: str | None = None', 'note: str'),
  ),
  edits(
    'strawberry: a helper added',
    false,
    'shop/types.py',
    STRAWBERRY,
    STRAWBERRY.replace('    @strawberry.field', '    def _name(self):\n        return 1\n\n    @strawberry.field'),
  ),
  edits(
    'Nest GraphQL: a field gone',
    true,
    'src/orders/order.model.ts',
    NEST,
    NEST.replace('  @Field({ nullable: true })\n  total?: number;\n', ''),
  ),
  edits(
    'Nest GraphQL: an input must be sent',
    true,
    'src/orders/order.model.ts',
    NEST,
    NEST.replace('{ nullable: true })\n  note?', ')\n  note').replace('@Field()', '@Field()'),
  ),
  edits(
    'Nest GraphQL: a query renamed',
    true,
    'src/orders/order.model.ts',
    NEST,
    NEST.replace("name: 'orders'", "name: 'allOrders'"),
  ),
  edits(
    'Nest GraphQL: the method behind a named query renamed',
    false,
    'src/orders/order.model.ts',
    NEST,
    NEST.replace('async findAll(', 'async list('),
  ),
  edits(
    'Absinthe: a field gone',
    true,
    'lib/shop/schema/orders.ex',
    ABSINTHE,
    ABSINTHE.replace('    field :total, :integer\n', ''),
  ),
  edits(
    'Absinthe: an argument must be sent',
    true,
    'lib/shop/schema/orders.ex',
    ABSINTHE,
    ABSINTHE.replace('arg :first, :integer', 'arg :first, non_null(:integer)'),
  ),
  edits(
    'Absinthe: another resolver',
    false,
    'lib/shop/schema/orders.ex',
    ABSINTHE,
    ABSINTHE.replace('Lines.list/3', 'Lines.all/3'),
  ),
  edits(
    'Pothos: a field gone',
    true,
    'src/schema/order.ts',
    POTHOS,
    POTHOS.replace("    total: t.exposeInt('total'),\n", ''),
  ),
  edits(
    'Pothos: a field added',
    false,
    'src/schema/order.ts',
    POTHOS,
    POTHOS.replace('    total: t', "    note: t.exposeString('note'),\n    total: t"),
  ),
  edits(
    'protobuf: a method over several lines gone',
    true,
    'proto/orders.proto',
    'syntax = "proto3";\npackage shop;\nservice Orders {\n  rpc Get(GetRequest)\n      returns (Order) {\n    option (google.api.http) = {\n      get: "/v1/orders/{id}"\n    };\n  }\n}\n',
    'syntax = "proto3";\npackage shop;\nservice Orders {\n}\n',
  ),
  edits(
    'protobuf: a method folded over several lines',
    false,
    'proto/orders.proto',
    'syntax = "proto3";\npackage shop;\nservice Orders {\n  rpc Get(GetRequest) returns (Order);\n}\n',
    'syntax = "proto3";\npackage shop;\nservice Orders {\n  rpc Get(GetRequest)\n      returns (Order);\n}\n',
  ),
  edits(
    'Avro: a field without a default',
    true,
    'events/order.avsc',
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}',
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"total","type":"long"}]}',
  ),
  edits(
    'Avro: a field with a default',
    false,
    'events/order.avsc',
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}',
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"note","type":"string","default":""}]}',
  ),
  edits(
    'JSON Schema: a property gone',
    true,
    'schemas/order.json',
    '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"id":{"type":"string"},"total":{"type":"integer"}}}',
    '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"id":{"type":"string"}}}',
  ),
  edits(
    'JSON Schema: a property that may be given',
    false,
    'schemas/order.json',
    '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"id":{"type":"string"}}}',
    '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"id":{"type":"string"},"note":{"type":"string"}}}',
  ),
];
