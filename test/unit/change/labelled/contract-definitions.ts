import { edits, type LabelledCase } from './labelled-case.ts';

const OPENAPI = `openapi: 3.0.3
info: { title: Shop, version: "1" }
paths:
  /orders:
    get:
      parameters:
        - { name: page, in: query, schema: { type: integer } }
      responses:
        "200":
          description: all
          content:
            application/json:
              schema: { $ref: "#/components/schemas/Order" }
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [number]
              properties: { number: { type: string }, note: { type: string } }
      responses: { "201": { description: made } }
components:
  schemas:
    Order:
      type: object
      properties: { number: { type: string }, status: { type: string, enum: [open, paid] }, total: { type: integer } }
`;

const GRAPHQL = `"""What was paid for."""
type Order {
  id: ID!
  number: String!
  note: String
}

input OrderIn {
  number: String!
}

type Query {
  order(id: ID!): Order
  orders(first: Int = 10): [Order!]!
}

enum Status {
  OPEN
  PAID
}
`;

const PROTO = `syntax = "proto3";

package shop.v1;

// What was paid for.
message Order {
  string number = 1;
  int64 total = 2;
  Status status = 3;
}

enum Status {
  STATUS_UNSPECIFIED = 0;
  STATUS_OPEN = 1;
}

service Orders {
  rpc Get(GetRequest) returns (Order);
}
`;

export const DEFINITIONS_CONTRACT_CASES: readonly LabelledCase[] = [
  // OpenAPI
  edits('OpenAPI: operation gone', true, 'openapi.yaml', OPENAPI, OPENAPI.replace(/ {4}post:[\s\S]*?made \} \}\n/, '')),
  edits(
    'OpenAPI: property of a response gone',
    true,
    'openapi.yaml',
    OPENAPI,
    OPENAPI.replace(', total: { type: integer }', ''),
  ),
  edits(
    'OpenAPI: type of a response’s property',
    true,
    'openapi.yaml',
    OPENAPI,
    OPENAPI.replace('total: { type: integer }', 'total: { type: string }'),
  ),
  edits(
    'OpenAPI: parameter now required',
    true,
    'openapi.yaml',
    OPENAPI,
    OPENAPI.replace('in: query, schema', 'in: query, required: true, schema'),
  ),
  edits(
    'OpenAPI: property of a request now required',
    true,
    'openapi.yaml',
    OPENAPI,
    OPENAPI.replace('required: [number]', 'required: [number, note]'),
  ),
  edits(
    'OpenAPI: value of a request’s enum gone',
    true,
    'docs/openapi.yaml',
    OPENAPI.replace('note: { type: string }', 'note: { type: string, enum: [a, b] }'),
    OPENAPI.replace('note: { type: string }', 'note: { type: string, enum: [a] }'),
  ),
  edits(
    'OpenAPI: description',
    false,
    'openapi.yaml',
    OPENAPI,
    OPENAPI.replace('description: all', 'description: every order'),
  ),
  edits(
    'OpenAPI: new operation and property',
    false,
    'openapi.yaml',
    OPENAPI,
    OPENAPI.replace('total: { type: integer }', 'total: { type: integer }, note: { type: string }').replace(
      'components:',
      '  /lines:\n    get:\n      parameters: [{ name: a, in: query, required: true, schema: { type: string } }]\n      responses: { "200": { description: x } }\ncomponents:',
    ),
  ),
  edits('OpenAPI: schema gets a name', false, 'openapi.yaml', OPENAPI, OPENAPI.replaceAll('Order', 'Purchase')),
  // GraphQL, protobuf
  edits('GraphQL: field gone', true, 'schema.graphql', GRAPHQL, GRAPHQL.replace('  note: String\n', '')),
  edits('GraphQL: type changed', true, 'schema.graphql', GRAPHQL, GRAPHQL.replace('note: String\n', 'note: Int\n')),
  edits(
    'GraphQL: field may be null now',
    true,
    'schema.graphql',
    GRAPHQL,
    GRAPHQL.replace('type Order {\n  id: ID!\n  number: String!', 'type Order {\n  id: ID!\n  number: String'),
  ),
  edits(
    'GraphQL: input needs more',
    true,
    'schema.graphql',
    GRAPHQL,
    GRAPHQL.replace('input OrderIn {\n  number: String!\n', 'input OrderIn {\n  number: String!\n  note: String!\n'),
  ),
  edits('GraphQL: argument gone', true, 'schema.graphql', GRAPHQL, GRAPHQL.replace('(first: Int = 10)', '')),
  edits('GraphQL: value of an enum gone', true, 'schema.graphql', GRAPHQL, GRAPHQL.replace('  PAID\n', '')),
  edits(
    'GraphQL: new field, description, order',
    false,
    'schema.graphql',
    GRAPHQL,
    GRAPHQL.replace('What was paid for.', 'Paid.').replace(
      '  id: ID!\n  number: String!\n  note',
      '  number: String!\n  id: ID!\n  rank: Int\n  note',
    ),
  ),
  edits(
    'GraphQL: input may now do without',
    false,
    'schema.graphql',
    GRAPHQL,
    GRAPHQL.replace('input OrderIn {\n  number: String!', 'input OrderIn {\n  number: String'),
  ),
  edits(
    'GraphQL: what a client asks',
    false,
    'web/orders.graphql',
    'query Orders {\n  orders {\n    id\n    note\n  }\n}\n',
    'query Orders {\n  orders {\n    id\n  }\n}\n',
  ),
  edits('protobuf: field gone', true, 'proto/shop.proto', PROTO, PROTO.replace('  int64 total = 2;\n', '')),
  edits('protobuf: number changed', true, 'proto/shop.proto', PROTO, PROTO.replace('total = 2', 'total = 4')),
  edits('protobuf: type changed', true, 'proto/shop.proto', PROTO, PROTO.replace('int64 total', 'string total')),
  edits(
    'protobuf: method gone',
    true,
    'proto/shop.proto',
    PROTO,
    PROTO.replace('  rpc Get(GetRequest) returns (Order);\n', ''),
  ),
  edits(
    'protobuf: comment and new field',
    false,
    'proto/shop.proto',
    PROTO,
    PROTO.replace('// What was paid for.', '// Paid.').replace(
      '  Status status = 3;',
      '  Status status = 3;\n  string note = 4;',
    ),
  ),
  edits(
    'protobuf: aligned',
    false,
    'proto/shop.proto',
    PROTO,
    PROTO.replace('  string number = 1;', '  string  number  =  1;'),
  ),
];
