import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { deliver, makePullRequestEvent, makeWebhookSecret, signBody } from '../support/github-delivery.ts';
import { startTestServer, type TestServer } from '../support/http-server.ts';
import { makeSha } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

const secret = makeWebhookSecret();
const MB = 1024 * 1024;
let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db, { github: { secret } });
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

let prs = 0;
/** An event of a pull request that no other test has. */
function makeEvent(pullRequest: Record<string, unknown> = {}, action = 'opened') {
  return makePullRequestEvent({ action, pull_request: { number: ++prs, ...pullRequest } });
}

const send = (event: object, options: Partial<Parameters<typeof deliver>[2]> = {}) =>
  deliver(server.url, JSON.stringify(event), { secret, ...options });

const runsOf = (pr: number) => server.desk.list({ repo: 'acme/shop', pr_number: pr, limit: 200 });

async function ignoredBecause(response: Response): Promise<string> {
  expect(response.status).toBe(202);
  const answer = await response.json();
  expect(answer).toMatchObject({ result: 'ignored', detail: expect.stringMatching(/.{10}/) });
  return answer.ignored;
}

test.each(['opened', 'synchronize', 'reopened', 'ready_for_review'])(
  '%s starts a run for the head, as a machine',
  async (action) => {
    const event = makeEvent({}, action);
    const response = await send(event);
    expect(response.status).toBe(202);
    const [run] = await runsOf(event.number as number);
    expect(await response.json()).toEqual({ result: 'created', run_id: run?.id });
    expect(run).toMatchObject({
      repo: 'acme/shop',
      head_sha: event.pull_request.head.sha,
      title: 'Add bulk discounts',
      author: 'octocat',
      dry_run: false,
    });
    expect(server.desk.calls.at(-1)).toMatchObject({
      verb: 'enqueue',
      caller: { name: 'github-webhook', person: null },
    });
  },
);

test('the title is cut to 300 units, never through a character, and made safe for the record', async () => {
  const long = makeEvent({ title: `${'x'.repeat(298)}😀😀` });
  await send(long);
  const [run] = await runsOf(long.number as number);
  expect(run?.title).toBe(`${'x'.repeat(298)}…`);
  const unsafe = makeEvent({ title: 'a\u0000b\u202Ec\ud800' });
  await send(unsafe);
  expect((await runsOf(unsafe.number as number))[0]?.title).toBe('a\ufffdb\ufffdc\ufffd');
});

test('a deleted account is a ghost, as on GitHub', async () => {
  const event = makeEvent({ user: null });
  await send(event);
  expect((await runsOf(event.number as number))[0]?.author).toBe('ghost');
});

test('a ping is answered 204', async () => {
  const response = await send({ zen: 'Design for failure.', hook_id: 1 }, { event: 'ping' });
  expect([response.status, await response.text()]).toEqual([204, '']);
});

test('what means nothing here is answered 202 with the reason, and starts nothing', async () => {
  const before = server.desk.calls.length;
  expect(await ignoredBecause(await send({ ref: 'refs/heads/main' }, { event: 'push' }))).toBe('event');
  expect(await ignoredBecause(await send(makeEvent({}, 'labeled')))).toBe('action');
  expect(await ignoredBecause(await send(makeEvent({ draft: true })))).toBe('draft');
  expect(await ignoredBecause(await send(makeEvent({ base: { ref: 'develop' } })))).toBe('other_branch');
  expect(server.desk.calls).toHaveLength(before);
});

test('a repository that is not configured is 202 too, for GitHub switches failing hooks off, and the log says so', async () => {
  const delivery = randomUUID();
  const event = makePullRequestEvent({ repo: 'acme/unknown' });
  const answer = await send(event, { headers: { 'x-github-delivery': delivery } });
  expect(await ignoredBecause(answer)).toBe('not_configured');
  const line = JSON.parse(server.logged.find((text) => text.includes(delivery)) ?? '{}');
  expect(line).toMatchObject({ level: 40, msg: 'github delivery ignored', delivery, event: 'pull_request' });
  expect(line.detail).toContain('acme/unknown');
});

