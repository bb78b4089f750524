import { adds, changes, edits, type LabelledCase } from './labelled-case.ts';

const EXPRESS = `import { Router } from 'express';
import { list, show, create } from './handlers.js';

export const router = Router();

// the shop
router.get('/orders', list);
router.get('/orders/:id', show);
router.post('/orders', requireUser, create);
router.use('/lines', lines);
`;

const FASTIFY = `export default async function orders(fastify) {
  fastify.get('/orders', { schema }, async () => list());
  fastify.route({
    method: 'DELETE',
    url: '/orders/:id',
    handler: remove,
  });
}
`;

const NEST = `import { Controller, Get, Post, Param } from '@nestjs/common';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  findAll() {
    return this.orders.findAll();
  }

  @Get(':id')
  findOne(@Param('id') id: string) {
    return this.orders.findOne(id);
  }

  @Post()
  create() {
    return this.orders.create();
  }
}
`;

const NEXT_ROUTE = `import { NextResponse } from 'next/server';

export async function GET() {
  return NextResponse.json(await list());
}

export async function POST(request: Request) {
  return NextResponse.json(await create(await request.json()));
}
`;

const FASTAPI = `from fastapi import APIRouter, Depends

router = APIRouter(prefix="/orders", tags=["orders"])


@router.get("/")
async def list_orders():
    return await service.list()


@router.get("/{order_id}", response_model=Order)
async def read_order(order_id: int):
    return await service.read(order_id)


@router.post("/", status_code=201)
async def create_order(order: OrderIn):
    return await service.create(order)
`;

const FLASK = `from flask import Blueprint

bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.route("/", methods=["GET", "POST"])
def index():
    return ""


@bp.route("/<int:order_id>")
def show(order_id):
    return ""
`;

const DJANGO_URLS = `from django.urls import include, path

from . import views

router = DefaultRouter()
router.register(r"orders", views.OrderViewSet, basename="order")

urlpatterns = [
    path("orders/<int:pk>/", views.detail, name="detail"),
    path("api/", include(router.urls)),
]
`;

const SPRING = `package shop;

@RestController
@RequestMapping("/orders")
public class OrderController {

    @GetMapping
    public List<Order> list() {
        return service.list();
    }

    @GetMapping("/{id}")
    public Order show(@PathVariable Long id) {
        return service.show(id);
    }

    @PostMapping(consumes = "application/json")
    public Order create(@RequestBody OrderIn order) {
        return service.create(order);
    }
}
`;

const GIN = `package api

func Routes(r *gin.Engine) {
	v1 := r.Group("/v1")
	v1.GET("/orders", listOrders)
	v1.GET("/orders/:id", showOrder)
	v1.POST("/orders", createOrder)
}
`;

const CHI = `package api

func Routes() http.Handler {
	r := chi.NewRouter()
	r.Route("/orders", func(r chi.Router) {
		r.Get("/", listOrders)
		r.Delete("/{id}", removeOrder)
	})
	return r
}
`;

const RAILS = `Rails.application.routes.draw do
  root "orders#index"
  resources :orders, only: [:index, :show, :create] do
    member do
      post :cancel
    end
  end
  namespace :api do
    get "stats", to: "stats#show"
  end
end
`;

const PHOENIX = `defmodule ShopWeb.Router do
  use ShopWeb, :router

  scope "/api", ShopWeb do
    pipe_through :api
    get "/orders", OrderController, :index
    resources "/lines", LineController, only: [:index, :show]
    live "/basket", BasketLive
  end
end
`;

