import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { type AgentCaller, makeAgentCaller } from '../../src/agents/call-agent.ts';
import { makeModelClient } from '../../src/agents/make-model-client.ts';
import { parseAnswer } from '../../src/agents/parse-answer.ts';
import { SHIPPED_PRICES } from '../../src/agents/price-table.ts';
import { settleInconclusive } from '../../src/agents/settle-call.ts';
import { readAgentCall } from '../../src/agents/stored-call.ts';
import { usageOfRun } from '../../src/agents/usage.ts';
import { LeaseLost } from '../../src/errors.ts';
import { digestOf, newRunId, type RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { CHANGE, makeAgentRequest } from '../support/agent-request.ts';
import { type FaultyModel, startFaultyModel } from '../support/faulty-model.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

const log = makeLogger({ name: 'test', level: 'silent' });
const signal = new AbortController().signal;
let database: TestDatabase;
let open: OpenDatabase;
let model: FaultyModel;
let caller: AgentCaller;
let runId: RunId;

beforeAll(async () => {
  [database, model] = await Promise.all([makeDatabase(), startFaultyModel()]);
  open = openDatabase(database.appUrl, { poolSize: 4, log });
  const client = makeModelClient({
    apiKey: 'k',
    baseUrl: model.url,
    requestTimeoutMs: 10_000,
    prices: SHIPPED_PRICES,
    log,
  });
  caller = makeAgentCaller({ db: open.db, client, log });
});
afterAll(async () => {
  await open.close();
  await Promise.all([database.drop(), model.close()]);
});
beforeEach(async () => {
  runId = await insertRun();
});

async function insertRun(): Promise<RunId> {
  const id = newRunId();
  await open.db
    .insertInto('slipway.runs')
    .values({
      id,
      repo: 'acme/shop',
      service: 'shop',
      pr_number: 7,
      head_sha: digestOf(id).slice(0, 40),
      attempt: 1,
      title: '',
      author: 'ada',
      dry_run: false,
      profile: 'production',
      policy_hash: digestOf('policy'),
      stage: 'review',
      status: 'running',
    })
    .execute();
  return id;
}

function ensure(over: { n?: number; deadlineAt?: Date; system?: string } = {}) {
  const { n = 0, deadlineAt = new Date(Date.now() + 60_000), system = 'You review.' } = over;
  return ensureAgentCall(open.db, {
    runId,
    stage: 'review',
    agent: 'review',
    n,
    request: makeAgentRequest({ system }),
    deadlineAt,
  });
}

describe('ensureAgentCall', () => {
  it('stores a call once, with its request, whatever is asked later', async () => {
    const first = await ensure();
    expect(first).toMatchObject({ id: `${runId}~review~review~0`, status: 'queued', kind: null });
    const again = await ensure({ system: 'another', deadlineAt: new Date(0) });
    expect(again).toEqual(first);
    expect((await ensure({ n: 1 })).id).toBe(`${runId}~review~review~1`);
  });

  it('settles a race of two on one row', async () => {
    const [a, b] = await Promise.all([ensure(), ensure()]);
    expect(a).toEqual(b);
  });

  it('knows no call that nobody asked for', async () => {
    expect(await readAgentCall(open.db, 'nothing')).toBeNull();
    await expect(caller.runAgentCall('nothing', signal)).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  });
});

describe('runAgentCall', () => {
  it('stores the answer and does not pay for it twice', async () => {
    model.script({ kind: 'answer', text: '{"a":1}' });
    const call = await ensure();
    const before = model.seen.length;
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(model.seen.length - before).toBe(1);
    expect(await readAgentCall(open.db, call.id)).toMatchObject({
      kind: 'answer',
      text: '{"a":1}',
      call: { status: 'done', model: 'claude-sonnet-5-5', request_id: 'req_faulty' },
    });
    expect(await usageOfRun(open.db, runId)).toMatchObject({
      inputTokens: 1000,
      outputTokens: 200,
      costMicroUsd: 4000,
      requests: 1,
    });
  });

  it.each([
    ['cut', { kind: 'answer', text: '{"findings"', stop: 'max_tokens' }, 'output_cut'],
    ['refused', { kind: 'answer', text: '', stop: 'refusal' }, 'refusal'],
  ] as const)('books a %s answer and ends inconclusive', async (_what, fault, reason) => {
    model.script(fault);
    const call = await ensure();
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'inconclusive', reason });
    expect(await usageOfRun(open.db, runId)).toMatchObject({ costMicroUsd: 4000, requests: 1 });
  });

  it.each([
    ['bad JSON', 'certainly! {}', 'bad_json'],
    ['a wrong shape', '{"findings":[]}', 'wrong_shape'],
    [
      'another change',
      JSON.stringify({ change_echo: { ...CHANGE, pr_number: 8 }, findings: [], rationale: 'fine' }),
      'wrong_change',
    ],
  ])('books an answer with %s, which is inconclusive when it is read', async (_what, text, reason) => {
    model.script({ kind: 'answer', text });
    const call = await ensure();
    await caller.runAgentCall(call.id, signal);
    const stored = await readAgentCall(open.db, call.id);
    expect(stored?.kind === 'answer' && parseAnswer('review', stored.text, CHANGE)).toMatchObject({
      kind: 'inconclusive',
      reason,
    });
    expect(await usageOfRun(open.db, runId)).toMatchObject({ costMicroUsd: 4000 });
  });

  it.each([
    [
      'back_off',
      { kind: 'error', status: 429, headers: { 'retry-after': '3' } },
      { kind: 'back_off', retryAfterMs: 3000 },
    ],
    ['spend_limit', { kind: 'error', status: 429, code: 'enforced_spend_limit_reached' }, { kind: 'spend_limit' }],
    ['retry', { kind: 'error', status: 529, type: 'overloaded_error' }, { kind: 'retry', maybeBilled: false }],
  ] as const)('leaves the call queued on %s, for the next attempt', async (_what, fault, outcome) => {
    model.script(fault, { kind: 'answer', text: '{}' });
    const call = await ensure();
    expect(await caller.runAgentCall(call.id, signal)).toMatchObject(outcome);
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'queued' });
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'answer' });
  });

  it('ends a rejected request inconclusive', async () => {
    model.script({ kind: 'error', status: 401, type: 'authentication_error' });
    const call = await ensure();
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'inconclusive', reason: 'rejected_request' });
  });

  it('sends nothing past the deadline', async () => {
    const call = await ensure({ deadlineAt: new Date(Date.now() - 1) });
    const before = model.seen.length;
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(model.seen.length).toBe(before);
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'inconclusive', reason: 'deadline' });
  });

  it('ends a request that outlasts the deadline', async () => {
    model.script({ kind: 'stalled' });
    const call = await ensure({ deadlineAt: new Date(Date.now() + 400) });
    expect(await caller.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'inconclusive', reason: 'deadline' });
  });

  it('sends nothing when the step was lost between the last look and the request, and gives the call back', async () => {
    model.script({ kind: 'answer', text: '{}' });
    const before = model.seen.length;
    const call = await ensure();
    let isHeld = true;
    const woken = {
      confirm: async () => void (isHeld = false),
      assertHeld() {
        if (!isHeld) throw new LeaseLost('the step may be another replica’s by now');
      },
    };
    await expect(caller.runAgentCall(call.id, signal, woken)).rejects.toThrow(LeaseLost);
    expect(model.seen.length).toBe(before);
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'queued' });
  });

  it('is inconclusive without a model', async () => {
    const call = await ensure();
    await makeAgentCaller({ db: open.db, client: null, log }).runAgentCall(call.id, signal);
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'inconclusive', reason: 'no_model' });
  });

  it('keeps what was settled first and still books what came later', async () => {
    const call = await ensure();
    const stalled = makeAgentCaller({
      db: open.db,
      log,
      client: {
        async send() {
          expect(await settleInconclusive(open.db, call.id, 'deadline')).toBe(true);
          const usage = {
            model: 'm',
            inputTokens: 5,
            outputTokens: 5,
            cacheReadTokens: 0,
            cacheWriteTokens: 0,
            costMicroUsd: 11,
            latencyMs: 1,
          };
          return { kind: 'answer', text: 'late', model: 'm', requestId: null, usage };
        },
      },
    });
    expect(await stalled.runAgentCall(call.id, signal)).toEqual({ kind: 'done' });
    expect(await readAgentCall(open.db, call.id)).toMatchObject({ kind: 'inconclusive', reason: 'deadline' });
    expect(await usageOfRun(open.db, runId)).toMatchObject({ costMicroUsd: 11, requests: 1 });
    expect(await settleInconclusive(open.db, call.id, 'transport')).toBe(false);
  });
});
