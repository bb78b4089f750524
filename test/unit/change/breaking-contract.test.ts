import { describe, expect, test } from 'vitest';
import { type ChangeInput, inspectInput } from './make-change.ts';

const server = (routes: string) =>
  `import { createServer } from 'node:http';\n\ncreateServer((req, res) => {\n${routes}\n  res.writeHead(404).end();\n}).listen(process.env.PORT);\n`;
const edit = (path: string, before: string, after: string, base: Record<string, string> = {}): ChangeInput => ({
  before: { [path]: before },
  after: { [path]: after },
  base,
});
const library = { 'package.json': '{"name":"lib","main":"dist/index.js"}' };
const openapi = (paths: string) => `openapi: 3.0.0\ninfo: { title: a, version: '1' }\npaths:\n${paths}`;
const getX = "  /x:\n    get:\n      responses: { '200': { description: ok } }\n";

const BROKEN: readonly (readonly [string, ChangeInput])[] = [
  [
    'node:http comparison',
    edit(
      'server.js',
      server("  if (req.url === '/a') return a(res);\n  if (req.url === '/b') return b(res);"),
      server("  if (req.url === '/a') return a(res);"),
    ),
  ],
  [
    'node:http pathname with method',
    edit('server.js', server("  if (req.method === 'GET' && url.pathname === '/a') return a(res);"), server('')),
  ],
  [
    'node:http switch',
    edit(
      'server.js',
      server(
        "  switch (`${req.method} ${path}`) {\n    case 'GET /a': return a(res);\n    case 'GET /b': return b(res);\n  }",
      ),
      server("  switch (`${req.method} ${path}`) {\n    case 'GET /a': return a(res);\n  }"),
    ),
  ],
  [
    'node:http route table',
    edit(
      'routes.js',
      "export const routes = {\n  'GET /a': a,\n  'POST /b': b,\n};\n",
      "export const routes = {\n  'GET /a': a,\n};\n",
    ),
  ],
  [
    'node:http Map',
    edit(
      'server.js',
      server("  const routes = new Map([\n    ['/a', a],\n    ['/b', b],\n  ]);"),
      server("  const routes = new Map([\n    ['/a', a],\n  ]);"),
    ),
  ],
  [
    'node:http table of paths',
    edit(
      'server.js',
      server("  const routes = {\n    '/a': a,\n    '/b': (q) => b(q),\n  };"),
      server("  const routes = {\n    '/a': a,\n  };"),
    ),
  ],
  ['Express get', edit('app.js', "app.get('/a', a);\napp.post('/b', auth, b);\n", "app.get('/a', a);\n")],
  ['Express path renamed', edit('app.js', "router.get('/users/:id', show);\n", "router.get('/people/:id', show);\n")],
  [
    'Express method changed',
    edit('app.js', "router.put('/users/:id', save);\n", "router.patch('/users/:id', save);\n"),
  ],
  ['Express mount', edit('app.js', "app.use('/api/v1', v1);\n", "app.use('/api/v2', v1);\n")],
  ['Express file deleted', { before: { 'routes/users.js': "router.get('/users', list);\n" }, after: {} }],
  [
    'Fastify route object',
    edit('app.ts', "fastify.route({\n  method: 'GET',\n  url: '/a',\n  handler,\n});\n", '// none\n'),
  ],
  [
    'Nest decorator',
    edit(
      'cats.controller.ts',
      "@Controller('cats')\nexport class C {\n  @Get(':id')\n  one() {}\n\n  @Delete(':id')\n  drop() {}\n}\n",
      "@Controller('cats')\nexport class C {\n  @Get(':id')\n  one() {}\n}\n",
    ),
  ],
  ['Next page', { before: { 'pages/api/users.ts': 'export default function h(req, res) {}\n' }, after: {} }],
  [
    'Next app route method',
    edit(
      'app/api/users/route.ts',
      'export async function GET() {}\nexport async function POST() {}\n',
      'export async function GET() {}\n',
    ),
  ],
  [
    'FastAPI',
    edit(
      'app/main.py',
      '@app.get("/a")\ndef a(): ...\n\n@app.get("/b")\ndef b(): ...\n',
      '@app.get("/a")\ndef a(): ...\n',
    ),
  ],
  [
    'Flask method',
    edit(
      'app.py',
      '@bp.route("/a", methods=["GET", "POST"])\ndef a(): ...\n',
      '@bp.route("/a", methods=["GET"])\ndef a(): ...\n',
    ),
  ],
  [
    'Django url',
    edit(
      'shop/urls.py',
      "urlpatterns = [\n    path('a/', a),\n    path('b/<int:pk>/', b),\n]\n",
      "urlpatterns = [\n    path('a/', a),\n]\n",
    ),
  ],
  [
    'Spring',
    edit(
      'A.java',
      '@RestController\n@RequestMapping("/api")\npublic class A {\n  @GetMapping("/a")\n  String a() { return ""; }\n  @GetMapping("/b")\n  String b() { return ""; }\n}\n',
      '@RestController\n@RequestMapping("/api")\npublic class A {\n  @GetMapping("/a")\n  String a() { return ""; }\n}\n',
    ),
  ],
  ['Gin', edit('main.go', 'r.GET("/a", a)\nr.POST("/b", b)\n', 'r.GET("/a", a)\n')],
  ['net/http mux', edit('main.go', 'mux.HandleFunc("GET /a", a)\n', '\n')],
  [
    'Rails route',
    edit(
      'config/routes.rb',
      "get '/a', to: 'a#b'\nresources :users\n",
      "get '/a', to: 'a#b'\nresources :users, only: [:index]\n",
    ),
  ],
  [
    'Phoenix',
    edit(
      'lib/web/router.ex',
      'defmodule W.Router do\n  get "/a", A, :a\n  get "/b", B, :b\nend\n',
      'defmodule W.Router do\n  get "/a", A, :a\nend\n',
    ),
  ],
  [
    'axum',
    edit('src/main.rs', 'Router::new()\n  .route("/a", get(a).post(b))\n', 'Router::new()\n  .route("/a", get(a))\n'),
  ],
  ['OpenAPI path', edit('openapi.yaml', openapi(`${getX}${getX.replace('/x', '/y')}`), openapi(getX))],
  [
    'OpenAPI new required parameter',
    edit(
      'spec/api.yaml',
      openapi(getX),
      openapi(
        getX.replace(
          '    get:\n',
          '    get:\n      parameters: [{ name: q, in: query, required: true, schema: { type: string } }]\n',
        ),
      ),
    ),
  ],
  [
    'GraphQL field',
    edit('schema.graphql', 'type User {\n  id: ID!\n  name: String\n}\n', 'type User {\n  id: ID!\n}\n'),
  ],
  [
    'GraphQL type of a field',
    edit('schema.graphql', 'type User {\n  id: ID!\n  age: Int\n}\n', 'type User {\n  id: ID!\n  age: String\n}\n'),
  ],
  [
    'GraphQL required input',
    edit('schema.graphql', 'input New {\n  name: String!\n}\n', 'input New {\n  name: String!\n  mail: String!\n}\n'),
  ],
  [
    'protobuf field',
    edit(
      'a.proto',
      'message A {\n  string id = 1;\n  int32 n = 2;\n}\n',
      'message A {\n  string id = 1;\n  reserved 2;\n}\n',
    ),
  ],
  ['protobuf number', edit('a.proto', 'message A {\n  string id = 1;\n}\n', 'message A {\n  string id = 2;\n}\n')],
  [
    'protobuf rpc',
    edit(
      'a.proto',
      'service S {\n  rpc Get(A) returns (B);\n  rpc Put(A) returns (B);\n}\n',
      'service S {\n  rpc Get(A) returns (B);\n}\n',
    ),
  ],
  [
    'exported symbol of a library',
    edit(
      'src/index.ts',
      'export const a = 1;\nexport { b, c as d } from "./b.ts";\n',
      'export const a = 1;\nexport { b } from "./b.ts";\n',
      library,
    ),
  ],
  [
    'Python __all__',
    edit('pkg/__init__.py', '__all__ = ["a", "b"]\n', '__all__ = ["a"]\n', {
      'pyproject.toml': '[project]\nname = "pkg"\n',
    }),
  ],
];