const LARAVEL = `<?php

use App\\Http\\Controllers\\OrderController;

Route::get('/orders', [OrderController::class, 'index']);
Route::apiResource('lines', LineController::class);
Route::middleware('auth')->group(function () {
    Route::post('/orders', [OrderController::class, 'store'])->name('orders.store');
});
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

export const CONTRACT_CASES: readonly LabelledCase[] = [
  // Express, Fastify
  edits(
    'Express: route gone',
    true,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace("router.get('/orders/:id', show);\n", ''),
  ),
  edits(
    'Express: path changed',
    true,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace("router.post('/orders'", "router.post('/orders/new'"),
  ),
  edits(
    'Express: method changed',
    true,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace('router.post(', 'router.put('),
  ),
  edits('Express: mount moved', true, 'src/routes/orders.js', EXPRESS, EXPRESS.replace("use('/lines'", "use('/items'")),
  edits('Express: handler renamed', false, 'src/routes/orders.js', EXPRESS, EXPRESS.replaceAll('show', 'showOrder')),
  edits(
    'Express: parameter renamed',
    false,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace('/orders/:id', '/orders/:orderId'),
  ),
  edits(
    'Express: middleware added',
    false,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace("'/orders', list", "'/orders', cache('1m'), list"),
  ),
  edits(
    'Express: new route',
    false,
    'src/routes/orders.js',
    EXPRESS,
    `${EXPRESS}router.delete('/orders/:id', remove);\n`,
  ),
  edits(
    'Express: comment and quotes',
    false,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace('// the shop', '// all of the shop').replaceAll("'", '"'),
  ),
  edits(
    'Express: one call over several lines',
    false,
    'src/routes/orders.js',
    EXPRESS,
    EXPRESS.replace(
      "router.post('/orders', requireUser, create);",
      "router.post(\n  '/orders',\n  requireUser,\n  create,\n);",
    ),
  ),
  changes(
    'Express: routes moved to another file',
    false,
    { 'src/routes/orders.js': EXPRESS },
    { 'src/routes/shop/orders.js': EXPRESS },
  ),
  changes('Express: file of routes gone', true, { 'src/routes/orders.js': EXPRESS }, {}),
  edits(
    'Fastify: route object gone',
    true,
    'src/orders.js',
    FASTIFY,
    FASTIFY.replace(/ {2}fastify\.route\([\s\S]*?\}\);\n/, ''),
  ),
  edits(
    'Fastify: schema of a route',
    false,
    'src/orders.js',
    FASTIFY,
    FASTIFY.replace('{ schema }', '{ schema, config: { rateLimit: 5 } }'),
  ),
  edits(
    'a call of an HTTP client gone',
    false,
    'src/client.js',
    "export const a = () => client.get('/orders', { headers });\nexport const b = () => axios.get('/lines');\n",
    "export const b = () => axios.get('/lines');\n",
  ),
  edits(
    'a call of a front end’s api object gone',
    false,
    'web/src/orders.ts',
    "export const load = () => api.get('/orders', { params });\nexport const save = (o) => api.post('/orders', o);\n",
    "export const load = () => api.get('/orders', { params });\n",
  ),
  // Nest, Next
  edits(
    'Nest: handler gone',
    true,
    'src/orders.controller.ts',
    NEST,
    NEST.replace(/ {2}@Post\(\)[\s\S]*?\n {2}\}\n/, ''),
  ),
  edits(
    'Nest: controller’s path',
    true,
    'src/orders.controller.ts',
    NEST,
    NEST.replace("@Controller('orders')", "@Controller('purchases')"),
  ),
  edits('Nest: handler renamed', false, 'src/orders.controller.ts', NEST, NEST.replaceAll('findOne', 'read')),
  edits(
    'Nest: a guard',
    false,
    'src/orders.controller.ts',
    NEST,
    NEST.replace('  @Post()', '  @UseGuards(Signed)\n  @Post()'),
  ),
  edits(
    'Next: method of a route gone',
    true,
    'app/api/orders/route.ts',
    NEXT_ROUTE,
    NEXT_ROUTE.replace(/\nexport async function POST[\s\S]*$/, ''),
  ),
  changes(
    'Next: page route moved',
    true,
    { 'pages/api/orders.ts': 'export default handler;\n' },
    { 'pages/api/purchases.ts': 'export default handler;\n' },
  ),
  changes(
    'Next: page route becomes a folder',
    false,
    { 'pages/api/orders.ts': 'export default handler;\n' },
    { 'pages/api/orders/index.ts': 'export default handler;\n' },
  ),
  edits(
    'Next: body of a route',
    false,
    'app/api/orders/route.ts',
    NEXT_ROUTE,
    NEXT_ROUTE.replace('await list()', 'await list({ open: true })'),
  ),
  // Python
  edits('FastAPI: route gone', true, 'app/api/orders.py', FASTAPI, FASTAPI.replace(/@router\.post[\s\S]*$/, '')),
  edits(
    'FastAPI: prefix changed',
    true,
    'app/api/orders.py',
    FASTAPI,
    FASTAPI.replace('prefix="/orders"', 'prefix="/purchases"'),
  ),
  edits('FastAPI: function renamed', false, 'app/api/orders.py', FASTAPI, FASTAPI.replace('read_order', 'get_order')),
  edits('FastAPI: parameter renamed', false, 'app/api/orders.py', FASTAPI, FASTAPI.replaceAll('order_id', 'id')),
  edits(
    'FastAPI: dependency added',
    false,
    'app/api/orders.py',
    FASTAPI,
    FASTAPI.replace('@router.get("/")', '@router.get("/", dependencies=[Depends(user)])'),
  ),
  edits('Flask: method gone', true, 'shop/orders.py', FLASK, FLASK.replace('["GET", "POST"]', '["GET"]')),
  edits(
    'Flask: prefix changed',
    true,
    'shop/orders.py',
    FLASK,
    FLASK.replace('url_prefix="/orders"', 'url_prefix="/o"'),
  ),
  edits('Flask: function renamed', false, 'shop/orders.py', FLASK, FLASK.replace('def show(', 'def read(')),
  edits(
    'Django: path gone',
    true,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('    path("orders/<int:pk>/", views.detail, name="detail"),\n', ''),
  ),
  edits(
    'Django REST: registered name changed',
    true,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('r"orders"', 'r"purchases"'),
  ),
  edits(
    'Django: view renamed',
    false,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('views.detail', 'views.OrderDetail.as_view()'),
  ),
  edits(
    'Django: converter renamed',
    false,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('<int:pk>', '<int:order_id>'),
  ),
  edits('a file path in Python', false, 'shop/files.py', 'path("a/b")\nx = Path("orders")\n', 'x = Path("orders")\n'),
  // Java, Go
  edits(
    'Spring: mapping gone',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    SPRING.replace(/ {4}@GetMapping\("\/\{id\}"\)[\s\S]*?\n {4}\}\n/, ''),
  ),
  edits(
    'Spring: path of the class',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    SPRING.replace('@RequestMapping("/orders")', '@RequestMapping("/v2/orders")'),
  ),
  edits(
    'Spring: method renamed',
    false,
    'src/main/java/shop/OrderController.java',
    SPRING,
    SPRING.replace('Order show(', 'Order read('),
  ),
  edits(
    'Spring: request mapping of a method becomes short',
    false,
    'src/main/java/shop/A.java',
    '@RestController\nclass A {\n    @RequestMapping(value = "/a", method = RequestMethod.GET)\n    String a() { return ""; }\n}\n',
    '@RestController\nclass A {\n    @GetMapping("/a")\n    String a() { return ""; }\n}\n',
  ),
  edits('Gin: route gone', true, 'api/routes.go', GIN, GIN.replace('\tv1.POST("/orders", createOrder)\n', '')),
  edits('Gin: group renamed', true, 'api/routes.go', GIN, GIN.replace('Group("/v1")', 'Group("/v2")')),
  edits('Gin: handler renamed', false, 'api/routes.go', GIN, GIN.replace('showOrder', 'getOrder')),
  edits('chi: route gone', true, 'api/routes.go', CHI, CHI.replace('\t\tr.Delete("/{id}", removeOrder)\n', '')),
  edits(
    'chi: middleware',
    false,
    'api/routes.go',
    CHI,
    CHI.replace('r := chi.NewRouter()\n', 'r := chi.NewRouter()\n\tr.Use(middleware.Logger)\n'),
  ),
  edits(
    'net/http: pattern gone',
    true,
    'main.go',
    'package main\n\nfunc main() {\n\tmux.HandleFunc("GET /orders", list)\n\tmux.HandleFunc("POST /orders", create)\n}\n',
    'package main\n\nfunc main() {\n\tmux.HandleFunc("GET /orders", list)\n}\n',
  ),
  edits(
    'a Go client’s call gone',
    false,
    'client.go',
    'package c\n\nfunc A() { http.Get("/orders") }\nfunc B() { resty.R().Get("/lines") }\n',
    'package c\n\nfunc A() { http.Get("/orders") }\n',
  ),
  // Ruby, Elixir, PHP
  edits(
    'Rails: action of a resource gone',
    true,
    'config/routes.rb',
    RAILS,
    RAILS.replace('[:index, :show, :create]', '[:index, :show]'),
  ),
  edits('Rails: member route gone', true, 'config/routes.rb', RAILS, RAILS.replace('      post :cancel\n', '')),
  edits(
    'Rails: resource gone',
    true,
    'config/routes.rb',
    RAILS,
    RAILS.replace(/ {2}resources :orders[\s\S]*?\n {2}end\n/, ''),
  ),
  edits(
    'Rails: controller behind a route',
    false,
    'config/routes.rb',
    RAILS,
    RAILS.replace('to: "stats#show"', 'to: "figures#show"'),
  ),
  edits('Rails: comment', false, 'config/routes.rb', RAILS, RAILS.replace('  root', '  # the shop\n  root')),
  edits(
    'Rails: a new resource',
    false,
    'config/routes.rb',
    RAILS,
    RAILS.replace('  namespace :api do', '  resources :lines\n  namespace :api do'),
  ),
  edits(
    'Phoenix: route gone',
    true,
    'lib/shop_web/router.ex',
    PHOENIX,
    PHOENIX.replace('    get "/orders", OrderController, :index\n', ''),
  ),
  edits(
    'Phoenix: action',
    false,
    'lib/shop_web/router.ex',
    PHOENIX,
    PHOENIX.replace('OrderController, :index', 'OrdersController, :list'),
  ),
  edits(
    'Phoenix: scope renamed',
    true,
    'lib/shop_web/router.ex',
    PHOENIX,
    PHOENIX.replace('scope "/api"', 'scope "/api/v2"'),
  ),
  edits(
    'Laravel: route gone',
    true,
    'routes/api.php',
    LARAVEL,
    LARAVEL.replace("    Route::post('/orders', [OrderController::class, 'store'])->name('orders.store');\n", ''),
  ),
  edits(
    'Laravel: controller renamed',
    false,
    'routes/api.php',
    LARAVEL,
    LARAVEL.replaceAll('OrderController', 'OrdersController'),
  ),
  edits(
    'Symfony: attribute',
    true,
    'src/Controller/OrderController.php',
    "<?php\nclass OrderController {\n    #[Route('/orders/{id}', name: 'order', methods: ['GET'])]\n    public function show() {}\n}\n",
    "<?php\nclass OrderController {\n    #[Route('/purchases/{id}', name: 'order', methods: ['GET'])]\n    public function show() {}\n}\n",
  ),
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
