import { randomBytes } from 'node:crypto';
import { FlowProducer, Queue, QueueEvents } from 'bullmq';
import { sql } from 'kysely';
import { assertControls } from '../../src/fleet/assert-controls.ts';
import { changeControl } from '../../src/fleet/change-control.ts';
import { pauseControl } from '../../src/fleet/control.ts';
import { readControls } from '../../src/fleet/read-controls.ts';
import { digestOf, RunId } from '../../src/ids.ts';
import type { Logger } from '../../src/log.ts';
import { workerConnection } from '../../src/queues/connections.ts';
import { agentCallId } from '../../src/queues/job-ids.ts';
import { QUEUE_PREFIX } from '../../src/queues/registry.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { BARE_PREFIX, bareFlow } from './bare-flow.ts';
import { type BenchGround, serviceName } from './bench-ground.ts';
import { makeNoOpAdapters, reviewAnswer, scepticAnswer } from './no-op-adapters.ts';

/** One side of the comparison: runs are put in line while the first queue is held, then let through. */
export interface Arm {
  readonly name: 'slipway' | 'bare';
  hold(): Promise<void>;
  enqueue(n: number): Promise<void>;
  /** Whatever must be there before the runs may start and is not part of what is measured. */
  prepare(): Promise<void>;
  release(): Promise<void>;
  /** Resolves once so many more runs have ended; to be called before they are let through. */
  ended(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openBareArm(ground: BenchGround, log: Logger): Promise<Arm> {
  const connection = workerConnection(ground.redisUrl, log);
  const flows = new FlowProducer({ connection, prefix: BARE_PREFIX });
  const first = new Queue('review', { connection, prefix: BARE_PREFIX });
  const events = await watchRoots(ground, BARE_PREFIX);
  return {
    name: 'bare',
    hold: () => first.pause(),
    enqueue: async () => void (await flows.add(bareFlow())),
    prepare: async () => {},
    release: () => first.resume(),
    ended: events.ended,
    async close() {
      await Promise.all([events.close(), flows.close(), first.close()]);
      connection.disconnect();
    },
  };
}

/**
 * Slipway's own desk and workers; the runs are dry, so that delivery is only described. Without agent calls the answers of
 * the review are already stored when the runs begin, which is how a repeated step finds them too.
 */
export async function openSlipwayArm(
  ground: BenchGround,
  options: { agentCalls: boolean; parts: number; log: Logger },
): Promise<Arm> {
  const { core, config } = ground;
  const { log, parts } = options;
  const desk = makeRunDesk({ ...core, config, log, repository: makeNoOpAdapters(parts, log).repository } as never);
  const events = await watchRoots(ground, QUEUE_PREFIX);
  const waiting: { id: string; pr_number: number; head_sha: string }[] = [];
  let prNumber = 0;

  async function brake(paused: boolean): Promise<void> {
    await changeControl(core, {
      name: pauseControl('review'),
      value: { on: paused, cause: 'operator' },
      outcome: paused ? 'paused' : 'resumed',
      actor: { kind: 'system', id: 'bench' },
      reason: 'a slice of the benchmark',
    });
    await assertControls(core.queues, await readControls(core.db), log);
  }

  return {
    name: 'slipway',
    hold: () => brake(true),
    async enqueue(n) {
      const request = {
        repo: `bench/${serviceName(n)}`,
        pr_number: ++prNumber,
        head_sha: randomBytes(20).toString('hex') as never,
        title: 'Say more about the part',
        author: 'nina@example.com',
        again: false,
        dry_run: true,
      };
      const result = await desk.enqueue(request, {
        tokenId: 'bench',
        name: 'bench',
        person: null,
        scopes: ['enqueue'],
      });
      if (result.kind !== 'created') throw new Error(`enqueue answered ${result.kind}`);
      waiting.push(result.run);
    },
    async prepare() {
      const runs = waiting.splice(0);
      if (options.agentCalls) return;
      const calls = runs.flatMap(({ id, pr_number, head_sha }) => {
        const echo = { pr_number, head_sha };
        const stored = (agent: 'review' | 'sceptic', n: number, answer: string) => ({
          id: agentCallId(RunId.parse(id), 'review', agent, n),
          run: id,
          agent,
          n,
          answer,
          digest: digestOf(answer),
        });
        const reviews = Array.from({ length: parts }, (_, n) => stored('review', n, reviewAnswer(echo)));
        return [...reviews, stored('sceptic', 0, scepticAnswer(echo))];
      });
      await sql`
        with call as (
          select * from json_to_recordset(${JSON.stringify(calls)}::json)
            as c(id text, run text, agent text, n int, answer text, digest text)
        ), blob as (
          insert into slipway.blobs (digest, media_type, bytes)
          select distinct digest, 'text/plain; charset=utf-8', convert_to(answer, 'UTF8') from call on conflict do nothing
        )
        insert into slipway.agent_calls
          (id, run_id, stage, agent, n, request, status, kind, answer, model, deadline_at, done_at)
        select id, run, 'review', agent, n, digest, 'done', 'answer', digest, 'no-op', now() + interval '1 hour', now()
        from call`.execute(core.db);
    },
    release: () => brake(false),
    ended: events.ended,
    close: events.close,
  };
}

/** Counts the roots that end, from the events that BullMQ writes anyway. */
async function watchRoots(ground: BenchGround, prefix: string) {
  const events = new QueueEvents('release', { connection: { url: ground.redisUrl } as never, prefix });
  let left = 0;
  let done = () => {};
  events.on('completed', () => {
    left -= 1;
    if (left === 0) done();
  });
  await events.waitUntilReady();
  return {
    ended: (count: number) =>
      new Promise<void>((resolve) => {
        left = count;
        done = resolve;
      }),
    close: () => events.close(),
  };
}
