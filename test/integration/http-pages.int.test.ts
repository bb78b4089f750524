import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeFinding } from '../support/change-facts.ts';
import { makeContextPackage } from '../support/http-seeds.ts';
import {
  csrfOf,
  makeToken,
  postForm,
  readPage,
  signIn,
  startTestServer,
  type TestServer,
} from '../support/http-server.ts';
import { makeIncident } from '../support/make-incident.ts';
import { makeSha } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;
let grace: string;
let ada: string;
let machine: string;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db);
  const cookieOf = async (person: string | null) =>
    (await signIn(server.url, await makeToken(open.db, ['read', 'decide', 'enqueue'], person))).cookie;
  [grace, ada, machine] = [await cookieOf('grace'), await cookieOf('ada'), await cookieOf(null)];
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

const page = (path: string, cookie: string) => readPage(server.url + path, cookie);
const post = (path: string, ...form: [string, Record<string, string>, Record<string, string>?]) =>
  postForm(server.url + path, ...form);

function waiting(over: Partial<Run> = {}): Run {
  const run = server.desk.seed({ status: 'waiting', head_sha: makeSha(), title: 'Add a loyalty tier', ...over });
  server.desk.append(run.id, { event: 'escalated', stage: 'review', outcome: 'waiting_for_a_person' });
  server.desk.escalate(run.id, 'review', makeContextPackage());
  return run;
}

