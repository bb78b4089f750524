import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { makeWorkerHttp } from '../../src/http/make-worker-http.ts';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { makeToken, startTestServer, type TestServer } from '../support/http-server.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

const log = makeLogger({ level: 'silent', name: 'test' });
let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;
let ci: string;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log });
  server = await startTestServer(open.db);
  ci = await makeToken(open.db, ['enqueue', 'read']);
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

const MB = 1024 * 1024;

/** Streams `total` bytes as chunks, never faster than the server reads; what was answered, how much left, how much memory it took. */
function flood(head: string, total: number): Promise<{ answer: string; sent: number; grown: number }> {
  const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
  const rss = process.memoryUsage().rss;
  let peak = rss;
  let answer = '';
  let sent = 0;
  const socket: Socket = connect(server.port, '127.0.0.1');
  const pump = () => {
    while (sent < total) {
      sent += 65_536;
      peak = Math.max(peak, process.memoryUsage().rss);
      if (!socket.write(piece)) return;
    }
  };
  return new Promise((resolve) => {
    socket.on('connect', () => {
      socket.write(head);
      pump();
    });
    socket.on('drain', pump);
    socket.on('data', (data) => {
      answer += data.toString();
    });
    // A cut connection is what is asked for.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, sent, grown: peak - rss }));
  });
}

const chunked = (token: string) =>
  `POST /v1/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;

test('threat 9: a body above the limit is 413 and says the limit', async () => {
  const body = JSON.stringify({ title: 'x'.repeat(70_000) });
  const response = await fetch(`${server.url}/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ci}`, 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({
    code: 'body_too_large',
    detail: expect.stringContaining('65536 bytes (server.max_body_kb)'),
  });
});

test('threat 9: 100 MB streamed without a length is answered 413, cut, and takes no memory', async () => {
  const { answer, sent, grown } = await flood(chunked(ci), 100 * MB);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('body_too_large');
  expect(sent).toBeLessThan(8 * MB);
  expect(grown).toBeLessThan(48 * MB);
});

test('threat 9: without a token not even that much is read', async () => {
  const { answer, sent } = await flood(chunked('slw_nobody'), 100 * MB);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(sent).toBeLessThan(8 * MB);
});

test('threat 9: deep and wide JSON inside the limit is refused by shape, not by a crash', async () => {
  const send = (body: string) =>
    fetch(`${server.url}/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ci}`, 'content-type': 'application/json' },
      body,
    });
  expect((await send(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)).status).toBe(400);
  const wide = await send(`{${Array.from({ length: 5000 }, (_, n) => `"k${n}":1`).join(',')}}`);
  expect(wide.status).toBe(400);
  expect((await send('{"__proto__":{"admin":true}}')).status).toBe(400);
});

test('more requests than allowed are 429 with when to come back; probes are not counted', async () => {
  const small = await startTestServer(open.db, { server: { requests_per_minute: 2 } });
  try {
    for (let n = 0; n < 3; n += 1) expect((await fetch(`${small.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${small.url}/openapi.json`)).status).toBe(200);
    expect((await fetch(`${small.url}/openapi.json`)).status).toBe(200);
    const limited = await fetch(`${small.url}/openapi.json`);
    expect([limited.status, limited.headers.get('content-type')]).toEqual([
      429,
      'application/problem+json; charset=utf-8',
    ]);
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await limited.json()).toMatchObject({ code: 'too_many_requests' });
  } finally {
    await small.close(0);
  }
});

test('a fault of ours is a 500 that says nothing of its inside; the log has it under the request id', async () => {
  const failing = await startTestServer(open.db);
  failing.desk.list = () => Promise.reject(new Error('select broke at /srv/secret'));
  try {
    const token = await makeToken(open.db, ['read']);
    const response = await fetch(`${failing.url}/v1/runs`, { headers: { authorization: `Bearer ${token}` } });
    const problem = await response.json();
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(problem)).not.toContain('srv');
    const line = failing.logged.find((entry) => entry.includes('/srv/secret'));
    expect(JSON.parse(line ?? '{}').req.id).toBe(problem.request_id);
  } finally {
    await failing.close(0);
  }
});

test('closing ends event streams and idle connections at once', async () => {
  const closing = await startTestServer(open.db);
  const { id } = closing.desk.seed();
  const token = await makeToken(open.db, ['read']);
  const stream = await fetch(`${closing.url}/v1/runs/${id}/events`, { headers: { authorization: `Bearer ${token}` } });
  await fetch(`${closing.url}/healthz`);
  // Were a stream to hold it open, this would last the whole grace and the test would time out.
  await closing.close(600_000);
  expect(await stream.text()).toContain('retry: 2000');
  await expect(fetch(`${closing.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('closing lets a request in flight finish, and cuts it after the grace', async () => {
  const app = express();
  const arrived = new EventEmitter();
  app.get('/slow', (_req, res) => arrived.emit('slow', res));
  app.get('/hung', (_req, res) => arrived.emit('hung', res));
  const listening = await listen(app, { host: '127.0.0.1', port: 0 });
  const both = Promise.all([once(arrived, 'slow'), once(arrived, 'hung')]);
  const slow = fetch(`${listening.url}/slow`);
  const hung = fetch(`${listening.url}/hung`).catch((error: unknown) => error);
  const [[response]] = await both;
  const closed = listening.close(300);
  response.send('done');
  expect(await (await slow).text()).toBe('done');
  await closed;
  expect(String(await hung)).toContain('fetch failed');
});

test('a taken port is a clear error that names the setting', async () => {
  await expect(listen(express(), { host: '127.0.0.1', port: server.port })).rejects.toThrow(
    `server.port: port ${server.port} on 127.0.0.1 is taken (choose another port; 0 takes a free one)`,
  );
});

test('a worker serves its metrics, whether it lives and whether it is ready, and nothing else', async () => {
  let ready = true;
  const handler = makeWorkerHttp({
    metrics: { text: async () => 'slipway_stage 1\n', contentType: 'text/plain; version=0.0.4' },
    readiness: async () => ({ ready, reasons: ready ? [] : ['redis is out of reach'] }),
    log,
  });
  const worker = await listen(handler, { host: '127.0.0.1', port: 0 });
  try {
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(worker.url + path, { method });
      return [response.status, await response.text()];
    };
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect(await get('/metrics?x=1')).toEqual([200, 'slipway_stage 1\n']);
    expect(await get('/readyz')).toEqual([200, '{"ready":true,"reasons":[]}\n']);
    ready = false;
    expect(await get('/readyz')).toEqual([503, '{"ready":false,"reasons":["redis is out of reach"]}\n']);
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect((await get('/v1/runs'))[0]).toBe(404);
    expect((await get('/metrics', 'POST'))[0]).toBe(405);
  } finally {
    await worker.close(0);
  }
});