const KEPT: readonly (readonly [string, ChangeInput])[] = [
  ['handler renamed behind the same route', edit('app.js', "app.get('/a', old);\n", "app.get('/a', fresh);\n")],
  ['parameter renamed', edit('app.js', "app.get('/users/:id', a);\n", "app.get('/users/:userId', a);\n")],
  [
    'route added',
    edit(
      'server.js',
      server("  if (req.url === '/a') return a(res);"),
      server("  if (req.url === '/a') return a(res);\n  if (req.url === '/b') return b(res);"),
    ),
  ],
  [
    'route moved to another file',
    {
      before: { 'a.js': "router.get('/a', h);\nrouter.get('/b', h);\n", 'b.js': '\n' },
      after: { 'a.js': "router.get('/a', h);\n", 'b.js': "router.get('/b', h);\n" },
    },
  ],
  [
    'a handler gets slow',
    edit(
      'server.js',
      server("  if (req.url === '/a') return res.end('a');"),
      server("  if (req.url === '/a') return setTimeout(() => res.end('a'), 900);"),
    ),
  ],
  [
    'comparison becomes a switch',
    edit(
      'server.js',
      server("  if (req.method === 'GET' && req.url === '/a') return a(res);"),
      server("  switch (req.url) {\n    case '/a': return a(res);\n  }"),
    ),
  ],
  [
    'client call removed',
    edit(
      'web/api.js',
      "export const load = () => api.get('/users', { params: {} });\naxios.get('/x');\n",
      'export const load = () => null;\n',
    ),
  ],
  ['settings lookup', edit('app.js', "app.get('env');\napp.get('/a', h);\n", "app.get('/a', h);\n")],
  [
    'navigation in a browser',
    edit(
      'web/nav.tsx',
      "const on = location.pathname === '/about';\nconst x = req.url;\n",
      'const on = false;\nconst x = req.url;\n',
    ),
  ],
  ['route in a test', edit('test/server.test.js', "app.get('/a', h);\n", '\n')],
  ['commented route', edit('app.js', "// app.get('/old', h);\napp.get('/a', h);\n", "app.get('/a', h);\n")],
  ['Flask function renamed', edit('app.py', '@app.route("/a")\ndef a(): ...\n', '@app.route("/a")\ndef b(): ...\n')],
  [
    'FastAPI converter',
    edit('app.py', '@app.get("/a/{id}")\ndef a(): ...\n', '@app.get("/a/{user_id}")\ndef a(): ...\n'),
  ],
  ['OpenAPI description', edit('openapi.yaml', openapi(getX), openapi(getX.replace('ok', 'fine')))],
  [
    'OpenAPI optional parameter',
    edit(
      'openapi.yaml',
      openapi(getX),
      openapi(
        getX.replace('    get:\n', '    get:\n      parameters: [{ name: q, in: query, schema: { type: string } }]\n'),
      ),
    ),
  ],
  [
    'GraphQL field added',
    edit('schema.graphql', 'type User {\n  id: ID!\n}\n', 'type User {\n  id: ID!\n  "the name"\n  name: String\n}\n'),
  ],
  ['GraphQL non-null output', edit('schema.graphql', 'type User {\n  id: ID\n}\n', 'type User {\n  id: ID!\n}\n')],
  [
    'GraphQL query of a client',
    edit('q.graphql', 'query Q {\n  user {\n    id\n    name\n  }\n}\n', 'query Q {\n  user {\n    id\n  }\n}\n'),
  ],
  [
    'protobuf field added and comment',
    edit(
      'a.proto',
      'message A {\n  string id = 1;\n}\n',
      'message A {\n  // the id\n  string id = 1;\n  int32 n = 2;\n}\n',
    ),
  ],
  [
    'internal export removed',
    edit('src/util.ts', 'export const a = 1;\nexport const b = 1;\n', 'export const a = 1;\n', library),
  ],
  [
    'private package',
    edit('src/index.ts', 'export const a = 1;\nexport const b = 1;\n', 'export const a = 1;\n', {
      'package.json': '{"private":true,"main":"dist/index.js"}',
    }),
  ],
  [
    'library entry rewritten the same',
    edit(
      'src/index.ts',
      'export const a = 1;\nexport { b } from "./b.ts";\n',
      'export { a } from "./a.ts";\nexport * as b from "./b.ts";\n',
      library,
    ),
  ],
  [
    'a table of media types',
    edit(
      'server.js',
      server("  const types = { '.js': 'text/javascript', '.css': 'text/css' };"),
      server("  const types = { '.js': 'text/javascript' };"),
    ),
  ],
];

describe('breaking_api_contract', () => {
  test.each(BROKEN)('true: %s', async (_name, input) => {
    const { facts, evidence } = await inspectInput(input);
    expect(facts.breaking_api_contract).toBe(true);
    expect(evidence.find((item) => item.fact === 'breaking_api_contract')?.line).toBeGreaterThan(0);
  });
  test.each(KEPT)('false: %s', async (_name, input) => {
    const { facts, evidence } = await inspectInput(input);
    expect(evidence.filter((item) => item.fact === 'breaking_api_contract')).toEqual([]);
    expect(facts.breaking_api_contract).toBe(false);
  });
  test('null: an API description that cannot be read whole', async () => {
    const broken = edit('openapi.yaml', openapi(getX), `${openapi(getX)}  - ][\n`);
    const { facts, problems } = await inspectInput(broken);
    expect(facts.breaking_api_contract).toBeNull();
    expect(problems.join()).toContain('openapi.yaml');
  });
});
