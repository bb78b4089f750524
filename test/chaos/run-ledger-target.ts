import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { leaseOfEnvironment } from '../../src/delivery/lease-of.ts';
import { ApiRefusal } from '../../src/delivery/local/api-refusal.ts';
import { HealthQuery, VERBS } from '../../src/delivery/local/api-schema.ts';
import { type LedgerLine, LedgerSettings } from './ledger.ts';
import { LedgerService } from './ledger-service.ts';
import { makeRandom } from './random.ts';

/**
 * A delivery target as a process of its own: the API of the local target in front of versions that are only imagined, and
 * a ledger of everything that was asked. Some answers are lost after the act, come late, or are a 503 before it.
 */
const settings = LedgerSettings.parse(JSON.parse(await text(process.stdin)));
const random = makeRandom(settings.seed);

const staged = createServer((_request, response) => response.writeHead(200).end('{"ok":true}'));
const stagedUrl = await listen(staged);
const services = new Map(
  settings.services.map((name) => [name, new LedgerService(name, stagedUrl, settings.oneWay.includes(name))]),
);

const api = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const refusal = error instanceof ApiRefusal ? error : new ApiRefusal(503, 'BROKEN', String(error));
    send(response, refusal.status, { code: refusal.code, detail: refusal.message });
  });
});
process.stdout.write(`${await listen(api)}\n`);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://target');
  if (request.headers.authorization !== `Bearer ${settings.token}`)
    throw new ApiRefusal(401, 'UNAUTHORISED', 'no token');
  const [, , , name = '', verb = ''] = url.pathname.split('/');
  const service = services.get(name);
  if (service === undefined) throw new ApiRefusal(404, 'UNKNOWN_SERVICE', name);
  const body: unknown = request.method === 'POST' ? JSON.parse(await text(request)) : undefined;
  if (random.chance(settings.trouble)) throw new ApiRefusal(503, 'BUSY', 'the target makes trouble');
  if (body === undefined) return send(response, 200, read(service, verb, url));
  const { reply, isLost } = change(service, name, verb, body);
  if (isLost) response.destroy();
  else send(response, 200, reply);
}

function read(service: LedgerService, what: string, url: URL): unknown {
  if (what === '') return service.state;
  if (what === 'health') return service.health(HealthQuery.parse(Object.fromEntries(url.searchParams)).environment);
  if (what === 'metrics') {
    if (random.chance(settings.drift)) service.loseWeight();
    return service.snapshot();
  }
  if (what === 'baseline') return service.baseline(new Date());
  throw new ApiRefusal(404, 'NO_ROUTE', what);
}

function change(
  service: LedgerService,
  name: string,
  verb: string,
  body: unknown,
): { reply: unknown; isLost: boolean } {
  const isLost = random.chance(settings.trouble);
  const asked = { deploy: VERBS.deploy, weight: VERBS.weight, promote: VERBS.promote, retire: VERBS.retire }[
    verb
  ]?.parse(body);
  if (asked === undefined) throw new ApiRefusal(404, 'NO_ROUTE', verb);
  const line = {
    at: new Date().toISOString(),
    service: name,
    effect: asked.effect.id,
    fence: asked.effect.fence,
    receipt_seq: asked.receipt_seq,
  };
  try {
    const { answer: reply, noted, result } = carryOut(service, verb, body);
    note({ ...line, ...noted, result, answer_lost: isLost });
    return { reply, isLost };
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const environment = 'environment' in asked ? leaseOfEnvironment(asked.environment) : 'canary';
    note({
      ...line,
      verb: verb as LedgerLine['verb'],
      environment,
      subject: '',
      result: error.code,
      answer_lost: false,
    });
    throw error;
  }
}

function carryOut(service: LedgerService, verb: string, body: unknown) {
  if (verb === 'deploy') return service.deploy(VERBS.deploy.parse(body));
  if (verb === 'weight') return service.weight(VERBS.weight.parse(body));
  if (verb === 'promote') return service.promote(VERBS.promote.parse(body));
  return service.retire(VERBS.retire.parse(body));
}

function note(line: LedgerLine): void {
  appendFileSync(settings.file, `${JSON.stringify(line)}\n`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