describe('a closed pull request', () => {
  const LATER = '2999-01-01T00:00:00Z';
  const EARLIER = '2020-01-01T00:00:00Z';

  test('has its live run cancelled', async () => {
    const event = makeEvent();
    const { run_id } = await (await send(event)).json();
    const closed = makeEvent({ ...event.pull_request, merged: false, closed_at: LATER }, 'closed');
    const response = await send(closed);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ result: 'stopping', run_ids: [run_id] });
    const [run] = await runsOf(event.number as number);
    expect(run).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'the pull request was closed' });
    expect(await ignoredBecause(await send(closed))).toBe('no_live_run');
  });

  test('has a run of an earlier head cancelled too', async () => {
    const event = makeEvent();
    const { run_id } = await (await send(event)).json();
    const closed = makeEvent({ ...event.pull_request, head: { sha: makeSha() }, closed_at: LATER }, 'closed');
    expect(await (await send(closed)).json()).toEqual({ result: 'stopping', run_ids: [run_id] });
  });

  test('keeps its run when it was merged', async () => {
    const event = makeEvent();
    await send(event);
    const merged = makeEvent({ ...event.pull_request, merged: true, closed_at: LATER }, 'closed');
    expect(await ignoredBecause(await send(merged))).toBe('merged');
    expect((await runsOf(event.number as number))[0]?.stop_kind).toBeNull();
  });

  test('threat 8: an old closing under a new id does not stop the newer head of a reopened one', async () => {
    const event = makeEvent();
    await send(event);
    const old = makeEvent({ ...event.pull_request, head: { sha: makeSha() }, closed_at: EARLIER }, 'closed');
    expect(await ignoredBecause(await send(old))).toBe('no_live_run');
    expect((await runsOf(event.number as number))[0]?.stop_kind).toBeNull();
  });
});

describe('threat 7: a forged delivery', () => {
  const body = JSON.stringify(makePullRequestEvent({ pull_request: { number: 7_000 } }));
  const sha1 = createHmac('sha1', secret).update(body).digest('hex');
  const good = signBody(body, secret);
  const REFUSED = { status: 401, code: 'bad_signature', runs: 0 };

  test.each([
    ['without a signature', { 'x-hub-signature-256': undefined }],
    ['with an empty signature', { 'x-hub-signature-256': '' }],
    ['with a short signature', { 'x-hub-signature-256': good.slice(0, -2) }],
    ['with a long signature', { 'x-hub-signature-256': `${good}00` }],
    ['with bare hex', { 'x-hub-signature-256': good.slice('sha256='.length) }],
    ['with one digit changed', { 'x-hub-signature-256': good.slice(0, -1) + (good.endsWith('0') ? '1' : '0') }],
    ['with two signatures', { 'x-hub-signature-256': `${good}, ${good}` }],
    ['with the SHA-1 header only', { 'x-hub-signature-256': undefined, 'x-hub-signature': `sha1=${sha1}` }],
    ['with SHA-1 in the SHA-256 header', { 'x-hub-signature-256': `sha1=${sha1}` }],
    ['signed with another secret', { 'x-hub-signature-256': signBody(body, makeWebhookSecret()) }],
    ['signed with no secret', { 'x-hub-signature-256': signBody(body, '') }],
  ])('%s is 401 and starts nothing', async (_what, headers) => {
    expect(await answerTo(deliver(server.url, body, { secret, headers }))).toEqual(REFUSED);
  });

  test('re-encoded on the way is 401, though it means the same', async () => {
    const signature = { 'x-hub-signature-256': good };
    expect(
      await answerTo(deliver(server.url, JSON.stringify(JSON.parse(body), null, 1), { secret, headers: signature })),
    ).toEqual(REFUSED);
    expect(await answerTo(deliver(server.url, `${body}\n`, { secret, headers: signature }))).toEqual(REFUSED);
    expect(await answerTo(deliver(server.url, Buffer.from(body, 'utf16le'), { secret, headers: signature }))).toEqual(
      REFUSED,
    );
  });

  test('is not parsed: broken JSON with a wrong signature is 401, with a right one 400', async () => {
    expect(await answerTo(deliver(server.url, '{"action":', { secret: makeWebhookSecret() }))).toEqual(REFUSED);
    const response = await deliver(server.url, '{"action":', { secret });
    expect([response.status, (await response.json()).code]).toEqual([400, 'bad_json']);
  });

  test('is not helped by a token or a session', async () => {
    const headers = { authorization: 'Bearer slw_x', 'x-hub-signature-256': undefined };
    expect(await answerTo(deliver(server.url, body, { secret, headers }))).toEqual(REFUSED);
  });

  async function answerTo(sent: Promise<Response>): Promise<object> {
    const response = await sent;
    const { code } = await response.json();
    return { status: response.status, code, runs: (await runsOf(7_000)).length };
  }
});

test('unicode is verified on the raw bytes, however it is written', async () => {
  const title = 'Größe prüfen 日本語 😀';
  const plain = makeEvent({ title });
  expect((await send(plain)).status).toBe(202);
  const escaped = makeEvent({ title });
  const ascii = JSON.stringify(escaped).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  expect(ascii).not.toContain('ö');
  expect((await deliver(server.url, ascii, { secret })).status).toBe(202);
  for (const event of [plain, escaped]) expect((await runsOf(event.number as number))[0]?.title).toBe(title);

  const latin1 = Buffer.from(JSON.stringify(makeEvent({ title: 'Größe' })), 'latin1');
  const response = await deliver(server.url, latin1, { secret });
  expect([response.status, (await response.json()).errors]).toEqual([
    400,
    [{ field: 'body', problem: 'is not UTF-8' }],
  ]);
});

