import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { readAgentCall } from '../../src/agents/stored-call.ts';
import { seedControl } from '../../src/fleet/change-control.ts';
import { AGENT_CAP } from '../../src/fleet/control.ts';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import { RunId } from '../../src/ids.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { openRecord } from '../../src/runs/record.ts';
import { startSweeper } from '../../src/runs/sweep.ts';
import { askAgent } from '../../src/workers/ask-agent.ts';
import { stop } from '../../src/workers/step.ts';
import { makeAgentRequest } from '../support/agent-request.ts';
import { eventually } from '../support/eventually.ts';

import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
  await seedControl(bench.ground.db, AGENT_CAP, { value: 5 });
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});

describe('the sweeper', () => {
  it('carries out a stop that stands on the record only', async () => {
    const run = await bench.enqueue();
    await openRecord(bench.ground.audit, run, bench.config.policy_hash).append({
      stage: 'operator',
      step: 'stop',
      event: 'stop_requested',
      actor: { kind: 'human', id: 'mara' },
      rationale: 'not today',
      outcome: 'cancelled',
      payload: { superseded_by: null },
    });
    await bench.sweepAt(new Date());
    expect(await bench.current(run)).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'not today' });
  });

  it('sets the agent cap again when Redis lost it', async () => {
    const { agents } = bench.ground.queues.byName;
    await agents.setGlobalConcurrency(77);
    await bench.sweepAt(new Date());
    expect(await agents.getGlobalConcurrency()).toBe(5);
    await agents.obliterate({ force: true });
    expect(await agents.getGlobalConcurrency()).toBeNull();
    await bench.sweepAt(new Date());
    expect(await agents.getGlobalConcurrency()).toBe(5);
  });

  it('ends an agent call past its deadline, and the stage that waits for it goes on', async () => {
    const run = await bench.enqueue();
    const id = RunId.parse(run.id);
    const outcomes: string[] = [];
    const ports = {
      db: bench.ground.db,
      config: bench.config,
      now: () => new Date(),
      prompts: {},
    } as unknown as Parameters<typeof askAgent>[0];
    const replica = bench.ground.replica('review', async (job) => {
      if (job.run_id !== id) return stop('another run');
      const outcome = await askAgent(ports, run, { stage: 'review', agent: 'review', n: 0 }, () => makeAgentRequest());
      if (outcome.kind === 'waiting')
        return { kind: 'await_children', children: [outcome.child], why: 'for an answer' };
      outcomes.push(outcome.kind === 'inconclusive' ? outcome.reason : outcome.kind);
      return stop('no answer');
    });
    try {
      await ensureAgentCall(bench.ground.db, {
        runId: id,
        stage: 'review',
        agent: 'review',
        n: 0,
        request: makeAgentRequest(),
        deadlineAt: inHours(0.4),
      });
      const job = await bench.ground.queues.byName.review.getJob(stageJobId(id, 'review'));
      await eventually('the review waits', () => job?.isWaitingChildren());
      await bench.sweepAt(new Date());
      expect(await job?.isWaitingChildren()).toBe(true);
      await bench.sweepAt(inHours(0.5));
      await eventually('the review goes on', () => outcomes.length > 0);
      expect(outcomes).toEqual(['deadline']);
      expect(await readAgentCall(bench.ground.db, `${id}~review~review~0`)).toMatchObject({
        kind: 'inconclusive',
        reason: 'deadline',
      });
    } finally {
      await replica.stop();
    }
  });

  it('wakes the stage of a call whose end was stored by a sweeper that died right after', async () => {
    const run = await bench.enqueue();
    const id = RunId.parse(run.id);
    await ensureAgentCall(bench.ground.db, {
      runId: id,
      stage: 'review',
      agent: 'review',
      n: 0,
      request: makeAgentRequest(),
      deadlineAt: inHours(-1),
    });
    await bench.ground.db
      .updateTable('slipway.agent_calls')
      .set({ status: 'done', kind: 'inconclusive', reason: 'deadline', done_at: new Date() })
      .where('run_id', '=', id)
      .execute();
    const call = `${id}~review~review~0`;
    await bench.ground.queues.byName.agents.add('agents', { run_id: id, call_id: call }, childOptions('agents', call));
    await bench.sweepAt(new Date());
    expect(await bench.ground.queues.byName.agents.getJob(call)).toBeUndefined();
  });

  it('sweeps on start, on one replica at a time, and ends cleanly', async () => {
    await bench.ground.queues.redis.del('{slipway}:sweeper');
    await bench.ground.queues.byName.agents.setGlobalConcurrency(77);
    const first = startSweeper({ ...bench.ground, config: bench.config });
    await eventually('it swept', async () => (await bench.ground.queues.byName.agents.getGlobalConcurrency()) === 5);
    await bench.ground.queues.byName.agents.setGlobalConcurrency(78);
    const second = startSweeper({ ...bench.ground, config: bench.config });
    await second.close();
    expect(await bench.ground.queues.byName.agents.getGlobalConcurrency()).toBe(78);
    await first.close();
  });
});
