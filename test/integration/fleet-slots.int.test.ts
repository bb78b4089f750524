import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeAgentSlots } from '../../src/agents/agent-slots.ts';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { makeAgentCaller } from '../../src/agents/call-agent.ts';
import { estimateCall } from '../../src/agents/estimate-call.ts';
import { SHIPPED_PRICES } from '../../src/agents/price-table.ts';
import { readBudgets, tidyBudgets } from '../../src/agents/read-budgets.ts';
import { settleCall } from '../../src/agents/settle-call.ts';
import { readAgentCall } from '../../src/agents/stored-call.ts';
import type { Budgets } from '../../src/config/schema.ts';
import { AGENT_CAP } from '../../src/fleet/control.ts';
import { startBeat } from '../../src/fleet/start-beat.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import type { AgentCall } from '../../src/store/tables.ts';
import { makeAgentRequest } from '../support/agent-request.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';

const NONE: Budgets = { run: {}, repository_day: {}, day: {} };
const REQUEST = makeAgentRequest();
const COST = estimateCall(REQUEST, SHIPPED_PRICES, new Date());

let ground: FleetGround;
const beats: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(async () => {
  for (const beat of beats) await beat.close();
  await ground.close();
});
beforeEach(async () => {
  await ground.db.deleteFrom('slipway.agent_slots').execute();
  await ground.db.deleteFrom('slipway.budget_spent').execute();
  await setCap(1_000);
});

async function setCap(value: number): Promise<void> {
  await ground.db.deleteFrom('slipway.fleet_controls').where('name', '=', AGENT_CAP).execute();
  const row = { name: AGENT_CAP, version: 0, value: JSON.stringify({ value }), actor: 'test', reason: 'test' };
  await ground.db.insertInto('slipway.fleet_controls').values(row).execute();
}

/** A live replica, as the registry knows it. */
async function join(replica: string, budgets: Budgets = NONE) {
  const { db, log } = ground;
  const fixed = { host: 'h', pid: 1, version: '1', stages: [], concurrency: 1, active: () => 0, now: () => Date.now() };
  beats.push(await startBeat({ db, id: replica, log, ...fixed }));
  return makeAgentSlots({ db, replica, budgets, prices: SHIPPED_PRICES, log });
}

async function makeCalls(count: number, repo = 'acme/shop'): Promise<AgentCall[]> {
  const run = makeRunFacts({ repo });
  await insertRun(ground.db, run);
  const deadlineAt = new Date(Date.now() + 600_000);
  return Promise.all(
    Array.from({ length: count }, (_, n) =>
      ensureAgentCall(ground.db, { runId: run.id, stage: 'review', agent: 'review', n, request: REQUEST, deadlineAt }),
    ),
  );
}

const silence = (id: string) =>
  ground.db
    .updateTable('slipway.replicas')
    .set({ last_beat: sql<Date>`clock_timestamp() - interval '1 minute'` })
    .where('id', '=', id)
    .execute();

describe('slots', () => {
  it('forty asked for at once by four replicas: exactly the cap is taken, whatever Redis says', async () => {
    await setCap(7);
    const replicas = await Promise.all(['r1', 'r2', 'r3', 'r4'].map((id) => join(id)));
    const calls = await makeCalls(40);
    const answers = await Promise.all(calls.map(async (call, n) => replicas[n % 4]?.take(call, REQUEST)));
    expect(answers.filter((answer) => answer?.kind === 'taken')).toHaveLength(7);
    expect(answers.filter((answer) => answer?.kind === 'full')).toHaveLength(33);
  });

  it('one that is given back is there for the next', async () => {
    await setCap(1);
    const replica = await join('r5');
    const [first, second] = await makeCalls(2);
    if (first === undefined || second === undefined) throw new Error('no calls');
    expect(await replica.take(first, REQUEST)).toEqual({ kind: 'taken' });
    expect(await replica.take(second, REQUEST)).toEqual({ kind: 'full' });
    await replica.release(first.id);
    expect(await replica.take(second, REQUEST)).toEqual({ kind: 'taken' });
  });

  it('of one call there is one, also when Redis gives its job out twice: to another replica or to the same', async () => {
    const [one, two] = [await join('r6'), await join('r7')];
    const [call] = await makeCalls(1);
    if (call === undefined) throw new Error('no call');
    expect(await one.take(call, REQUEST)).toEqual({ kind: 'taken' });
    expect(await two.take(call, REQUEST)).toEqual({ kind: 'busy' });
    expect(await one.take(call, REQUEST)).toEqual({ kind: 'busy' });
  });

  it('what a dead replica held counts no more, and its call goes on elsewhere', async () => {
    await setCap(1);
    const [dead, other] = [await join('r8'), await join('r9')];
    const [call, next] = await makeCalls(2);
    if (call === undefined || next === undefined) throw new Error('no calls');
    await dead.take(call, REQUEST);
    expect(await other.take(next, REQUEST)).toEqual({ kind: 'full' });
    await silence('r8');
    expect(await other.take(call, REQUEST)).toEqual({ kind: 'taken' });
    await dead.release(call.id);
    expect(await other.take(next, REQUEST), 'what is another’s now is not given back by the first').toEqual({
      kind: 'full',
    });
  });
});