describe('threat 8: a replayed delivery', () => {
  test('the same one a hundred times is one run', async () => {
    const event = makeEvent();
    const headers = { 'x-github-delivery': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 100 }, async () => (await send(event, { headers })).json()));
    const runs = await runsOf(event.number as number);
    expect(runs).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.run_id))).toEqual(new Set([runs[0]?.id]));
    expect(answers.filter((answer) => answer.result === 'created')).toHaveLength(1);
    expect(answers.filter((answer) => answer.result === 'exists')).toHaveLength(99);
  });

  test('an old one under a new id, after a newer head, leaves the newer run as it is', async () => {
    const old = makeEvent();
    await send(old);
    const newer = makeEvent({ ...old.pull_request, head: { sha: makeSha() } }, 'synchronize');
    const { run_id } = await (await send(newer)).json();
    const replayed = await send(old);
    expect(replayed.status).toBe(202);
    expect(await replayed.json()).toEqual({ result: 'older_head', run_id });
    const runs = await runsOf(old.number as number);
    expect(runs).toHaveLength(2);
    expect(runs[0]).toMatchObject({ id: run_id, stop_kind: null });
  });
});

test.each<[string, object, string]>([
  ['a missing repository', { ...makePullRequestEvent(), repository: undefined }, 'repository'],
  ['a short sha', makePullRequestEvent({ pull_request: { head: { sha: 'abc1234' } } }), 'pull_request.head.sha'],
  ['a number as text', makePullRequestEvent({ pull_request: { number: '7' } }), 'pull_request.number'],
  ['a repository that is no name', makePullRequestEvent({ repo: 'acme shop' }), 'repository.full_name'],
  ['no action', {}, 'action'],
  ['a list', [], 'body'],
])('%s is 400 and names the field', async (_what, event, field) => {
  const response = await send(event);
  expect(response.status).toBe(400);
  expect((await response.json()).errors).toMatchObject([{ field }]);
});

test('a delivery without its event, or as a form, says what to send', async () => {
  const unnamed = await send(makeEvent(), { headers: { 'x-github-event': undefined } });
  expect([unnamed.status, (await unnamed.json()).errors[0].field]).toEqual([400, 'x-github-event']);
  const form = await deliver(server.url, 'payload=%7B%7D', {
    secret,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect([form.status, (await form.json()).code]).toEqual([415, 'unsupported_type']);
});

/** Sends a head and then pieces of a body until `total` bytes are gone or the connection is; what was answered and how much left. */
function flood(head: string, total: number): Promise<{ answer: string; sent: number }> {
  const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  let sent = 0;
  const pump = () => {
    while (sent < total) {
      sent += 65_536;
      if (!socket.write(piece)) return;
    }
  };
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.write(`POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}\r\n\r\n`);
      pump();
    });
    socket.on('drain', pump);
    socket.on('data', (data) => {
      answer += data.toString();
      // Where nothing was sent there is nothing to cut.
      if (total === 0) socket.destroy();
    });
    // A cut connection is what is asked for.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, sent }));
  });
}

describe('threat 9: a body above 5 MB', () => {
  const signature = `X-Hub-Signature-256: ${signBody('', secret)}`;

  test('is 413 when it says so, before a byte of it', async () => {
    const { answer } = await flood(`${signature}\r\nContent-Length: ${5 * MB + 1}`, 0);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('body_too_large');
  });

  test('is 413 when it does not say so, and is cut', async () => {
    const { answer, sent } = await flood(`${signature}\r\nTransfer-Encoding: chunked`, 100 * MB);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(20 * MB);
  });

  test('is not read at all without a signature', async () => {
    const { answer, sent } = await flood('Transfer-Encoding: chunked', 100 * MB);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(sent).toBeLessThan(8 * MB);
  });
});

test('without the secret there is no hook: 404 says what to set, whatever is sent', async () => {
  const bare = await startTestServer(open.db);
  try {
    const body = JSON.stringify(makeEvent());
    for (const headers of [{}, { 'x-hub-signature-256': signBody(body, '') }, { 'x-hub-signature-256': undefined }]) {
      const response = await deliver(bare.url, body, { secret, headers });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({
        code: 'webhook_not_enabled',
        detail: expect.stringContaining('GITHUB_WEBHOOK_SECRET'),
      });
    }
    expect(bare.desk.calls).toEqual([]);
  } finally {
    await bare.close(0);
  }
});

test('other methods are 405, and openapi.json describes the hook as public', async () => {
  const got = await fetch(`${server.url}/webhooks/github`);
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  const document = await (await fetch(`${server.url}/openapi.json`)).json();
  const hook = document.paths['/webhooks/github'].post;
  expect(hook.security).toEqual([]);
  expect(Object.keys(hook.responses)).toEqual(expect.arrayContaining(['202', '204', '400', '401', '404', '413']));
});

test('the secret is in no log line', () => {
  expect(server.logged.length).toBeGreaterThan(20);
  expect(server.logged.filter((line) => line.includes(secret))).toEqual([]);
});
