import { afterAll, beforeAll, expect, test } from 'vitest';
import { Problem, RunDetail, RunList } from '../../src/http/api/schemas.ts';
import { createServer } from '../../src/http/create-server.ts';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { makeContextPackage } from '../support/http-seeds.ts';
import { makeToken, signIn, startTestServer, type TestServer } from '../support/http-server.ts';
import { makeSha } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;
let ci: string;
let reader: string;
let grace: string;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db);
  ci = await makeToken(open.db, ['enqueue', 'read']);
  reader = await makeToken(open.db, ['read']);
  grace = await makeToken(open.db, ['read', 'decide'], 'grace');
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

function call(path: string, token: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${token}`;
  if (body === undefined) return fetch(server.url + path, { headers: { authorization, ...headers } });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(server.url + path, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: text,
  });
}

async function problem(response: Response | Promise<Response>): Promise<Problem> {
  const answer = await response;
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const parsed = Problem.parse(await answer.json());
  expect(parsed.status).toBe(answer.status);
  return parsed;
}

const request = (over: object = {}) => ({
  repo: 'acme/shop',
  pr_number: 7,
  head_sha: makeSha(),
  author: 'ada',
  title: 'x',
  ...over,
});

test('enqueue answers 202 with the run and where it is; again the same head answers 200 with it', async () => {
  const wanted = request({ pr_number: 701 });
  const created = await call('/v1/runs', ci, wanted);
  expect(created.status).toBe(202);
  const { run } = await created.json();
  expect(created.headers.get('location')).toBe(`/v1/runs/${run.id}`);
  const again = await call('/v1/runs', ci, wanted);
  expect(again.status).toBe(200);
  expect((await again.json()).run.id).toBe(run.id);
  expect(server.desk.calls.at(-1)).toMatchObject({ verb: 'enqueue', caller: { person: null } });
});

test('an older head is a conflict that carries the current run', async () => {
  const older = request({ pr_number: 702 });
  await call('/v1/runs', ci, older);
  const newer = await (await call('/v1/runs', ci, request({ pr_number: 702 }))).json();
  const refused = await problem(call('/v1/runs', ci, older));
  expect(refused).toMatchObject({ status: 409, code: 'older_head', current: { id: newer.run.id } });
});

test('unknown repo and service are problems that name the field', async () => {
  expect(await problem(call('/v1/runs', ci, request({ repo: 'acme/other' })))).toMatchObject({
    status: 404,
    errors: [{ field: 'repo', fix: 'add it to slipway.yaml' }],
  });
  expect(await problem(call('/v1/runs', ci, request({ service: 'nope' })))).toMatchObject({
    status: 422,
    errors: [{ field: 'service' }],
  });
});

test('bad JSON, an unknown field, a wrong sha and a wrong type are refused by name', async () => {
  expect(await problem(call('/v1/runs', ci, '{"repo":'))).toMatchObject({ status: 400, code: 'bad_json' });
  const bad = await problem(call('/v1/runs', ci, { ...request(), head_sha: 'abc', sha: 'abc' }));
  expect(bad.errors?.map((error) => error.field)).toEqual(['head_sha', 'sha']);
  expect(await problem(call('/v1/runs', ci, 'a=b', { 'content-type': 'text/plain' }))).toMatchObject({
    status: 415,
    errors: [{ field: 'Content-Type' }],
  });
});

test('a compressed body is not inflated', async () => {
  const response = call('/v1/runs', ci, request(), { 'content-encoding': 'gzip' });
  expect(await problem(response)).toMatchObject({ status: 415, code: 'unsupported_encoding' });
});

test('a session cookie reads, but changes nothing through the API', async () => {
  const { cookie } = await signIn(server.url, await makeToken(open.db, ['admin'], 'root'));
  expect((await fetch(`${server.url}/v1/runs`, { headers: { cookie } })).status).toBe(200);
  const response = await fetch(`${server.url}/v1/runs`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify(request()),
  });
  expect(await problem(response)).toMatchObject({ status: 403, code: 'bearer_only' });
});

test('lists by filter, in pages, and refuses a filter it does not know', async () => {
  for (let n = 0; n < 3; n += 1) server.desk.seed({ repo: 'acme/pages', pr_number: n + 1 });
  const first = RunList.parse(await (await call('/v1/runs?repo=acme/pages&limit=2', reader)).json());
  expect(first.runs.map((run) => run.pr_number)).toEqual([3, 2]);
  const second = RunList.parse(
    await (await call(`/v1/runs?repo=acme/pages&limit=2&before=${first.next}`, reader)).json(),
  );
  expect(second.runs.map((run) => run.pr_number)).toEqual([1]);
  expect(second.next).toBeNull();
  expect(await problem(call('/v1/runs?colour=red', reader))).toMatchObject({
    status: 400,
    errors: [{ field: 'colour' }],
  });
  expect(await problem(call('/v1/runs?limit=x', reader))).toMatchObject({
    errors: [{ field: 'limit', problem: 'must be a number' }],
  });
});

test('a run comes with its entries, questions and cost; an unknown or malformed id is 404', async () => {
  const { id } = server.desk.seed({}, { inputTokens: 5, outputTokens: 6, costMicroUsd: 7 });
  server.desk.append(id, { event: 'run_enqueued', stage: 'enqueue' });
  server.desk.escalate(id, 'review', makeContextPackage());
  const detail = RunDetail.parse(await (await call(`/v1/runs/${id}`, reader)).json());
  expect(detail.usage).toEqual({ input_tokens: 5, output_tokens: 6, cost_microusd: 7 });
  expect(detail.entries.map((entry) => entry.name)).toEqual(['pr.opened']);
  expect(detail.escalations[0]?.package.findings).toHaveLength(2);
  expect((await problem(call(`/v1/runs/${'1'.repeat(32)}`, reader))).code).toBe('no_such_run');
  expect((await problem(call('/v1/runs/nonsense', reader))).status).toBe(404);
});

test('the audit pages by seq', async () => {
  const { id } = server.desk.seed();
  const seqs = [1, 2, 3].map(() => server.desk.append(id, { event: 'canary_tick', stage: 'canary' }).receipt.seq);
  const first = await (await call(`/v1/audit?run=${id}&limit=2`, reader)).json();
  expect(first.entries.map((entry: { seq: string }) => entry.seq)).toEqual(seqs.slice(0, 2));
  const second = await (await call(`/v1/audit?run=${id}&limit=2&after=${first.next}`, reader)).json();
  expect(second).toMatchObject({ entries: [{ seq: seqs[2] }], next: null });
  expect((await problem(call(`/v1/audit?run=${'1'.repeat(32)}`, reader))).status).toBe(404);
  expect(await problem(call('/v1/audit', reader))).toMatchObject({
    status: 400,
    errors: [{ field: 'run', problem: 'is missing' }],
  });
});

test('a machine token decides nothing, whatever its scopes', async () => {
  const { id, head_sha } = server.desk.seed();
  server.desk.escalate(id, 'review', makeContextPackage());
  for (const scopes of [['decide'], ['admin']] as const) {
    const response = call(`/v1/runs/${id}/decision`, await makeToken(open.db, scopes), {
      decision: 'approve',
      reason: 'fine',
      head_sha,
    });
    expect(await problem(response)).toMatchObject({ status: 403, code: 'not_a_person' });
  }
  expect((await server.desk.view(id as never))?.escalations[0]?.decision).toBeNull();
  const refusals = server.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a request was refused');
  expect(refusals.slice(-2)).toMatchObject(
    ['machine-decide', 'machine-admin'].map((caller) => ({
      caller,
      person: null,
      path: `/v1/runs/${id}/decision`,
      code: 'not_a_person',
      why: 'Only people decide.',
    })),
  );
});

test('a person decides once; the second word comes too late and a stale head is refused', async () => {
  const { id, head_sha } = server.desk.seed();
  server.desk.escalate(id, 'review', makeContextPackage());
  const decide = (over: object = {}) =>
    call(`/v1/runs/${id}/decision`, grace, { decision: 'approve', reason: 'fine', head_sha, ...over });
  expect(await problem(decide({ head_sha: makeSha() }))).toMatchObject({ status: 409, code: 'stale_head' });
  expect(await problem(decide({ reason: '' }))).toMatchObject({ status: 400, errors: [{ field: 'reason' }] });
  const answer = await decide();
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ decision: 'approve', approvals: 1, needed: 1 });
  expect(await problem(decide({ decision: 'reject' }))).toMatchObject({
    status: 409,
    code: 'too_late',
    detail: expect.stringContaining('approve'),
  });
});

test('cancel says whether there was something to stop', async () => {
  const { id } = server.desk.seed();
  const cancel = (runId: string, body: object = { reason: 'wrong branch' }) =>
    call(`/v1/runs/${runId}/cancel`, ci, body);
  expect((await cancel(id)).status).toBe(202);
  server.desk.update(id, { status: 'finished' });
  const late = await cancel(id);
  expect([late.status, await late.json()]).toEqual([200, { status: 'already_finished' }]);
  expect(await problem(cancel(id, {}))).toMatchObject({ status: 400, errors: [{ field: 'reason' }] });
  expect((await problem(cancel('2'.repeat(32)))).code).toBe('no_such_run');
});

test('another method on a known path is 405, an unknown path 404', async () => {
  const deleted = await fetch(`${server.url}/v1/runs`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${ci}` },
  });
  expect(deleted.headers.get('allow')).toBe('POST, GET, HEAD');
  expect(await problem(deleted)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  expect((await problem(call('/v1/nothing', ci))).code).toBe('not_found');
});

