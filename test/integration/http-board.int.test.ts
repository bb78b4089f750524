import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { makeToken, signIn, startTestServer, type TestServer } from '../support/http-server.ts';
import { makeDatabase, redisForTest, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let queue: Queue;
let server: TestServer;
let reader: string;
let cookie: string;
let jobId: string;
const secret = ['not', 'for', 'the', 'board'].join('-');

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  const { url, prefix } = redisForTest();
  queue = new Queue('review', { connection: { url }, prefix });
  jobId = String((await queue.add('review', { run_id: 'a'.repeat(32), diff: secret })).id);
  server = await startTestServer(open.db, { queues: [queue] });
  reader = await makeToken(open.db, ['read']);
  cookie = (await signIn(server.url, await makeToken(open.db, ['read'], 'grace'))).cookie;
});

afterAll(async () => {
  await server?.close(0);
  await queue?.close();
  await open?.close();
  await database?.drop();
});

const BOARD = '/admin/queues';

function send(path: string, headers: Record<string, string>, method = 'GET'): Promise<Response> {
  return fetch(server.url + BOARD + path, { method, redirect: 'manual', headers });
}

describe('threat 12: the queue board is closed to strangers and only looks', () => {
  test('without credentials nothing of it is shown, whatever the method', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      for (const path of ['', '/api/queues', `/api/queues/review/${jobId}`, '/static/js/main.js']) {
        const { status } = await send(path, {}, method);
        expect({ method, path, status }).toEqual({ method, path, status: 401 });
      }
    }
    expect((await send('', { authorization: `Bearer slw_${'x'.repeat(43)}` })).status).toBe(401);
    expect((await send('', { cookie: `slipway-session=${'x'.repeat(43)}` })).status).toBe(401);
  });

  test('a browser is sent to sign in', async () => {
    const response = await send('', { accept: 'text/html' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login?next=%2Fadmin%2Fqueues']);
  });

  test('a token without read does not get in', async () => {
    const token = await makeToken(open.db, ['enqueue', 'decide']);
    expect((await send('', { authorization: `Bearer ${token}` })).status).toBe(403);
  });

  test('a session or a token with read may look', async () => {
    for (const headers of [{ cookie }, { authorization: `Bearer ${reader}` }]) {
      const page = await send('', headers);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(page.headers.get('x-powered-by')).toBeNull();
      const list = await (await send('/api/queues?activeQueue=review&page=1', headers)).json();
      expect(list.queues).toMatchObject([{ name: 'review', readOnlyMode: true }]);
    }
  });

  test.each([
    ['PUT', `/api/queues/review/${'JOB'}/retry`],
    ['PUT', `/api/queues/review/${'JOB'}/promote`],
    ['PUT', `/api/queues/review/${'JOB'}/clean`],
    ['PATCH', `/api/queues/review/${'JOB'}/update-data`],
    ['PUT', '/api/queues/review/clean/waiting'],
    ['PUT', '/api/queues/review/pause'],
    ['PUT', '/api/queues/pause'],
    ['PUT', '/api/queues/review/empty'],
    ['PUT', '/api/queues/review/obliterate'],
    ['POST', '/api/queues/review/add'],
    ['DELETE', '/api/queues/review'],
  ])('%s %s is refused even to an admin', async (method, path) => {
    const admin = await makeToken(open.db, ['admin'], 'root');
    const response = await send(
      path.replace('JOB', jobId),
      { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      method,
    );
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ code: 'read_only' });
  });

  test('after all of that the queue is as it was', async () => {
    expect(await queue.isPaused()).toBe(false);
    expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 1 });
  });

  test('job data shows ids only, in the list, the job and the flow', async () => {
    const headers = { authorization: `Bearer ${reader}` };
    for (const path of [
      '/api/queues?activeQueue=review&page=1',
      `/api/queues/review/${jobId}`,
      `/api/queues/review/${jobId}/flow`,
    ]) {
      expect(await (await send(path, headers)).text()).not.toContain(secret);
    }
    const { job } = await (await send(`/api/queues/review/${jobId}`, headers)).json();
    expect(job.data).toEqual({ run_id: 'a'.repeat(32), diff: '[redacted]' });
  });
});
