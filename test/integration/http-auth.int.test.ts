import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSession, openSession } from '../../src/http/sessions.ts';
import { createToken, findToken, hashSecret, listTokens, revokeToken } from '../../src/http/tokens.ts';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { csrfOf, makeToken, signIn, startTestServer, type TestServer } from '../support/http-server.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let open: OpenDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await makeDatabase();
  open = openDatabase(database.appUrl, { poolSize: 4, log: makeLogger({ level: 'silent', name: 'test' }) });
  server = await startTestServer(open.db);
});

afterAll(async () => {
  await server?.close(0);
  await open?.close();
  await database?.drop();
});

function get(path: string, token?: string): Promise<Response> {
  return fetch(server.url + path, {
    redirect: 'manual',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}

describe('tokens', () => {
  test('the token is told once; the store keeps only its hash', async () => {
    const { id, token } = await createToken(open.db, {
      name: 'ci',
      scopes: ['enqueue', 'read'],
      person: null,
      expiresAt: null,
    });
    expect(token).toMatch(/^slw_[\w-]{43}$/);
    const row = await open.db.selectFrom('slipway.tokens').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(row.hash).toBe(hashSecret(token));
    expect(JSON.stringify(row)).not.toContain(token.slice(4));
    expect(await findToken(open.db, token, new Date())).toEqual({
      tokenId: id,
      name: 'ci',
      person: null,
      scopes: ['enqueue', 'read'],
    });
    expect(await listTokens(open.db)).toContainEqual(
      expect.objectContaining({ id, name: 'ci', scopes: ['enqueue', 'read'], revokedAt: null }),
    );
  });

  test('a token without a name or scopes is refused by field', async () => {
    const nothing = { name: ' ', scopes: [], person: null, expiresAt: null } as const;
    await expect(createToken(open.db, nothing)).rejects.toThrow('name: is empty');
    await expect(createToken(open.db, { ...nothing, name: 'x' })).rejects.toThrow('scopes: is empty');
  });

  test('an expired token, a revoked one and an altered one are nobody', async () => {
    const now = new Date();
    const dated = await createToken(open.db, {
      name: 'dated',
      scopes: ['read'],
      person: null,
      expiresAt: new Date(now.getTime() + 1000),
    });
    expect(await findToken(open.db, dated.token, now)).not.toBeNull();
    expect(await findToken(open.db, dated.token, new Date(now.getTime() + 1000))).toBeNull();
    const { id, token } = await createToken(open.db, { name: 'gone', scopes: ['read'], person: null, expiresAt: null });
    expect(await findToken(open.db, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, now)).toBeNull();
    expect(await revokeToken(open.db, id, now)).toBe(true);
    expect(await findToken(open.db, token, now)).toBeNull();
    expect(await revokeToken(open.db, id, now)).toBe(false);
  });

  test('a session ends with its time and with its token', async () => {
    const now = new Date();
    const { id } = await createToken(open.db, { name: 'mia', scopes: ['read'], person: 'mia', expiresAt: null });
    const cookie = await openSession(open.db, id, now);
    expect((await findSession(open.db, cookie, now))?.caller.person).toBe('mia');
    expect(await findSession(open.db, cookie, new Date(now.getTime() + 12 * 3_600_000))).toBeNull();
    await revokeToken(open.db, id, now);
    expect(await findSession(open.db, cookie, now)).toBeNull();
  });
});

describe('at the door', () => {
  test('no token and a wrong token are 401 problems that say how to authenticate', async () => {
    for (const token of [undefined, 'slw_wrong', `slw_${'x'.repeat(43)}`]) {
      const response = await get('/v1/runs', token);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="slipway"');
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ status: 401, code: 'unauthenticated', title: 'Unauthorized' });
    }
  });

  test('a missing scope is 403 and named', async () => {
    const response = await get('/v1/runs', await makeToken(open.db, ['enqueue']));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'missing_scope', detail: expect.stringContaining('"read"') });
  });

  test('admin stands for the other scopes', async () => {
    expect((await get('/v1/runs', await makeToken(open.db, ['admin']))).status).toBe(200);
  });

  test('neither tokens nor cookies reach the log', async () => {
    const token = await makeToken(open.db, ['read'], 'log');
    await get(`/v1/runs?repo=${token}`, token);
    const { cookie } = await signIn(server.url, token);
    await fetch(server.url, { headers: { cookie } });
    const logged = server.logged.join('\n');
    expect(logged).toContain('"path":"/v1/runs"');
    expect(logged).not.toContain(token);
    expect(logged).not.toContain(cookie.split('=')[1]);
  });
});

describe('sign-in', () => {
  test('turns a token into a session cookie that scripts cannot read and other sites cannot send', async () => {
    const { setCookie } = await signIn(server.url, await makeToken(open.db, ['read'], 'grace'));
    expect(setCookie).toMatch(
      /^slipway-session=[\w-]{43}; Max-Age=43200; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
  });

  test('over https the cookie is Secure and bound to the host', async () => {
    const secure = await startTestServer(open.db, { server: { public_url: 'https://slipway.example' } });
    try {
      const { setCookie } = await signIn(secure.url, await makeToken(open.db, ['read'], 'https'));
      expect(setCookie).toMatch(
        /^__Host-slipway-session=[\w-]{43}; Max-Age=43200; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
      );
      const response = await fetch(secure.url);
      expect(response.headers.get('strict-transport-security')).toContain('max-age=');
    } finally {
      await secure.close(0);
    }
  });

  test('a wrong token shows the form again with the reason, and no session', async () => {
    const form = await fetch(`${server.url}/login`);
    const response = await fetch(`${server.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: form.headers.getSetCookie()[0]?.split(';')[0] ?? '' },
      body: new URLSearchParams({ csrf: csrfOf(await form.text()), token: 'slw_no', next: '/' }),
    });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('unknown, revoked or expired');
    expect(response.headers.getSetCookie().join()).not.toContain('session');
  });

  test('a sign-in form that another site made is refused', async () => {
    const token = await makeToken(open.db, ['read'], 'victim');
    const body = new URLSearchParams({ csrf: 'x'.repeat(43), token, next: '/' });
    const response = await fetch(`${server.url}/login`, { method: 'POST', redirect: 'manual', body });
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('signing out ends the session, and needs its CSRF token', async () => {
    const { cookie } = await signIn(server.url, await makeToken(open.db, ['read'], 'leaver'));
    const page = await (await fetch(server.url, { headers: { cookie } })).text();
    const post = (csrf: string) =>
      fetch(`${server.url}/logout`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie },
        body: new URLSearchParams({ csrf }),
      });
    expect((await post('wrong')).status).toBe(403);
    expect((await fetch(server.url, { headers: { cookie }, redirect: 'manual' })).status).toBe(200);
    expect((await post(csrfOf(page))).headers.get('location')).toBe('/login');
    expect((await fetch(server.url, { headers: { cookie }, redirect: 'manual' })).headers.get('location')).toBe(
      '/login?next=%2F',
    );
  });
});
