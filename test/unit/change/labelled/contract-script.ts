import { changes, edits, type LabelledCase } from './labelled-case.ts';

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

export const SCRIPT_CONTRACT_CASES: readonly LabelledCase[] = [
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
];
