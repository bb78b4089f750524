import type { AgentRequest } from '../../src/agents/agent-call.ts';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import type { RunId } from '../../src/ids.ts';
import { QUEUE_PREFIX } from '../../src/queues/registry.ts';
import { CHANGE, makeAgentRequest } from './agent-request.ts';
import type { FleetGround } from './fleet-ground.ts';
import { insertRun, makeRunFacts } from './record.ts';

/** Queues agent calls of one new run, as its stages would. */
export async function queueCalls(
  ground: FleetGround,
  count: number,
  requestOf: (n: number) => Partial<AgentRequest> = () => ({}),
): Promise<RunId> {
  // These calls belong to no flow, which a reconciler would put right: here it has its turn already, for ever.
  await ground.queues.redis.set(`${QUEUE_PREFIX}:reconciler`, 'the test');
  const run = makeRunFacts();
  await insertRun(ground.db, run);
  const deadlineAt = new Date(Date.now() + 600_000);
  const calls = await Promise.all(
    Array.from({ length: count }, (_, n) => {
      const request = makeAgentRequest({ input: { task: 'review', change: CHANGE, diff: diffOf(n) }, ...requestOf(n) });
      return ensureAgentCall(ground.db, { runId: run.id, stage: 'review', agent: 'review', n, request, deadlineAt });
    }),
  );
  await ground.queues.byName.agents.addBulk(
    calls.map(({ id }) => ({
      name: 'agents',
      data: { run_id: run.id, call_id: id },
      opts: childOptions('agents', id),
    })),
  );
  return run.id;
}

function diffOf(n: number): string {
  const lines = Array.from({ length: n % 7 }, (_, i) => `+const value${i} = ${n};`);
  return [
    'diff --git a/src/a.js b/src/a.js',
    '--- a/src/a.js',
    '+++ b/src/a.js',
    `@@ -1,0 +1,${lines.length} @@`,
    ...lines,
  ].join('\n');
}

export async function callsLeft(ground: FleetGround, runId: RunId): Promise<number> {
  const rows = await ground.db
    .selectFrom('slipway.agent_calls')
    .select('id')
    .where('run_id', '=', runId)
    .where('status', '=', 'queued')
    .execute();
  return rows.length;
}
