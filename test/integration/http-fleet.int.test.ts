import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { makeToken, signIn, startTestServer, type TestServer } from '../support/http-server.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;
const tokens: Record<'admin' | 'read' | 'ci', string> = { admin: '', read: '', ci: '' };
beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 3, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db);
  tokens.admin = await makeToken(open.db, ['admin'], 'ada');
  tokens.read = await makeToken(open.db, ['read', 'decide'], 'bob');
  tokens.ci = await makeToken(open.db, ['enqueue', 'read']);
});
afterAll(async () => {
  await server.close();
  await open.close();
  await database.drop();
});

async function send(path: string, token: string, body?: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${server.url}${path}`, init);
  return { status: response.status, body: await response.json() };
}

it('takes orders from an admin only, and hands on who gave them and why', async () => {
  const request = { name: 'max_concurrent_agents', value: 8, reason: 'busy week' };
  for (const token of [tokens.read, tokens.ci]) {
    expect(await send('/v1/fleet/settings', token, request)).toMatchObject({
      status: 403,
      body: { code: 'missing_scope' },
    });
  }
  expect(server.fleet.orders).toEqual([]);
  expect(await send('/v1/fleet/settings', tokens.admin, request)).toMatchObject({
    status: 200,
    body: { changed: true },
  });
  expect(await send('/v1/fleet/pause', tokens.admin, { queue: 'all', reason: 'r' })).toMatchObject({ status: 200 });
  expect(server.fleet.orders).toMatchObject([
    { verb: 'set', what: { max_concurrent_agents: 8 }, order: { reason: 'busy week', caller: { person: 'ada' } } },
    { verb: 'pause', what: ['review', 'test-gen', 'staging', 'canary', 'agents', 'approvals'] },
  ]);
});

it('says which field is wrong and what to do', async () => {
  const cases = [
    ['/v1/fleet/settings', { name: 'max_concurrent_agents', value: 0, reason: 'r' }, 'value'],
    ['/v1/fleet/settings', { name: 'max_concurrent_agents', value: 2.5, reason: 'r' }, 'value'],
    ['/v1/fleet/settings', { name: 'cap', value: 2, reason: 'r' }, 'name'],
    ['/v1/fleet/pause', { queue: 'review' }, 'reason'],
    ['/v1/fleet/pause', { queue: 'review', reason: '  ' }, 'reason'],
    ['/v1/fleet/resume', { queue: 'nowhere', reason: 'r' }, 'queue'],
  ] as const;
  for (const [path, body, field] of cases) {
    const answer = await send(path, tokens.admin, body);
    expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  }
  expect(await send('/v1/fleet/pause', tokens.admin, { queue: 'release', reason: 'r' })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'queue', problem: expect.stringContaining('makes traffic safe') }] },
  });
});

it('shows the fleet to readers, and its warnings and replicas on the runs page', async () => {
  const at = new Date('2026-11-27T03:00:00Z');
  server.fleet.shown = {
    settings: [{ name: 'max_concurrent_agents', version: 3, value: { value: 8 }, actor: 'ada', reason: 'busy', at }],
    queues: [{ name: 'agents', replicas: 1, waiting: 2, active: 8, pause: null }],
    replicas: [
      {
        id: 'host-1-4711-abc',
        host: 'host-1',
        pid: 4711,
        version: '0.1.0',
        stages: ['review', 'agents'],
        concurrency: 10,
        active: 8,
        state: 'live',
        startedAt: at,
        lastBeat: at,
        clockOffsetMs: 0,
      },
    ],
    freezes: [],
    budgets: [],
    warnings: ['no live replica serves queue canary', '<b>no markup</b>'],
  };
  expect(await send('/v1/fleet', tokens.ci)).toMatchObject({
    status: 200,
    body: {
      settings: [{ name: 'max_concurrent_agents', value: 8, by: 'ada', reason: 'busy', since: at.toISOString() }],
      queues: [{ name: 'agents', waiting: 2, active: 8, pause: null }],
      replicas: [{ id: 'host-1-4711-abc', state: 'live', active: 8, last_beat: at.toISOString() }],
    },
  });
  const { cookie } = await signIn(server.url, tokens.read);
  const page = await (await fetch(`${server.url}/`, { headers: { cookie } })).text();
  expect(page).toContain('no live replica serves queue canary');
  expect(page).toContain('&lt;b>no markup&lt;/b>');
  expect(page).toContain('host-1-4711-abc');
});

it('has notifications sent again for an admin only, by an id that is one, and says when there is none', async () => {
  const id = `${'0'.repeat(32)}.incident.webhook`;
  const path = `/v1/notifications/${id}/resend`;
  expect(await send('/v1/notifications?status=dead', tokens.ci)).toEqual({ status: 200, body: { notifications: [] } });
  expect(await send('/v1/notifications?status=lost', tokens.ci)).toMatchObject({ status: 400 });
  expect(await send(path, tokens.read, { reason: 'x' })).toMatchObject({
    status: 403,
    body: { code: 'missing_scope' },
  });
  expect(await send(path, tokens.admin, { reason: ' ' })).toMatchObject({ status: 400 });
  expect(await send(path, tokens.admin, { reason: 'mended' })).toMatchObject({
    status: 404,
    body: { code: 'no_such_notification' },
  });
  const malformed = await send('/v1/notifications/7/resend', tokens.admin, { reason: 'mended' });
  expect(malformed.status).toBe(404);
  expect(JSON.stringify(malformed.body)).toContain('must be the id of a notification');
});