const USAGE = {
  model: 'm',
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 2,
  cacheWriteTokens: 3,
  costMicroUsd: 100,
  latencyMs: 1,
};
const answer = (text: string) => ({ kind: 'answer', text, model: 'm', requestId: null }) as const;

describe('a request that ended', () => {
  it('gives its slot back with its result, and whoever has the job too then gets none', async () => {
    const [one, two] = [await join('e1'), await join('e2')];
    const [call] = await makeCalls(1);
    if (call === undefined) throw new Error('no call');
    expect(await one.take(call, REQUEST)).toEqual({ kind: 'taken' });
    expect(await two.take(call, REQUEST)).toEqual({ kind: 'busy' });
    const billed = { usage: USAGE, outcome: 'answer' };
    expect(await settleCall(ground.db, { callId: call.id, billed, result: answer('yes'), replica: 'e1' })).toBe(true);
    expect(await two.take(call, REQUEST), 'read while it was queued, asked for once it was done').toEqual({
      kind: 'done',
    });
    expect(await ground.db.selectFrom('slipway.agent_slots').selectAll().execute()).toEqual([]);
  });

  it('leaves nothing of itself where a part of it is refused', async () => {
    const replica = await join('e3');
    const [call] = await makeCalls(1);
    if (call === undefined) throw new Error('no call');
    await replica.take(call, REQUEST);
    const billed = { usage: { ...USAGE, inputTokens: -1 }, outcome: 'answer' };
    const settled = settleCall(ground.db, { callId: call.id, billed, result: answer('half'), replica: 'e3' });
    await expect(settled).rejects.toMatchObject({ constraint: 'agent_usage_input_tokens_check' });
    expect(await readAgentCall(ground.db, call.id)).toMatchObject({ kind: 'queued' });
    expect(await ground.db.selectFrom('slipway.agent_slots').select('replica').execute()).toEqual([{ replica: 'e3' }]);
    expect(await ground.db.selectFrom('slipway.budget_spent').select('key').execute()).toEqual([]);
  });

  it('of a hundred that are booked at once by two processes for many repositories, no sum is lost and nobody waits crosswise', async () => {
    const repos = Array.from({ length: 10 }, (_, n) => `acme/crosswise-${n}`);
    const calls = (await Promise.all(repos.map((repo) => makeCalls(10, repo)))).flat();
    const other = openDatabase(ground.databaseUrl, { poolSize: 2, log: ground.log });
    try {
      const dbs = [ground.db, other.db];
      const billed = { usage: USAGE, outcome: 'answer' };
      const one = (call: AgentCall, n: number) =>
        settleCall(dbs[n % 2] ?? ground.db, { callId: call.id, billed, result: answer(`text ${n}`) });
      const first = await Promise.all(calls.map(one));
      expect(first.every(Boolean)).toBe(true);
      // Again, each by the other process and in the other order: every request is booked, no result is replaced.
      const again = await Promise.all(calls.toReversed().map((call, n) => one(call, n)));
      expect(again.some(Boolean)).toBe(false);
    } finally {
      await other.close();
    }
    const sums = await ground.db.selectFrom('slipway.budget_spent').select(['key', 'cost_microusd']).execute();
    const of = (prefix: string) => sums.filter(({ key }) => key.startsWith(prefix)).map((row) => row.cost_microusd);
    expect(of('day:')).toEqual(['20000']);
    expect(of('repo:')).toEqual(Array(10).fill('2000'));
    expect(of('run:')).toEqual(Array(10).fill('2000'));
    expect(await readAgentCall(ground.db, calls[3]?.id ?? '')).toMatchObject({ kind: 'answer', text: 'text 3' });
  });
});

