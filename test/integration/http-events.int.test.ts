import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreDown } from '../../src/errors.ts';
import { EntryJson } from '../../src/http/api/schemas.ts';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { makeToken, startTestServer, type TestServer } from '../support/http-server.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;
let reader: string;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db);
  reader = await makeToken(open.db, ['read']);
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

function follow(id: string, headers: Record<string, string> = {}, query = '', signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/v1/runs/${id}/events${query}`, {
    headers: { authorization: `Bearer ${reader}`, ...headers },
    ...(signal ? { signal } : {}),
  });
}

/** Blocks of a stream as they come: events and comments. */
async function* blocks(response: Response): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
}

async function readEvents(response: Response): Promise<{ id: string; name: string; data: EntryJson }[]> {
  const events = [];
  for await (const block of blocks(response)) {
    const [, id, name, data] = /^id: (\d+)\nevent: (\S+)\ndata: (.*)$/.exec(block) ?? [];
    if (id !== undefined && name !== undefined && data !== undefined)
      events.push({ id, name, data: EntryJson.parse(JSON.parse(data)) });
  }
  return events;
}

function seedRun(): string {
  const { id } = server.desk.seed();
  server.desk.append(id, { event: 'run_enqueued', stage: 'enqueue' });
  server.desk.append(id, { event: 'review_evaluation', stage: 'review' });
  server.desk.append(id, { event: 'staging_validation', stage: 'staging' });
  return id;
}

test('sends what is on the record under its names, then what comes, and ends after the last entry', async () => {
  const id = seedRun();
  const response = await follow(id);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  server.desk.append(id, { event: 'canary_started', stage: 'canary' });
  server.desk.append(id, { event: 'run_finished', stage: 'release', outcome: 'deployed' });
  const events = await readEvents(response);
  expect(events.map((event) => event.name)).toEqual([
    'pr.opened',
    'review.complete',
    'staging.validated',
    'canary.started',
    'run.finished',
  ]);
  expect(events.every((event) => event.id === event.data.seq && event.data.entry.run_id === id)).toBe(true);
});

test('resumes after Last-Event-ID without a gap or a repeat', async () => {
  const id = seedRun();
  server.desk.append(id, { event: 'run_finished', stage: 'release' });
  const all = await readEvents(await follow(id));
  const rest = await readEvents(await follow(id, { 'last-event-id': all[1]?.id ?? '' }));
  expect(rest.map((event) => event.id)).toEqual(all.slice(2).map((event) => event.id));
  const byQuery = await readEvents(await follow(id, {}, `?after=${all[2]?.id}`));
  expect(byQuery.map((event) => event.name)).toEqual(['run.finished']);
});

test('who has seen the last entry is told to stay away', async () => {
  const id = seedRun();
  const last = server.desk.append(id, { event: 'run_finished', stage: 'release' });
  expect((await follow(id, { 'last-event-id': last.receipt.seq })).status).toBe(204);
});

test('HEAD says what it is and ends', async () => {
  const url = `${server.url}/v1/runs/${seedRun()}/events`;
  const response = await fetch(url, { method: 'HEAD', headers: { authorization: `Bearer ${reader}` } });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
});

test('a malformed Last-Event-ID and an unknown run are problems', async () => {
  const bad = await follow(seedRun(), { 'last-event-id': '1;drop' });
  expect([bad.status, await bad.json()]).toMatchObject([400, { errors: [{ field: 'last-event-id' }] }]);
  expect((await follow('3'.repeat(32))).status).toBe(404);
});

test('hostile text stays inside its event', async () => {
  const { id } = server.desk.seed();
  const rationale = 'fine\n\nid: 999\nevent: run.finished\ndata: {}\n\n';
  server.desk.append(id, { event: 'review_evaluation', stage: 'review', rationale });
  server.desk.append(id, { event: 'run_finished', stage: 'release' });
  const events = await readEvents(await follow(id));
  expect(events.map((event) => event.name)).toEqual(['review.complete', 'run.finished']);
  expect(events[0]?.data.entry.rationale).toContain('event: run.finished');
});

test('a quiet stream sends comments, survives a store that is away, and goes on', async () => {
  const id = seedRun();
  const stream = blocks(await follow(id));
  for (let seen = 0; seen < 4; seen += 1) await stream.next();
  expect((await stream.next()).value).toBe(': still here');
  server.desk.failNextRead(new StoreDown('postgres'));
  expect((await stream.next()).value).toBe(': still here');
  server.desk.append(id, { event: 'run_finished', stage: 'release' });
  const rest = [];
  for await (const block of stream) rest.push(block);
  expect(rest.at(-1)).toContain('event: run.finished');
  expect(server.logged.join()).toContain('the event stream waits for the store');
});

test('a reader that leaves is forgotten: the record is asked no more', async () => {
  const left = seedRun();
  const other = seedRun();
  const { desk } = server;
  const original = desk.entriesAfter.bind(desk);
  const asked = new Map([
    [left, 0],
    [other, 0],
  ]);
  const waits: { id: string; count: number; done: () => void }[] = [];
  const polled = (id: string, count: number) => new Promise<void>((done) => waits.push({ id, count, done }));
  desk.entriesAfter = (id, seq) => {
    asked.set(id, (asked.get(id) ?? 0) + 1);
    for (const wait of waits) if ((asked.get(wait.id) ?? 0) >= wait.count) wait.done();
    return original(id, seq);
  };
  try {
    const leaving = new AbortController();
    const enough = polled(left, 3);
    await follow(left, {}, '', leaving.signal);
    await enough;
    leaving.abort();
    await server.whenLogged(`/v1/runs/${left}/events`);
    const askedThen = asked.get(left) ?? 0;
    // Another stream takes as many turns as the one that left would have had.
    const turns = polled(other, 10);
    const stream = blocks(await follow(other));
    await turns;
    await stream.return(undefined);
    expect(asked.get(left)).toBe(askedThen);
  } finally {
    desk.entriesAfter = original;
  }
});
