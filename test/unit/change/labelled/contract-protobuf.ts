import { changes, edits, type LabelledCase } from './labelled-case.ts';

const v = (version: string, fields: string) => `syntax = "proto3";
package acme.orders.${version};

message Order {
${fields}
  enum State {
    OPEN = 0;
    PAID = 1;
  }
  string number = 1;
}
`;

/** Packages and empty messages. */
export const PROTOBUF_CONTRACT_CASES: readonly LabelledCase[] = [
  edits(
    'protobuf: an empty message before others',
    false,
    'orders.proto',
    v('v1', ''),
    v('v1', '  message Nothing {}'),
  ),
  edits('protobuf: another package', true, 'orders.proto', v('v1', ''), v('v2', '')),
  changes(
    'protobuf: gone from one version, new in another',
    true,
    { 'v1/o.proto': v('v1', '  string note = 2;'), 'v2/o.proto': v('v2', '') },
    { 'v1/o.proto': v('v1', ''), 'v2/o.proto': v('v2', '  string note = 2;') },
  ),
  changes(
    'protobuf: a message moves to another file of its package',
    false,
    { 'a.proto': v('v1', ''), 'b.proto': 'syntax = "proto3";\npackage acme.orders.v1;\n' },
    { 'a.proto': 'syntax = "proto3";\npackage acme.orders.v1;\n', 'b.proto': v('v1', '') },
  ),
];
