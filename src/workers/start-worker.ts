import { DelayedError, type Job, Queue, RateLimitError, WaitingChildrenError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { crashPoint } from '../crash-point.ts';
import { NewerVersion, PermanentFailure, StoreDown, TransientFailure } from '../errors.ts';
import type { Logger } from '../log.ts';
import { mapRedisErrors } from '../queues/redis-errors.ts';
import { backoffMs, QUEUE_PREFIX, type QueueName, registry } from '../queues/registry.ts';
import { ensureChildren } from './ensure-children.ts';
import { FleetBackOff, SpendLimit } from './fleet-back-off.ts';
import { leaveChildren } from './leave-children.ts';
import { isNoRoom } from './no-room.ts';
import { raiseBackOff } from './raise-back-off.ts';
import { readFailedStage, readUpstream } from './read-upstream.ts';
import type { Step, StepContext } from './step.ts';
import { makeStepOwner } from './step-owner.ts';

/** BullMQ counts a kill of the worker against the job's whole life; we set our own limit and name it. */
const MAX_CRASHES = 50;
/** How long a step rests that waits for a store, or for a replica with room. */
const MIN_REST_MS = 1_000;
const MAX_REST_MS = 15_000;
/**
 * A step whose replica died is taken at the latest when its lock has run out (renewed twice within it) and two looks for
 * stalled jobs have passed, the first of which only marks it: 9 s. The queue's looks are shared by all replicas.
 */
const LOCK_MS = 6_000;
const STALLED_LOOK_MS = 1_500;
/** How long a job of a newer version rests before somebody looks at it again. */
const MAX_NEWER_WAIT_MS = 4_000;
/** Why a job's signal was aborted. */
const ABORT = { drain: 'drain', stop: 'run stopped', lockLost: 'lock lost' } as const;

export interface WorkerSettings<Q extends QueueName> {
  readonly queue: Q;
  /** Whose worker it is, as the fleet's registry has it; stands on each job it took last. */
  readonly replica: string;
  readonly concurrency: number;
  readonly connection: Redis;
  /** For adding children and for the fleet's back-off. */
  readonly queues: Readonly<Record<QueueName, Queue>>;
  readonly log: Logger;
  readonly handle: (
    data: z.output<(typeof registry)[Q]['Data']>,
    context: StepContext,
  ) => Promise<Step<z.infer<(typeof registry)[Q]['Result']>>>;
  /** Other steps of runs that wait in this queue, by the name of their jobs. */
  readonly others?: Readonly<Record<string, WorkerSettings<Q>['handle']>>;
  /** Jobs of this queue that belong to no run, by name. One that fails waits for its next time. */
  readonly chores?: Readonly<Record<string, (data: unknown, signal: AbortSignal) => Promise<void>>>;
  /** The account's money is gone: stops the agents' queue for the whole fleet and tells people. */
  readonly onSpendLimit?: (detail: string) => Promise<void>;
  /** Told about every step that ended, for metrics. */
  readonly onStep?: (queue: Q, kind: string, ms: number) => void;
}

export interface StartedWorker {
  /** Aborts what this replica does for a run; ids of all its jobs begin with the run's. */
  abortRun(runId: string): void;
  /** Hands running steps back without costing an attempt, then ends. */
  drain(): Promise<void>;
  active(): number;
}

/** The one place that touches Worker and Job: parses, calls the handler, and turns what it says into BullMQ's terms. */
export function startWorker<Q extends QueueName>(settings: WorkerSettings<Q>): StartedWorker {
  const { queue, queues, log } = settings;
  const definition = registry[queue];
  // Fields that a newer version added may be ignored: what may not is a job of another name.
  const Data = definition.Data.strip();
  const running = new Set<string>();
  let draining = false;

  // Three declared parameters on purpose: BullMQ looks at processor.length before it passes a signal.
  const processor = async (job: Job, token: string | undefined, signal?: AbortSignal): Promise<unknown> => {
    if (draining) {
      // Fetched in the moment the drain began.
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const chore = settings.chores?.[job.name];
    if (chore !== undefined) {
      await chore(job.data, signal ?? new AbortController().signal);
      return null;
    }
    // A step that this version does not know; never wrong, only not ours.
    const handle = job.name === definition.name ? settings.handle : settings.others?.[job.name];
    if (handle === undefined) throw await leaveToNewer(new NewerVersion(`${job.name} is no job of ${queue}`));
    const parsed = Data.safeParse(job.data);
    if (!parsed.success) throw new PermanentFailure('BAD_PAYLOAD', z.prettifyError(parsed.error));
    if (job.stalledCounter > MAX_CRASHES)
      throw new PermanentFailure('CRASH_LOOP', `${job.stalledCounter} workers died in this step`);
    const abort = signal ?? new AbortController().signal;
    const owner = makeStepOwner({
      lockMs: LOCK_MS,
      // The lock was taken when the job was fetched, and this replica may have been stopped since then.
      lockAgeMs: Math.max(0, Date.now() - (job.processedOn ?? 0)),
      extend: async () => (await mapRedisErrors(() => job.extendLock(token ?? '', LOCK_MS))) === 1,
      signal: abort,
    });
    const id = job.id ?? '';
    running.add(id);
    const started = performance.now();
    let kind = 'error';
    let rounds = 0;
    try {
      const data = parsed.data as z.output<(typeof registry)[Q]['Data']>;
      const step = await untilItMoves(job, token, abort, async () => {
        rounds++;
        return handle(data, {
          signal: abort,
          upstream: await readUpstream(job),
          attempt: job.attemptsMade + 1,
          confirmOwner: owner.confirm,
          assertOwner: owner.assertHeld,
        });
      });
      kind = step.kind;
      return await carryOut(step);
    } catch (error) {
      throw await giveBack(error);
    } finally {
      running.delete(id);
      settings.onStep?.(queue, kind, performance.now() - started);
    }

    async function carryOut(step: Step<unknown>): Promise<unknown> {
      if (step.kind === 'done') {
        // Who comes here for the first time and asked for nothing has no children, and need not look.
        const isNew = job.attemptsStarted === 1 && rounds === 1;
        if (!isNew && (await mapRedisErrors(() => leaveChildren(job, queues, token)))) throw new WaitingChildrenError();
        return step.result;
      }
      if (step.kind === 'await_children') throw new WaitingChildrenError();
      throwIfStopped(abort);
      await job.moveToDelayed(Date.now() + Math.max(1, Math.ceil(step.ms)), token);
      crashPoint('step:after-delay');
      throw new DelayedError();
    }

    async function leaveToNewer(error: NewerVersion): Promise<unknown> {
      log.warn({ job: job.id, err: error }, 'a step of a newer version is left to a replica that knows it');
      await job.moveToDelayed(Date.now() + 1_000 + Math.random() * MAX_NEWER_WAIT_MS, token);
      return new DelayedError();
    }

    /** Says which errors cost no attempt, and moves the job accordingly. */
    async function giveBack(error: unknown): Promise<unknown> {
      if (error instanceof DelayedError || error instanceof WaitingChildrenError) return error;
      if (abort.aborted && (abort.reason === ABORT.drain || abort.reason === ABORT.stop)) {
        await job.moveToWait(token);
        return new WaitingError();
      }
      if (error instanceof StoreDown) return waitForStore(error);
      if (isNoRoom(error)) return leaveToOneWithRoom(error);
      if (error instanceof NewerVersion) return leaveToNewer(error);
      if (error instanceof FleetBackOff) {
        await raiseBackOff(queues.agents, settings.connection, error.retryAfterMs);
        return new RateLimitError();
      }
      if (error instanceof SpendLimit) {
        try {
          await settings.onSpendLimit?.(error.message);
        } catch (failure) {
          return waitForStore(failure);
        }
        await job.moveToWait(token);
        return new WaitingError();
      }
      return error;
    }

    async function waitForStore(error: unknown): Promise<DelayedError> {
      log.warn({ job: job.id, err: error }, 'store out of reach, the step waits');
      return restAWhile();
    }

    /** It rests, so that a replica with nothing else to do does not take it again at once. */
    async function leaveToOneWithRoom(error: unknown): Promise<DelayedError> {
      log.error(
        { job: job.id, err: error },
        'no room on the disk of this replica: the step is left to another, make room',
      );
      return restAWhile();
    }

    async function restAWhile(): Promise<DelayedError> {
      await job.moveToDelayed(Date.now() + MIN_REST_MS + Math.random() * (MAX_REST_MS - MIN_REST_MS), token);
      return new DelayedError();
    }
  };

  async function untilItMoves<R>(
    job: Job,
    token: string | undefined,
    abort: AbortSignal,
    next: () => Promise<Step<R>>,
  ): Promise<Step<R>> {
    for (let round = 0; round < 8; round++) {
      crashPoint('step:before-handler');
      const step = await next();
      crashPoint('step:after-handler');
      if (step.kind !== 'await_children') return step;
      const added = await mapRedisErrors(() => ensureChildren(job, queues, step.children));
      if (added.length > 0) crashPoint('children:after-add');
      // What a new question waits for may have come before there was a child to wake: the handler looks once more. Other
      // children end by themselves, also of a run that was stopped meanwhile.
      if (added.some(({ queue }) => queue !== 'agents')) continue;
      // Told while the handler was at it: whoever stopped the run found this job active and woke nothing.
      throwIfStopped(abort);
      // False: nothing is pending any more, so the handler is asked again at once.
      if (await job.moveToWaitingChildren(token ?? '')) {
        crashPoint('children:after-wait');
        return step;
      }
    }
    // A call or a question has its own deadline, which ends this; a stage that failed has none and would be waited for for ever.
    const failed = await readFailedStage(job);
    if (failed !== null) throw new PermanentFailure('CHILD_FAILED', failed);
    return { kind: 'delay', ms: 1_000, why: 'its children ended without a result' };
  }

  const worker = new Worker(queue, processor, {
    name: settings.replica,
    connection: settings.connection,
    prefix: QUEUE_PREFIX,
    concurrency: settings.concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_LOOK_MS,
    maxStalledCount: 1_000_000,
    drainDelay: 2,
    settings: { backoffStrategy: (attempts, _type, error) => retryDelay(queue, attempts, error) },
    // Without a limiter a back-off would stop only the worker that met it.
    ...(queue === 'agents' ? { limiter: { max: 1_000_000, duration: 1_000 } } : {}),
    ...(queue === 'agents' ? { maximumRateLimitDelay: 2_000 } : {}),
  });
  worker.on('error', (error) => log.warn({ queue, err: error }, 'worker connection failed'));
  worker.on('failed', (job, error) =>
    log.warn({ queue, job: job?.id, attempt: job?.attemptsMade, err: error }, 'step failed'),
  );
  worker.on('lockRenewalFailed', (ids: string[]) => {
    for (const id of ids) worker.cancelJob(id, ABORT.lockLost);
  });
  return {
    abortRun(runId) {
      for (const id of running) if (id.startsWith(runId)) worker.cancelJob(id, ABORT.stop);
    },
    async drain() {
      draining = true;
      // First no new ones: otherwise this replica takes back what it hands back.
      await worker.pause(true);
      worker.cancelAllJobs(ABORT.drain);
      await worker.close();
    },
    active: () => running.size,
  };
}

function throwIfStopped(abort: AbortSignal): void {
  if (abort.aborted && abort.reason === ABORT.stop) throw new Error(ABORT.stop);
}

function retryDelay(queue: QueueName, attemptsMade: number, error: Error | undefined): number {
  if (error instanceof TransientFailure && error.retryAfterMs !== undefined) return error.retryAfterMs;
  return backoffMs(registry[queue].backoff, attemptsMade, Math.random());
}