test('strangers are sent to sign in, and come back to the page they wanted', async () => {
  const id = 'b'.repeat(32);
  const response = await fetch(`${server.url}/runs/${id}`, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([303, `/login?next=%2Fruns%2F${id}`]);
});

test('the inbox shows what waits for whoever looks, and why something waits for another', async () => {
  const run = waiting({ title: 'Inbox question' });
  const mine = await page('/', grace);
  expect(mine).toMatch(new RegExp(`Waits for you</h1>.*href="/runs/${run.id}#decide".*<h2 id="runs"`, 's'));
  const authors = await page('/', ada);
  expect(authors).toContain('Nothing waits for your decision.');
  expect(authors).toContain('somebody else has to decide');
});

test('a run whose canary was rolled back shows why, drawn, with the report as a document and as JSON', async () => {
  const run = server.desk.seed({ status: 'finished', outcome: 'rolled_back' });
  const incident = makeIncident();
  const { series, weights } = incident;
  const course = { series, weights, limits: { error_rate_threshold: 0.005, slow_share_threshold: 0.01 } };
  const answer = {
    change_echo: { repo: run.repo, pr_number: 1, head_sha: run.head_sha },
    summary: '<b>It leaks.</b>',
    probable_cause: 'A map.',
    contributing: [],
    recommendation: 'Bound it.',
  };
  server.desk.setCanary(run.id, { course, incident, opinion: { model: 'm', answer, missing: null } });
  const html = await page(`/runs/${run.id}`, grace);
  expect(html).toMatch(/<figure class="chart"><svg [^>]*role="img"/);
  expect(html).toContain('<a href="/runbooks/canary-regression">');
  expect(html).toContain('An agent’s opinion; nothing rests on it');
  expect(html).not.toContain('<b>It leaks.');
  const get = (path: string) => fetch(`${server.url}${path}`, { headers: { cookie: grace } });
  expect(await (await get(`/v1/runs/${run.id}/incident`)).json()).toMatchObject({ incident: { cause: 'regression' } });
  const report = await get(`/v1/runs/${run.id}/incident.md`);
  expect(report.headers.get('content-type')).toContain('text/markdown');
  expect(await report.text()).toContain('**FAIL, regression**');
  const other = await get(`/v1/runs/${waiting().id}/incident`);
  expect([other.status, await other.json()]).toMatchObject([404, { code: 'no_incident' }]);
});

test('runbooks open without a sign-in and link only to what opens; nothing else of the disk is served', async () => {
  const read = async (path: string) => {
    const response = await fetch(`${server.url}${path}`, { redirect: 'manual' });
    return { status: response.status, html: await response.text() };
  };
  const index = await read('/runbooks');
  const pathsOf = (html: string) => [...html.matchAll(/href="(\/runbooks\/[^"#]+)/g)].map((match) => match[1] ?? '');
  const paths = pathsOf(index.html);
  expect(paths).toContain('/runbooks/canary-regression');
  expect(paths.length).toBeGreaterThan(30);
  for (const path of paths) {
    const { status, html } = await read(path);
    expect([path, status]).toEqual([path, 200]);
    for (const linked of pathsOf(html)) expect(paths).toContain(linked);
    // Rendered: no Markdown is left where it would have been text.
    expect(html).toMatch(/<h1>[^<]+<\/h1>/);
    expect(html).not.toMatch(/^(#|```|\|)/m);
  }
  for (const path of ['/runbooks/none', '/runbooks/..%2f..%2fREADME', '/runbooks/constructor'])
    expect((await read(path)).status).toBe(404);
});

test('search finds by repo and PR, goes to a run by its id, and explains what it cannot use', async () => {
  const run = server.desk.seed({ repo: 'acme/found', pr_number: 77, title: 'Needle' });
  server.desk.seed({ repo: 'acme/other', pr_number: 78, title: 'Hay' });
  const found = await page('/?q=acme/found%2377', grace);
  expect(found).toContain('Needle');
  expect(found).not.toContain('Hay');
  const direct = await fetch(`${server.url}/?q=${run.id}`, { redirect: 'manual', headers: { cookie: grace } });
  expect(direct.headers.get('location')).toBe(`/runs/${run.id}`);
  expect(await page('/?q=abc1234', grace)).toContain('paste all 40 digits');
});

test('the run page shows stages, findings, the score as a sum, facts, diff, baseline and the record', async () => {
  const html = await page(`/runs/${waiting({ risk_score: 7.4 }).id}`, grace);
  for (const text of [
    'Waits for a person',
    'CREATE INDEX customers_by_tier',
    '+4.0',
    '−0.1',
    'Changes a database schema',
    'Unknown, counts as yes',
    'ALTER TABLE in a migration',
    '142.6 ms',
    '+125',
    'opinion',
    'waiting for a person',
    'Your decision is needed',
  ])
    expect(html).toContain(text);
});

test('approving by form records it under the person and returns to the page', async () => {
  const run = waiting();
  const html = await page(`/runs/${run.id}`, grace);
  const response = await post(`/runs/${run.id}/decision`, grace, {
    csrf: csrfOf(html),
    head_sha: run.head_sha,
    decision: 'approve',
    reason: 'Looked at the index.',
  });
  expect([response.status, response.headers.get('location')]).toEqual([303, `/runs/${run.id}?notice=approve`]);
  const after = await page(`/runs/${run.id}?notice=approve`, grace);
  expect(after).toContain('Approved. It is on the record');
  expect(after).toMatch(/Approved.* by <bdi>grace<\/bdi>/s);
  expect(after).toContain('Looked at the index.');
  expect(after).not.toContain('name="decision"');
});

describe('forms', () => {
  test.each([
    ['no CSRF token', {}],
    ['a wrong CSRF token', { csrf: 'x'.repeat(43) }],
  ])('with %s are refused and decide nothing', async (_what, fields) => {
    const run = waiting();
    const calls = server.desk.calls.length;
    for (const path of [`/runs/${run.id}/decision`, `/runs/${run.id}/cancel`]) {
      const response = await post(path, grace, { head_sha: run.head_sha, decision: 'approve', reason: 'x', ...fields });
      expect([path, response.status]).toEqual([path, 403]);
      expect(await response.text()).toContain('did not come from this page');
    }
    expect(server.desk.calls).toHaveLength(calls);
  });

  test("somebody else's CSRF token does not help", async () => {
    const run = waiting();
    const csrf = csrfOf(await page('/', ada));
    expect(
      (
        await post(`/runs/${run.id}/decision`, grace, {
          csrf,
          head_sha: run.head_sha,
          decision: 'approve',
          reason: 'x',
        })
      ).status,
    ).toBe(403);
  });

  test('that the browser says came from another site are refused', async () => {
    const run = waiting();
    const csrf = csrfOf(await page('/', grace));
    const response = await post(
      `/runs/${run.id}/decision`,
      grace,
      { csrf, head_sha: run.head_sha, decision: 'approve', reason: 'x' },
      { 'sec-fetch-site': 'cross-site' },
    );
    expect(response.status).toBe(403);
  });

  test('a bearer token is no session: forms are for people with a page', async () => {
    const run = waiting();
    const token = await makeToken(open.db, ['admin'], 'root');
    const response = await fetch(`${server.url}/runs/${run.id}/decision`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams({ decision: 'approve' }),
    });
    expect(response.status).toBe(401);
  });
});

test('a machine, the author and a token without the scope see why the form is not there, and their forms are refused', async () => {
  const run = waiting();
  const reader = (await signIn(server.url, await makeToken(open.db, ['read'], 'reader'))).cookie;
  const cases = [
    [machine, 'Only people decide'],
    [ada, 'somebody else has to decide'],
    [reader, 'may look but not decide'],
  ] as const;
  for (const [cookie, words] of cases) {
    const html = await page(`/runs/${run.id}`, cookie);
    expect(html).toContain(words);
    expect(html).not.toContain('name="decision"');
    const response = await post(`/runs/${run.id}/decision`, cookie, {
      csrf: csrfOf(html),
      head_sha: run.head_sha,
      decision: 'approve',
      reason: 'x',
    });
    expect(response.status).toBe(403);
  }
  expect((await server.desk.view(run.id as never))?.escalations[0]?.decision).toBeNull();
});

test('a refused decision is explained and what was typed is kept', async () => {
  const run = waiting();
  const csrf = csrfOf(await page(`/runs/${run.id}`, grace));
  const response = await post(`/runs/${run.id}/decision`, grace, {
    csrf,
    head_sha: makeSha(),
    decision: 'approve',
    reason: 'My long reason',
  });
  expect(response.status).toBe(409);
  const html = await response.text();
  expect(html).toContain(`Not recorded: The head is now ${run.head_sha}`);
  expect(html).toMatch(/<textarea[^>]*>My long reason<\/textarea>/);
});

test('a run can be stopped from its page, with a reason', async () => {
  const run = server.desk.seed();
  const csrf = csrfOf(await page(`/runs/${run.id}`, grace));
  const response = await post(`/runs/${run.id}/cancel`, grace, { csrf, reason: 'wrong branch' });
  expect(response.headers.get('location')).toBe(`/runs/${run.id}?notice=stopping`);
  expect(await page(`/runs/${run.id}?notice=stopping`, grace)).toContain('The stop is on the record');
});

test('an unknown run and an unknown page are pages, not JSON', async () => {
  for (const path of [`/runs/${'9'.repeat(32)}`, '/runs/nonsense', '/nowhere']) {
    const response = await fetch(server.url + path, { headers: { cookie: grace, accept: 'text/html' } });
    expect([path, response.status]).toEqual([path, 404]);
    expect(await response.text()).toContain('Go to the runs');
  }
});

const HOSTILE =
  'x\u001b[31mred\n"><script>alert(1)</script>\u202Egnp.exe\u0000\u200b<img src=x onerror=alert(2)></textarea></pre>&amp;';

test('threat 18: hostile text is harmless wherever a page shows it', async () => {
  const evil = makeContextPackage({
    title: HOSTILE,
    reasons: [{ code: HOSTILE, text: HOSTILE }],
    diff_summary: {
      files: [{ path: HOSTILE, status: HOSTILE, added: 1, removed: 1 }],
      added: 1,
      removed: 1,
      diff: `+${HOSTILE}`,
      cut: true,
    },
    findings: [
      makeFinding({ severity: 'high', path: HOSTILE, line: 1, quote: HOSTILE, trigger: HOSTILE, fix: HOSTILE }),
    ],
    score: { total: 7, terms: [{ label: HOSTILE, points: 7 }] },
    facts: { [HOSTILE]: true },
    evidence: [{ fact: HOSTILE, path: HOSTILE, line: null, rule: HOSTILE }],
    baseline: { [HOSTILE]: HOSTILE },
    agent_reasoning: HOSTILE,
    excluded_approvers: [HOSTILE],
  });
  const run = server.desk.seed({
    status: 'waiting',
    title: HOSTILE,
    author: HOSTILE,
    service: HOSTILE,
    repo: HOSTILE,
    waiting_for: HOSTILE,
    stage: HOSTILE,
    superseded_by: HOSTILE,
  });
  server.desk.wait(run.id, { kind: 'step', what: HOSTILE, until: new Date() });
  server.desk.escalate(run.id, 'review', evil, { approvals: [HOSTILE], approvals_needed: 2 });
  const recorded = server.desk.append(server.desk.seed().id, { event: 'review_evaluation', stage: 'review' });
  Object.assign(recorded.entry, {
    rationale: HOSTILE,
    outcome: HOSTILE,
    agent_version: HOSTILE,
    actor: { kind: 'agent', id: HOSTILE },
    payload: { [HOSTILE]: HOSTILE },
  });
  server.desk.entries(run.id).push(recorded);
  const done = server.desk.seed({ status: 'finished', outcome: HOSTILE, outcome_reason: HOSTILE, title: HOSTILE });
  const query = encodeURIComponent(HOSTILE);
  for (const path of [
    '/',
    `/runs/${run.id}`,
    `/runs/${done.id}`,
    `/?q=${query}&state=${query}`,
    `/runs/${run.id}?notice=${query}`,
    `/${query}`,
  ]) {
    const html = await page(path, grace);
    const foreign = html.replace(/<script src="\/assets\/live\.js\?v=[0-9a-f]{12}" defer><\/script>/, '');
    const found = foreign.match(/<\/?script|<img|<[^>]*\son\w+=|(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/giu);
    expect({ path, found }).toEqual({ path, found: null });
  }
  expect(await page(`/runs/${run.id}`, grace)).toContain('waits for x‹U+001B›');
  expect(await page(`/runs/${run.id}`, grace)).toContain(
    'x‹U+001B›[31mred ⏎ &quot;>&lt;script>alert(1)&lt;/script>‹U+202E›gnp.exe',
  );
});

test('threat 18: the same text through the API is JSON that no browser reads as anything else', async () => {
  const token = await makeToken(open.db, ['read']);
  const run = server.desk.seed({ title: HOSTILE });
  const response = await fetch(`${server.url}/v1/runs/${run.id}`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const text = await response.text();
  expect(text).not.toMatch(/[<>]/);
  expect(text).not.toContain('\u001b');
  expect(JSON.parse(text).run.title).toBe(HOSTILE);
});

test('threat 18: hostile text in an address or a header stays inside one JSON log line', async () => {
  const path = `/${encodeURIComponent('a\nb\u001b[31m')}`;
  await fetch(server.url + path, { headers: { 'user-agent': 'x', accept: 'text/html', 'x-request-id': 'evil id' } });
  const lines = server.logged.filter((line) => line.includes('%0Ab'));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(lines[0] ?? '').req.id).toMatch(/^[0-9a-f]{16}$/);
});

test('the style and script files are ours, cacheable and need no session', async () => {
  const html = await page('/login', '');
  const style = /href="(\/assets\/slipway\.css\?v=[0-9a-f]{12})"/.exec(html)?.[1] ?? '';
  const response = await fetch(server.url + style);
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=2592000, immutable']);
  expect((await fetch(`${server.url}/assets/../package.json`)).status).toBe(404);
  expect((await fetch(`${server.url}/assets/%2e%2e%2fpackage.json`)).status).not.toBe(200);
});

test('a canary on hold shows its figures and what each decision comes to; the third one reaches the desk', async () => {
  const { id, head_sha } = server.desk.seed({
    status: 'waiting',
    stage: 'canary',
    head_sha: makeSha(),
    title: 'On hold',
  });
  server.desk.escalate(
    id,
    'canary',
    makeContextPackage({
      canary: {
        kind: 'hold',
        share_pct: 5,
        to_pct: 100,
        seen: 'no proof of health after 3 windows',
        missing: ['540 of 600 canary requests'],
        numbers: { canary_requests: 540, ub95_errors: 0.0055, ln_e_relative: null },
        ticks: 181,
        until: '2026-11-27T11:00:00.000Z',
      },
    }),
    { question: 1 },
  );
  const html = await page(`/runs/${id}`, grace);
  for (const text of [
    'Rolled back',
    '540 of 600 canary requests',
    '0.55 %',
    'Approve: make it production',
    'Extend: keep watching',
    'Reject: roll back',
  ])
    expect(html).toContain(text);
  const form = { csrf: csrfOf(html), head_sha, decision: 'extend', reason: 'A quiet night.' };
  const response = await post(`/runs/${id}/decision`, grace, form);
  expect([response.status, response.headers.get('location')]).toEqual([303, `/runs/${id}?notice=extend`]);
  const after = await page(`/runs/${id}?notice=extend`, grace);
  expect(after).toContain('the canary is watched for one more set of windows');
  expect(after).toContain('Watched for longer');
});