describe('a budget', () => {
  it('counts what a killed replica held as spent, unknown, when its call goes on elsewhere', async () => {
    const budgets = { ...NONE, run: { tokens: Math.floor(COST.tokens * 2.5) } };
    const [dead, heir] = [await join('k1', budgets), await join('k2', budgets)];
    const [call, next] = await makeCalls(2);
    if (call === undefined || next === undefined) throw new Error('no calls');
    await dead.take(call, REQUEST);
    await silence('k1');
    expect(await heir.take(call, REQUEST)).toEqual({ kind: 'taken' });
    const booked = await ground.db
      .selectFrom('slipway.agent_usage')
      .select(['outcome', 'input_tokens', 'cost_microusd'])
      .where('call_id', '=', call.id)
      .execute();
    expect(booked).toEqual([
      { outcome: 'unknown', input_tokens: COST.tokens, cost_microusd: String(COST.costMicroUsd) },
    ]);
    expect(await heir.take(next, REQUEST)).toMatchObject({ kind: 'over_budget' });
  });

  it('counts it as well where the call was ended otherwise', async () => {
    const dead = await join('k3');
    const [call] = await makeCalls(1);
    if (call === undefined) throw new Error('no call');
    await dead.take(call, REQUEST);
    await settleCall(ground.db, {
      callId: call.id,
      result: { kind: 'inconclusive', reason: 'deadline', model: null, requestId: null },
    });
    const longAgo = sql<Date>`clock_timestamp() - interval '10 minutes'`;
    await ground.db.updateTable('slipway.agent_slots').set({ taken_at: longAgo }).execute();
    await tidyBudgets(ground.db);
    const sum = await ground.db
      .selectFrom('slipway.budget_spent')
      .select('tokens')
      .where('key', '=', `run:${call.run_id}`)
      .execute();
    expect(sum).toEqual([{ tokens: String(COST.tokens) }]);
    expect(await ground.db.selectFrom('slipway.agent_slots').selectAll().execute()).toEqual([]);
  });

  const roomFor = (n: number) => COST.tokens * n + 1;

  it.each(['run', 'repository_day', 'day'] as const)(
    'of a %s is never exceeded by requests at the same moment',
    async (kind) => {
      const budgets = { ...NONE, [kind]: { tokens: roomFor(3) } };
      const replicas = await Promise.all(['a', 'b', 'c'].map((id) => join(`${kind}-${id}`, budgets)));
      const calls = await makeCalls(12, `acme/${kind.replace('_', '-')}`);
      const answers = await Promise.all(calls.map(async (call, n) => replicas[n % 3]?.take(call, REQUEST)));
      expect(answers.filter((answer) => answer?.kind === 'taken')).toHaveLength(3);
      const refused = answers.filter((answer) => answer?.kind === 'over_budget');
      expect(refused).toHaveLength(9);
      const today = new Date().toISOString().slice(0, 10);
      const key = {
        run: `run:${calls[0]?.run_id}`,
        repository_day: `repo:${today}:acme/repository-day`,
        day: `day:${today}`,
      };
      expect(refused[0]).toEqual({ kind: 'over_budget', budget: key[kind] });
    },
  );

  it('counts what was booked, and what is held until it is; a limit in dollars as well', async () => {
    const budgets = { ...NONE, run: { usd: (COST.costMicroUsd * 2.5) / 1_000_000 } };
    const replica = await join('r10', budgets);
    const calls = await makeCalls(3);
    const [first, second, third] = calls;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no calls');
    expect(await replica.take(first, REQUEST)).toEqual({ kind: 'taken' });
    expect(await replica.take(second, REQUEST)).toEqual({ kind: 'taken' });
    expect(await replica.take(third, REQUEST)).toMatchObject({ kind: 'over_budget' });
    // The first cost next to nothing: what it held is free again.
    const billed = { usage: USAGE, outcome: 'answer' };
    await settleCall(ground.db, { callId: first.id, billed, replica: 'r10' });
    expect(await replica.take(third, REQUEST)).toEqual({ kind: 'taken' });
    const [use] = await readBudgets(ground.db, budgets);
    expect(use).toMatchObject({
      budget: 'run',
      subject: first.run_id,
      tokens: { used: 20 + 2 * COST.tokens, max: null },
      usd: { used: (100 + 2 * COST.costMicroUsd) / 1_000_000 },
    });
    expect(use?.ratio).toBeCloseTo((100 + 2 * COST.costMicroUsd) / (COST.costMicroUsd * 2.5), 5);
  });

  it('that would be exceeded ends the call as inconclusive; nothing is sent', async () => {
    const budgets = { ...NONE, run: { tokens: 1 } };
    let sent = 0;
    const client = {
      send: () => {
        sent += 1;
        return Promise.reject(new Error('must not be asked'));
      },
    };
    const slots = await join('r11', budgets);
    const agents = makeAgentCaller({ db: ground.db, client, slots, log: ground.log });
    const [call] = await makeCalls(1);
    if (call === undefined) throw new Error('no call');
    expect(await agents.runAgentCall(call.id, new AbortController().signal)).toEqual({ kind: 'done' });
    expect(await readAgentCall(ground.db, call.id)).toMatchObject({ kind: 'inconclusive', reason: 'budget' });
    expect(sent).toBe(0);
  });
});
