import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeSession } from '../../src/http/sessions.ts';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import type { Run } from '../../src/store/tables.ts';
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
import { makeSha } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;
let grace: string;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db);
  grace = (await signIn(server.url, await makeToken(open.db, ['read', 'decide', 'enqueue'], 'grace'))).cookie;
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

const page = (path: string, cookie: string) => readPage(server.url + path, cookie);
const post = (path: string, ...form: [string, Record<string, string>, Record<string, string>?]) =>
  postForm(server.url + path, ...form);

function waiting(): Run {
  const run = server.desk.seed({ status: 'waiting', head_sha: makeSha() });
  server.desk.escalate(run.id, 'review', makeContextPackage());
  return run;
}

describe('what was typed is not lost', () => {
  const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };
  const typed = { decision: 'approve', reason: 'Read it twice.' };
  const kept = /<textarea[^>]*>Read it twice\.<\/textarea>/;

  async function expired(run: Run) {
    const token = await makeToken(open.db, ['read', 'decide', 'enqueue'], 'grace');
    const { cookie } = await signIn(server.url, token);
    const html = await page(`/runs/${run.id}`, cookie);
    await closeSession(open.db, cookie.split('=')[1] ?? '');
    return { token, cookie, form: { ...typed, csrf: csrfOf(html), head_sha: run.head_sha } };
  }

  test('when the session is over: the person signs in where the form went, and comes back to it', async () => {
    const run = waiting();
    const { token, cookie, form } = await expired(run);
    const refused = await post(`/runs/${run.id}/decision`, cookie, form, SAME_ORIGIN);
    expect(refused.status).toBe(401);
    const html = await refused.text();
    expect(html).toContain('Nothing was recorded');
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
    const loginCookie = refused.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const fields = { csrf: field('csrf'), next: field('next'), draft: typed.reason };
    expect(html).toContain('name="draft" value="Read it twice."');
    const wrong = await post('/login', loginCookie, { ...fields, token: 'slw_wrong' }, SAME_ORIGIN);
    expect([wrong.status, (await wrong.text()).includes('name="draft"')]).toEqual([401, true]);
    const signedIn = await post('/login', loginCookie, { ...fields, token }, SAME_ORIGIN);
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([307, `/runs/${run.id}/draft`]);
    const session =
      signedIn.headers
        .getSetCookie()
        .find((line) => /session=[^;]/.test(line))
        ?.split(';')[0] ?? '';
    const back = await post(`/runs/${run.id}/draft`, session, { ...fields, token }, SAME_ORIGIN);
    expect(back.status).toBe(200);
    expect(await back.text()).toMatch(kept);
    expect((await server.desk.view(run.id as never))?.escalations[0]?.decision).toBeNull();
  });

  test('but nothing of a form that another site sent is kept', async () => {
    const run = waiting();
    const { cookie, form } = await expired(run);
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}]) {
      const refused = await post(`/runs/${run.id}/decision`, cookie, form, headers as Record<string, string>);
      expect(await refused.text()).not.toContain('twice');
      const draft = await post(
        `/runs/${run.id}/draft`,
        grace,
        { draft: typed.reason },
        headers as Record<string, string>,
      );
      expect(await draft.text()).not.toContain('twice');
    }
  });

  test('when the form is of an earlier session: it is said, and the form is there again', async () => {
    const run = waiting();
    const form = { ...typed, csrf: 'x'.repeat(43), head_sha: run.head_sha };
    const refused = await post(`/runs/${run.id}/decision`, grace, form, SAME_ORIGIN);
    expect(refused.status).toBe(403);
    const html = await refused.text();
    expect(html).toContain('Not recorded: this form was made before you signed in last');
    expect(html).toMatch(kept);
    expect((await server.desk.view(run.id as never))?.escalations[0]?.decision).toBeNull();
  });

  test('when somebody else was faster: who, what, and what the second one wrote', async () => {
    const run = waiting();
    const linus = (await signIn(server.url, await makeToken(open.db, ['read', 'decide'], 'linus'))).cookie;
    const [mine, theirs] = [await page(`/runs/${run.id}`, grace), await page(`/runs/${run.id}`, linus)];
    const send = (cookie: string, html: string, form: Record<string, string>) =>
      post(`/runs/${run.id}/decision`, cookie, { csrf: csrfOf(html), head_sha: run.head_sha, ...form });
    expect((await send(linus, theirs, { decision: 'reject', reason: 'Not now.' })).status).toBe(303);
    const second = await send(grace, mine, typed);
    expect(second.status).toBe(409);
    const html = await second.text();
    expect(html).toContain('It was decided before, by linus: reject. The first decision stands.');
    expect(html).toContain('What you wrote');
    expect(html).toContain('Read it twice.');
  });

  test('and the address of a form leads back to its run', async () => {
    const run = waiting();
    for (const form of ['decision', 'draft', 'emergency-review', 'cancel']) {
      const response = await fetch(`${server.url}/runs/${run.id}/${form}`, {
        redirect: 'manual',
        headers: { cookie: grace },
      });
      expect([form, response.status, response.headers.get('location')]).toEqual([form, 303, `/runs/${run.id}`]);
    }
  });
});
