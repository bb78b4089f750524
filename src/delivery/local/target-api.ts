import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Logger } from '../../log.ts';
import { ApiRefusal } from './api-refusal.ts';
import { AdoptRequest, BaselineQuery, HealthQuery, VERBS } from './api-schema.ts';
import type { ServiceHost } from './service-host.ts';

const MAX_BODY_BYTES = 64 * 1024;

export interface ApiPorts {
  readonly token: string;
  readonly services: ReadonlyMap<string, ServiceHost>;
  readonly log: Logger;
}

/** The API by which workers drive the target. Nothing is answered without the token, except that it lives. */
export function createTargetApi(ports: ApiPorts): Server {
  return createServer((incoming, outgoing) => {
    answer(ports, incoming).then(
      (body) => send(outgoing, 200, body),
      (error: unknown) => sendProblem(ports.log, outgoing, error),
    );
  });
}

async function answer(ports: ApiPorts, incoming: IncomingMessage): Promise<unknown> {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  if (url.pathname === '/healthz') return { ok: true };
  checkToken(ports.token, incoming.headers.authorization);
  const [, version, services, name = '', verb = '', ...rest] = url.pathname.split('/');
  if (version !== 'v1' || services !== 'services' || rest.length > 0)
    throw new ApiRefusal(404, 'NO_ROUTE', `there is nothing at ${url.pathname}`);
  const service = ports.services.get(name);
  if (!service)
    throw new ApiRefusal(
      404,
      'UNKNOWN_SERVICE',
      `the local target does not run a service "${name}"; add it to slipway.yaml and start the target again`,
    );
  if (incoming.method === 'GET') return read(service, verb, url);
  if (incoming.method === 'POST') return change(service, verb, await readBody(incoming));
  throw new ApiRefusal(405, 'METHOD', 'use GET or POST');
}

function read(service: ServiceHost, what: string, url: URL): unknown {
  switch (what) {
    case '':
      return service.state;
    case 'health':
      return service.health(parse(HealthQuery, Object.fromEntries(url.searchParams)).environment);
    case 'metrics':
      return service.snapshot(new Date());
    case 'baseline':
      return service.baseline(new Date(), parse(BaselineQuery, Object.fromEntries(url.searchParams)));
    default:
      throw new ApiRefusal(404, 'NO_ROUTE', `nothing to read under "${what}"`);
  }
}

function change(service: ServiceHost, verb: string, body: unknown): Promise<unknown> {
  switch (verb) {
    case 'deploy':
      return service.deploy(parse(VERBS.deploy, body));
    case 'weight':
      return service.setWeight(parse(VERBS.weight, body));
    case 'promote':
      return service.promote(parse(VERBS.promote, body));
    case 'retire':
      return service.retire(parse(VERBS.retire, body));
    case 'adopt':
      return service.adopt(parse(AdoptRequest, body));
    default:
      throw new ApiRefusal(404, 'NO_ROUTE', `"${verb}" is not a verb of the local target`);
  }
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const text = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new ApiRefusal(400, 'BAD_REQUEST', text);
}

/** Compares digests, so that neither time nor length tells anything about the token. */
function checkToken(token: string, header: string | undefined): void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const given = header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new ApiRefusal(401, 'UNAUTHORISED', 'send the token of the local target as a bearer token');
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new ApiRefusal(413, 'TOO_LARGE', `at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new ApiRefusal(
      400,
      'BAD_JSON',
      `the body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}

function send(outgoing: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  outgoing.end(text);
}

function sendProblem(log: Logger, outgoing: ServerResponse, error: unknown): void {
  const known = error instanceof ApiRefusal;
  if (!known) log.error({ err: error }, 'the local target failed');
  const status = known ? error.status : 500;
  if (status === 413) outgoing.setHeader('connection', 'close');
  const problem = {
    type: 'about:blank',
    title: known ? error.code : 'INTERNAL',
    status,
    code: known ? error.code : 'INTERNAL',
    detail: known ? error.message : 'see the log of the local target',
  };
  send(outgoing, status, problem, 'application/problem+json');
}