test('alive, ready, version: open to everyone, and ready says why not', async () => {
  expect(await (await fetch(`${server.url}/healthz`)).text()).toBe('ok\n');
  expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
  expect(await (await fetch(`${server.url}/version`)).json()).toEqual({
    name: 'slipway',
    version: '0.0.0-test',
    profile: 'production',
  });
  const down = await startTestServer(open.db, {
    readiness: async () => ({ ready: false, reasons: ['postgres is out of reach'] }),
  });
  const broken = await startTestServer(open.db, { readiness: () => Promise.reject(new Error('boom')) });
  try {
    const response = await fetch(`${down.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { ready: false, reasons: ['postgres is out of reach'] },
    ]);
    expect((await fetch(`${broken.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${broken.url}/healthz`)).status).toBe(200);
  } finally {
    await Promise.all([down.close(0), broken.close(0)]);
  }
});

test('metrics are for this machine or a token; a proxy on this machine is not this machine', async () => {
  const local = await fetch(`${server.url}/metrics`);
  expect([await local.text(), local.headers.get('content-type')]).toEqual([
    'slipway_up 1\n',
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const proxied = { 'x-forwarded-for': '203.0.113.9' };
  expect((await fetch(`${server.url}/metrics`, { headers: proxied })).status).toBe(401);
  expect((await call('/metrics', reader, undefined, proxied)).status).toBe(200);
});

test('openapi.json describes every route of the API, and only with schemas that resolve', async () => {
  const document = await (await fetch(`${server.url}/openapi.json`)).json();
  expect(document.openapi).toBe('3.1.1');
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method} ${path}`),
  );
  expect(described.sort()).toEqual(mountedApiRoutes().sort());
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(refs.length).toBeGreaterThan(10);
  for (const name of refs) expect(document.components.schemas).toHaveProperty(String(name));
  const body = document.paths['/v1/runs'].post.requestBody.content['application/json'].schema;
  expect(body.properties.head_sha.pattern).toBe('^[0-9a-f]{40}$');
  expect(document.paths['/healthz'].get.security).toEqual([]);
});

/** What Express has really mounted, pages and their forms aside. */
function mountedApiRoutes(): string[] {
  const app = createServer({
    desk: server.desk,
    fleet: server.fleet,
    notifications: { list: () => Promise.resolve([]), resend: () => Promise.resolve(null) },
    rollbacks: { order: () => Promise.reject(new Error('not here')), view: () => Promise.resolve(null) },
    db: open.db,
    queues: [],
    metrics: { text: async () => '', contentType: 'text/plain' },
    readiness: async () => ({ ready: true, reasons: [] }),
    config: { server: { host: '', port: 0, max_body_kb: 1, requests_per_minute: 1 }, profile: 'demo', version: '0' },
    github: { secret: undefined, targetBranches: () => [] },
    log: makeLogger({ level: 'silent', name: 'test' }),
    now: () => new Date(),
  });
  const forms = ['decision', 'cancel', 'emergency-review', 'draft'].map((name) => `/runs/:id/${name}`);
  const pages = new Set(['/', '/login', '/logout', '/runs/:id', '/runbooks', '/runbooks/:name', ...forms]);
  return app.router.stack.flatMap((layer) => {
    const route = layer.route;
    if (!route || pages.has(route.path)) return [];
    const methods = new Set(route.stack.map((handler) => handler.method).filter((method) => method !== undefined));
    // `all` answers 405: it is there for every method.
    if (methods.size > 2) return [];
    return [...methods].map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

test('every answer forbids caching, sniffing, framing and foreign content', async () => {
  const response = await fetch(`${server.url}/login`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('x-powered-by')).toBeNull();
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
  );
  expect(await response.text()).not.toMatch(/<style|style="|onclick|<script(?! src="\/assets)/);
});
