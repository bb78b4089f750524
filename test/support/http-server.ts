import type { Queue } from 'bullmq';
import type { Kysely } from 'kysely';
import { SlipwayFile } from '../../src/config/schema.ts';
import { createServer } from '../../src/http/create-server.ts';
import { type Listening, listen } from '../../src/http/listen.ts';
import type { GithubWebhook, ReadinessReport, ServerDeps } from '../../src/http/server-deps.ts';
import { createToken, type Scope } from '../../src/http/tokens.ts';
import { type Logger, makeLogger } from '../../src/log.ts';
import type { RunDesk } from '../../src/runs/run-desk.ts';
import type { Database } from '../../src/store/tables.ts';
import { type FakeDesk, makeFakeDesk } from './fake-desk.ts';
import { type FakeFleet, makeFakeFleet } from './fake-fleet.ts';

export interface TestServer extends Listening {
  readonly desk: FakeDesk;
  readonly fleet: FakeFleet;
  /** Everything that was logged, as JSON lines. */
  readonly logged: string[];
  /** Resolves once a line with this text has been logged. */
  whenLogged(text: string): Promise<void>;
}

/** A server on a free port over the fake desk and a real database. */
export async function startTestServer(
  db: Kysely<Database>,
  over: {
    queues?: Queue[];
    readiness?: () => Promise<ReadinessReport>;
    server?: Partial<ServerDeps['config']['server']>;
    desk?: FakeDesk;
    /** In place of the fake desk. */
    runDesk?: RunDesk;
    github?: Partial<GithubWebhook>;
  } = {},
): Promise<TestServer> {
  const desk = over.desk ?? makeFakeDesk();
  const fleet = makeFakeFleet();
  const logged: string[] = [];
  const waits = new Set<(line: string) => void>();
  const log: Logger = makeLogger(
    { level: 'debug', name: 'http' },
    {
      write: (line: string) => {
        logged.push(line);
        for (const waiting of waits) waiting(line);
      },
    },
  );
  const whenLogged = (text: string) =>
    new Promise<void>((resolve) => {
      const look = (line: string) => {
        if (!line.includes(text)) return;
        waits.delete(look);
        resolve();
      };
      waits.add(look);
      for (const line of logged) look(line);
    });
  const app = createServer({
    desk: over.runDesk ?? desk,
    fleet,
    notifications: { list: () => Promise.resolve([]), resend: () => Promise.resolve(null) },
    rollbacks: { order: () => Promise.reject(new Error('not here')), view: () => Promise.resolve(null) },
    db,
    queues: over.queues ?? [],
    metrics: { text: async () => 'slipway_up 1\n', contentType: 'text/plain; version=0.0.4; charset=utf-8' },
    readiness: over.readiness ?? (async () => ({ ready: true, reasons: [] })),
    config: {
      server: { ...SlipwayFile.parse({}).server, ...over.server },
      profile: 'production',
      version: '0.0.0-test',
    },
    github: { secret: undefined, targetBranches: () => ['main'], ...over.github },
    log,
    now: () => new Date(),
    streams: { pollMs: 10, heartbeatMs: 40, maxMs: 20_000 },
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0 });
  return { ...listening, desk, fleet, logged, whenLogged };
}

/** Tokens by what they may do; each with its own name. */
export async function makeToken(
  db: Kysely<Database>,
  scopes: readonly Scope[],
  person: string | null = null,
): Promise<string> {
  const name = `${person ?? 'machine'}-${scopes.join('-')}`;
  return (await createToken(db, { name, scopes, person, expiresAt: null })).token;
}

/** Signs in as a browser without scripts would; returns the cookie to send. */
export async function signIn(url: string, token: string): Promise<{ cookie: string; setCookie: string }> {
  const form = await fetch(`${url}/login`);
  const loginCookie = cookiePair(form.headers.getSetCookie()[0]);
  const csrf = csrfOf(await form.text());
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: loginCookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrf, token, next: '/' }),
  });
  if (response.status !== 303) throw new Error(`sign-in answered ${response.status}: ${await response.text()}`);
  const setCookie = response.headers.getSetCookie().find((line) => /session=[^;]/.test(line)) ?? '';
  return { cookie: cookiePair(setCookie), setCookie };
}

/** A page as a browser asks for it. */
export async function readPage(url: string, cookie: string): Promise<string> {
  const response = await fetch(url, { headers: { cookie, accept: 'text/html' } });
  if (!response.headers.get('content-type')?.includes('text/html')) throw new Error(`${url} is no page`);
  return response.text();
}

/** A form as a browser without scripts sends it; where it leads to is not followed. */
export function postForm(
  url: string,
  cookie: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', ...headers },
    body: new URLSearchParams(form),
  });
}

export function csrfOf(html: string): string {
  return /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
}

function cookiePair(setCookie: string | undefined): string {
  return setCookie?.split(';', 1)[0] ?? '';
}
