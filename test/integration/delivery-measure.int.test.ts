import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SmokeCheck } from '../../src/config/smoke-schema.ts';
import { measureEndpoint } from '../../src/delivery/measure.ts';
import { runSmoke } from '../../src/delivery/smoke.ts';
import { eventually } from '../support/eventually.ts';

let server: Server;
let endpoint: string;
let served = 0;
let closed = 0;
let open = 0;
let peak = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    served += 1;
    open += 1;
    peak = Math.max(peak, open);
    response.once('close', () => (open -= 1));
    const path = request.url ?? '/';
    if (path === '/reset') return void request.socket.destroy();
    if (path === '/silent') return void request.socket.once('close', () => (closed += 1));
    if (path === '/moved') return void response.writeHead(302, { location: '/' }).end();
    if (path === '/error') return void response.writeHead(503).end();
    if (path === '/echo') return void request.pipe(response);
    setImmediate(() => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello'));
  });
  endpoint = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
    });
  });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const never = () => new AbortController().signal;
const check = (change: Partial<SmokeCheck>): SmokeCheck => ({
  method: 'GET',
  path: '/',
  status: 200,
  max_latency_ms: 2_000,
  ...change,
});

describe('runSmoke', () => {
  it('runs every check and says what it saw', async () => {
    const checks = [
      check({ body_contains: 'hello' }),
      check({ body_contains: 'goodbye' }),
      check({ path: '/error' }),
      check({ path: '/moved', status: 302 }),
      check({ path: '/reset' }),
      check({ path: '/echo', method: 'POST', body: '{"a":1}', body_contains: '"a":1' }),
      check({ path: '/silent', max_latency_ms: 1 }),
    ];
    const results = await runSmoke(endpoint, checks, never());
    expect(results.map(({ name, passed }) => [name, passed])).toEqual([
      ['GET /', true],
      ['GET /', false],
      ['GET /error', false],
      ['GET /moved', true],
      ['GET /reset', false],
      ['POST /echo', true],
      ['GET /silent', false],
    ]);
    expect(results[1]?.detail).toBe('the body does not contain "goodbye"');
    expect(results[2]).toMatchObject({ detail: 'answered 503, wanted 200', status: 503 });
    expect(results[4]).toMatchObject({ detail: 'no answer: socket hang up', status: null, latency_ms: null });
    expect(results[6]?.detail).toBe('no answer: no answer in 1001 ms');
    await eventually('the silent connection is closed', () => closed === 1);
  });

  it('fails an answer that came too late', async () => {
    const [result] = await runSmoke(endpoint, [check({ max_latency_ms: 0.001 })], never());
    expect(result).toMatchObject({ passed: false, status: 200 });
    expect(result?.detail).toContain('limit 0.001 ms');
  });

  it('ends when aborted', async () => {
    await expect(runSmoke(endpoint, [check({})], AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

describe('measureEndpoint', () => {
  it('sends exactly the requests asked for, never more at once, over all paths', async () => {
    served = 0;
    peak = 0;
    const measured = await measureEndpoint({
      endpoint,
      paths: ['/', '/error', '/reset'],
      requests: 90,
      concurrency: 4,
      signal: never(),
    });
    expect(served).toBe(90);
    expect(peak).toBeLessThanOrEqual(4);
    expect(measured).toMatchObject({ requests: 90, errors: 60, error_rate: 60 / 90 });
    const { p50_ms, p95_ms, p99_ms } = measured;
    expect([p50_ms, p95_ms, p99_ms].every((value) => value !== null && value > 0)).toBe(true);
    expect([p50_ms, p95_ms, p99_ms]).toEqual([p50_ms, p95_ms, p99_ms].toSorted((a, b) => (a ?? 0) - (b ?? 0)));
  });

  it('has no percentiles when nothing answers', async () => {
    const measured = await measureEndpoint({
      endpoint: 'http://127.0.0.1:9',
      paths: ['/'],
      requests: 5,
      concurrency: 2,
      signal: never(),
    });
    expect(measured).toEqual({ requests: 5, errors: 5, error_rate: 1, p50_ms: null, p95_ms: null, p99_ms: null });
  });

  it('ends when aborted', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(measureEndpoint({ endpoint, paths: ['/'], requests: 5, concurrency: 2, signal })).rejects.toThrow(
      'stop',
    );
  });
});
