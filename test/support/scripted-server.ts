import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Entry } from '../../src/audit/entry.ts';
import { EntryJson, EscalationJson, RunJson } from '../../src/http/api/schemas.ts';
import { eventName } from '../../src/http/event-names.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

type Answer = { status: number; body?: unknown };

/** What the server knows; a test moves it on and the next request sees it. */
export interface Script {
  run: RunJson;
  entries: EntryJson[];
  escalations: EscalationJson[];
  /** Called when a client opens the event stream; sends with `send` and may end or break the stream. */
  onStream: (stream: { lastSeq: string; send: (entry: EntryJson) => void; break: () => void }) => void;
  /** Takes the place of the usual answer where it returns one. */
  answer: (asked: Asked) => Answer | undefined;
  /** Sends every request elsewhere. */
  redirect?: string;
}

/** The HTTP API of a server whose one run does what the test says. Listens on a free port of loopback. */
export async function withScriptedServer(
  run: RunJson,
  use: (server: { url: string; script: Script; asked: Asked[] }) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const script: Script = { run, entries: [], escalations: [], onStream: () => undefined, answer: () => undefined };
  const server = createServer((req, res) => void handle(req, res, script, asked));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  try {
    await use({ url: `http://127.0.0.1:${address.port}`, script, asked });
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

async function handle(req: IncomingMessage, res: ServerResponse, script: Script, asked: Asked[]): Promise<void> {
  const path = req.url ?? '';
  const body = await text(req);
  const request = {
    method: req.method ?? '',
    path,
    headers: req.headers,
    body: body === '' ? undefined : JSON.parse(body),
  };
  asked.push(request);
  if (path.endsWith('/events')) return stream(req, res, script);
  if (script.redirect !== undefined) return void res.writeHead(307, { location: script.redirect }).end();
  const answer = script.answer(request) ?? usualAnswer(request, script);
  res.writeHead(answer.status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(answer.body));
}

function usualAnswer({ method, path }: Asked, { run, entries, escalations }: Script): Answer {
  if (method === 'POST' && path === '/v1/runs') return { status: 202, body: { run } };
  if (method === 'GET' && path.startsWith('/v1/runs?')) return { status: 200, body: { runs: [run], next: null } };
  if (method === 'GET' && path === '/v1/runs') return { status: 200, body: { runs: [run], next: null } };
  if (method === 'GET' && path === `/v1/runs/${run.id}`) {
    const why_waiting = { kind: 'queued', text: '3rd in line for a worker of the queue review' };
    const usage = { input_tokens: 1200, output_tokens: 300, cost_microusd: 8100 };
    return { status: 200, body: { run, why_waiting, policy: null, entries, escalations, usage } };
  }
  return problem(404, 'not_found', 'No such run.');
}

export function problem(status: number, code: string, detail: string, more: object = {}): Answer {
  return { status, body: { type: `urn:slipway:problem:${code}`, title: 'refused', status, code, detail, ...more } };
}

function stream(req: IncomingMessage, res: ServerResponse, script: Script): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write('retry: 2000\n\n');
  const send = (entry: EntryJson) =>
    void res.write(`id: ${entry.seq}\nevent: ${entry.name}\ndata: ${JSON.stringify(entry)}\n\n`);
  script.onStream({ lastSeq: String(req.headers['last-event-id']), send, break: () => void res.destroy() });
}

/** An entry of a run as the API answers it. */
export function makeEntry(run: RunJson, seq: number, event: Entry['event'], over: Partial<Entry> = {}): EntryJson {
  const entry = Entry.parse({
    v: 1,
    run_id: run.id,
    stage: 'review',
    step: 'step',
    event,
    n: 0,
    entry_id: '00000000-0000-4000-8000-000000000000',
    trace_id: run.id,
    repo: run.repo,
    service: run.service,
    pr_number: run.pr_number,
    head_sha: run.head_sha,
    base_sha: null,
    author: run.author,
    actor: { kind: 'system', id: 'slipway' },
    risk_score: null,
    rationale: `because of ${event}`,
    timestamp: '2026-11-23T10:00:00.000Z',
    agent_version: 'slipway/0.1.0',
    policy_hash: null,
    outcome: 'recorded',
    profile: 'production',
    dry_run: false,
    causation_seq: null,
    payload: {},
    sanitised: false,
    ...over,
  });
  const place = { seq: String(seq), chain_hash: 'c'.repeat(64), recorded_at: '2026-11-23T10:00:00.000Z' };
  return EntryJson.parse({ ...place, name: eventName(entry.event), entry });
}

/** A wait for a person, open unless `over` decides it. */
export function makeEscalation(run: RunJson, over: Partial<EscalationJson> = {}): EscalationJson {
  return EscalationJson.parse({
    run_id: run.id,
    stage: 'review',
    reasons: ['schema_changes_detected'],
    approvals_needed: 1,
    approvals: [],
    void_approvals: [],
    owners: [],
    rules: null,
    deadline_at: '2026-11-26T10:00:00.000Z',
    opened_at: '2026-11-23T10:00:00.000Z',
    decided_at: null,
    decision: null,
    package: {
      title: run.title,
      reasons: [],
      diff_summary: null,
      findings: [],
      score: { total: null, terms: [] },
      facts: {},
      evidence: [],
      baseline: null,
      agent_reasoning: null,
      excluded_approvers: [],
    },
    ...over,
  });
}
