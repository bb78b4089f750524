import { adds, edits, type LabelledCase } from './labelled-case.ts';

const EXPRESS = `import { Router } from 'express';
import { list, show, create } from './handlers.js';

export const router = Router();

// the shop
router.get('/orders', list);
router.get('/orders/:id', show);
router.post('/orders', requireUser, create);
router.use('/lines', lines);
`;

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

const LIBRARY = {
  'package.json': '{"name":"@acme/money","version":"2.0.0","main":"./dist/index.js","types":"./dist/index.d.ts"}\n',
};
const PRIVATE = { 'package.json': '{"name":"shop","private":true,"main":"./dist/index.js"}\n' };
const INDEX = `export { add, subtract } from './arithmetic.js';
export type { Money } from './money.js';
export * from './format.js';

export function parse(text: string, options?: ParseOptions): Money {
  return read(text, options);
}
`;

const PYTHON_INIT = `from .core import Money, parse
from .format import render

__all__ = ["Money", "parse", "render"]
`;

const CRATE = `pub mod format;
pub use crate::core::Money;

pub fn parse(text: &str) -> Money {
    core::parse(text)
}

fn helper() {}
`;

const GO_LIBRARY = `package money

// Parse reads an amount.
func Parse(text string) (Money, error) {
	return read(text)
}

type Money struct {
	Amount int64
	Currency string
}

func read(text string) (Money, error) { return Money{}, nil }
`;

export const LIBRARIES_CONTRACT_CASES: readonly LabelledCase[] = [
  edits(
    'CommonJS names in a row, in another order',
    false,
    'lib/index.js',
    'exports.add = exports.sum = require("./add");\nexports.cut = require("./cut");\n',
    'exports.cut = exports.sum = exports.add = void 0;\nexports.cut = require("./cut");\nexports.sum = exports.add = require("./add");\n',
    { 'package.json': '{"name":"@acme/sums","version":"1.0.0","main":"lib/index.js"}' },
  ),
  edits(
    'one of several CommonJS names in a row is gone',
    true,
    'lib/index.js',
    'exports.add = exports.sum = require("./add");\n',
    'exports.add = require("./add");\n',
    { 'package.json': '{"name":"@acme/sums","version":"1.0.0","main":"lib/index.js"}' },
  ),
  // Libraries
  edits('npm library: export gone', true, 'src/index.ts', INDEX, INDEX.replace(', subtract', ''), LIBRARY),
  edits(
    'npm library: export renamed',
    true,
    'src/index.ts',
    INDEX,
    INDEX.replace('function parse(', 'function read('),
    LIBRARY,
  ),
  edits(
    'npm library: parameter now required',
    true,
    'src/index.ts',
    INDEX,
    INDEX.replace('options?: ParseOptions', 'options: ParseOptions'),
    LIBRARY,
  ),
  edits(
    'npm library: body and comment',
    false,
    'src/index.ts',
    INDEX,
    INDEX.replace('return read(text, options);', '// read it\n  return read(text.trim(), options);'),
    LIBRARY,
  ),
  edits('npm library: new export', false, 'src/index.ts', INDEX, `${INDEX}export const version = '2';\n`, LIBRARY),
  edits('private package: export gone', false, 'src/index.ts', INDEX, INDEX.replace(', subtract', ''), PRIVATE),
  edits(
    'npm library: export of an inner file gone',
    false,
    'src/inner/util.ts',
    'export const a = 1;\nexport const b = 2;\n',
    'export const a = 1;\n',
    LIBRARY,
  ),
  edits(
    'Python library: name gone from __all__',
    true,
    'src/money/__init__.py',
    PYTHON_INIT,
    PYTHON_INIT.replace(', "render"', ''),
    { 'pyproject.toml': '[project]\nname = "money"\n' },
  ),
  edits(
    'Python library: imports sorted',
    false,
    'src/money/__init__.py',
    PYTHON_INIT,
    PYTHON_INIT.replace('Money, parse\n', 'Money\nfrom .core import parse\n'),
    { 'pyproject.toml': '[project]\nname = "money"\n' },
  ),
  edits('crate: function gone', true, 'src/lib.rs', CRATE, CRATE.replace(/pub fn parse[\s\S]*?\n\}\n/, ''), {
    'Cargo.toml': '[package]\nname = "money"\n',
  }),
  edits('crate: private function gone', false, 'src/lib.rs', CRATE, CRATE.replace('fn helper() {}\n', ''), {
    'Cargo.toml': '[package]\nname = "money"\n',
  }),
  edits('Go library: function gone', true, 'money.go', GO_LIBRARY, GO_LIBRARY.replace(/\/\/ Parse[\s\S]*?\n\}\n/, ''), {
    'go.mod': 'module github.com/acme/money\n',
  }),
  edits(
    'Go library: parameter added',
    true,
    'money.go',
    GO_LIBRARY,
    GO_LIBRARY.replace('Parse(text string)', 'Parse(text string, strict bool)'),
    { 'go.mod': 'module github.com/acme/money\n' },
  ),
  edits(
    'Go library: private function',
    false,
    'money.go',
    GO_LIBRARY,
    GO_LIBRARY.replace('func read(text string)', 'func read(text string, strict bool)'),
    { 'go.mod': 'module github.com/acme/money\n' },
  ),
  edits(
    'Go library: internal package',
    false,
    'internal/money/money.go',
    GO_LIBRARY,
    GO_LIBRARY.replace(/\/\/ Parse[\s\S]*?\n\}\n/, ''),
    { 'go.mod': 'module github.com/acme/money\n' },
  ),
  adds('a new service', false, { 'src/app.js': EXPRESS, 'openapi.yaml': OPENAPI, 'schema.graphql': GRAPHQL }),
  edits('a test of routes', false, 'test/orders.test.js', "app.get('/orders', list);\n", 'test();\n'),
  edits('a route in a document', false, 'docs/api.md', "    app.get('/orders', list);\n", 'gone\n'),
];
