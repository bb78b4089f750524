import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SmokeCheck } from '../../src/config/smoke-schema.ts';
import { summarise } from '../../src/delivery/load-sample.ts';
import { runLoad } from '../../src/delivery/run-load.ts';
import { runSmoke } from '../../src/delivery/smoke.ts';
import { eventually } from '../support/eventually.ts';

let server: Server;
let endpoint: string;
const askedFor = new Map<string, number>();
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
    askedFor.set(path, (askedFor.get(path) ?? 0) + 1);
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

const paths = [
  { path: '/', weight: 1, method: 'GET' },
  { path: '/error', weight: 1, method: 'GET' },
  { path: '/reset', weight: 1, method: 'GET' },
] as const;

describe('runLoad', () => {
  it('sends exactly the requests asked for, by weight over all paths, and counts what failed', async () => {
    served = 0;
    askedFor.clear();
    const load = { rate_rps: 2_000, max_in_flight: 200, paths: [...paths] };
    const sample = await runLoad({ endpoint, load, requests: 90, signal: never() });
    expect(served).toBe(90);
    const [errors, resets] = [askedFor.get('/error') ?? 0, askedFor.get('/reset') ?? 0];
    expect(Math.min(errors, resets, 90 - errors - resets)).toBeGreaterThanOrEqual(28);
    expect(sample).toMatchObject({ requests: 90, errors: errors + resets });
    expect(sample.latencies_ms).toEqual(sample.latencies_ms.toSorted((a, b) => a - b));
    // A reset has no answer and so no latency; an error has.
    expect(sample.latencies_ms).toHaveLength(90 - resets);
  });

  it('goes on by the clock while nothing answers, and what it cannot send counts as failed', async () => {
    peak = 0;
    const load = { rate_rps: 1_000, max_in_flight: 4, paths: [{ path: '/silent', weight: 1, method: 'GET' as const }] };
    const stop = new AbortController();
    const running = runLoad({ endpoint, load, requests: 40, signal: stop.signal });
    await eventually('the limit is reached', () => open >= 4);
    stop.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    expect(peak).toBe(4);
    const quick = { ...load, paths: [{ path: '/reset', weight: 1, method: 'GET' as const }] };
    expect(await runLoad({ endpoint, load: quick, requests: 40, signal: never() })).toMatchObject({ errors: 40 });
  });

  it('has no latencies when nothing answers', async () => {
    const load = { rate_rps: 100, max_in_flight: 2, paths: [...paths] };
    const sample = await runLoad({ endpoint: 'http://127.0.0.1:9', load, requests: 5, signal: never() });
    expect(sample).toEqual({ requests: 5, errors: 5, latencies_ms: [] });
    expect(summarise(sample)).toEqual({
      requests: 5,
      errors: 5,
      error_rate: 1,
      p50_ms: null,
      p95_ms: null,
      p99_ms: null,
    });
  });

  it('ends when aborted', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    const load = { rate_rps: 100, max_in_flight: 2, paths: [...paths] };
    await expect(runLoad({ endpoint, load, requests: 5, signal })).rejects.toThrow('stop');
  });
});
