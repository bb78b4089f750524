import type { SlotUse } from '../agents/read-slots.ts';
import type { QueueState } from '../queues/queue-state.ts';
import type { QueueName } from '../queues/registry.ts';
import type { CanaryQuestion } from './canary-questions.ts';
import type { FrontJob } from './flow-front.ts';
import { WAITS } from './wait-words.ts';

/** All that is looked at to say why a run does not move. Read by src/runs/read-wait-facts.ts. */
export interface WaitFacts {
  readonly run: {
    readonly status: 'queued' | 'running' | 'waiting' | 'finished';
    readonly waiting_for: string | null;
    readonly outcome: string | null;
    readonly outcome_reason: string | null;
    readonly finished_at: Date | null;
    readonly stop_kind: 'superseded' | 'cancelled' | null;
    readonly stop_reason: string | null;
  };
  /** The question that nobody has answered yet. */
  readonly question: OpenQuestion | null;
  /** The line that the run stands in for a lease. */
  readonly lease: LeasePlace | null;
  /** Null when Redis is out of reach. `front` is empty when the run has no jobs there. */
  readonly redis: {
    readonly front: readonly FrontJob[];
    readonly queues: Readonly<Partial<Record<QueueName, QueueState>>>;
  } | null;
  /** Queues that no live replica serves, by the registry. */
  readonly unserved: readonly QueueName[];
  /** Brakes that operators, or the account's spend limit, put on queues. */
  readonly pauses: ReadonlyMap<QueueName, Brake>;
  /** The freeze that keeps this run's service from being deployed. */
  readonly freeze: Brake | null;
  /** Requests to the model that are under way, as PostgreSQL counts them. */
  readonly slots: SlotUse;
  readonly now: Date;
}

/** Who stopped something, why and since when. */
export interface Brake {
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
}

export interface OpenQuestion {
  /** What it asks about a live canary, which goes on being watched; null where a stage waits for the answer. */
  readonly canary: Pick<CanaryQuestion, 'kind' | 'toPct'> | null;
  readonly openedAt: Date;
  readonly deadlineAt: Date;
  readonly needed: number;
  readonly approved: readonly string[];
  /** People of `people:` who had no hand in the change and have not approved yet. */
  readonly mayDecide: readonly string[];
}

export interface LeasePlace {
  readonly name: string;
  /** The run that holds it; null while it is free. */
  readonly holder: string | null;
  /** Runs in line before this one. */
  readonly ahead: number;
  readonly since: Date;
}

/** Why a run does not move, or that it does. Exactly one holds at a time: the nearest thing that has to happen. */
export type Wait =
  | { readonly kind: 'finished'; readonly outcome: string; readonly reason: string | null; readonly at: Date | null }
  | { readonly kind: 'store_unreachable'; readonly store: 'redis' | 'postgres'; readonly until: Date | null }
  | { readonly kind: 'no_flow' }
  | { readonly kind: 'stuck'; readonly queue: QueueName; readonly reason: string }
  | { readonly kind: 'stopping'; readonly how: 'superseded' | 'cancelled'; readonly reason: string | null }
  | { readonly kind: 'human'; readonly question: OpenQuestion }
  | { readonly kind: 'lease'; readonly lease: LeasePlace }
  | { readonly kind: 'tick'; readonly until: Date }
  | { readonly kind: 'step'; readonly what: string; readonly until: Date }
  | {
      readonly kind: 'retry';
      readonly queue: QueueName;
      readonly attempt: number;
      readonly of: number;
      readonly until: Date;
      readonly reason: string;
    }
  | { readonly kind: 'paused'; readonly queue: QueueName; readonly brake: Brake | null }
  | { readonly kind: 'frozen'; readonly brake: Brake }
  | { readonly kind: 'window'; readonly opensAt: string }
  | { readonly kind: 'unserved'; readonly queue: QueueName }
  | { readonly kind: 'newer_version'; readonly queue: QueueName }
  | { readonly kind: 'back_off'; readonly until: Date }
  /** `place` is null for one that was let through by Redis and asks PostgreSQL again and again: they stand in no line. */
  | { readonly kind: 'agent_slot'; readonly place: number | null; readonly cap: number }
  | { readonly kind: 'queued'; readonly queue: QueueName; readonly place: number }
  | {
      readonly kind: 'running';
      readonly queue: QueueName;
      readonly replica: string | null;
      readonly since: Date | null;
    }
  | { readonly kind: 'orphaned'; readonly queue: QueueName; readonly replica: string | null };

/** "Why is this run not moving?" Pure: the same facts give the same answer. */
export function whyWaiting(facts: WaitFacts): Wait {
  const { run, redis } = facts;
  if (run.status === 'finished')
    return { kind: 'finished', outcome: run.outcome ?? 'failed', reason: run.outcome_reason, at: run.finished_at };
  if (redis === null) return { kind: 'store_unreachable', store: 'redis', until: null };
  const first = nearest(redis.front);
  if (first === undefined) return { kind: 'no_flow' };
  const wait = waitOf(first, facts);
  const blocked = wait.kind === 'stuck' || wait.kind === 'paused' || wait.kind === 'unserved';
  // What keeps the stop itself from happening is the better answer.
  if (run.stop_kind !== null && !blocked) return { kind: 'stopping', how: run.stop_kind, reason: run.stop_reason };
  return wait;
}

/** Of several children the one that is furthest: a run whose first model call runs is not waiting for a slot. */
function nearest(front: readonly FrontJob[]): FrontJob | undefined {
  return front.toSorted((a, b) => rank(a) - rank(b))[0];
}

function rank({ place }: FrontJob): number {
  if (place.state === 'active') return place.locked ? -2 : -1;
  return place.state === 'waiting' ? place.ahead : Number.MAX_SAFE_INTEGER;
}

function waitOf(job: FrontJob, facts: WaitFacts): Wait {
  const { queue, place } = job;
  switch (place.state) {
    case 'active':
      if (!place.locked) return { kind: 'orphaned', queue, replica: place.replica };
      return { kind: 'running', queue, replica: place.replica, since: place.since };
    case 'waiting':
      if (!job.known) return { kind: 'newer_version', queue };
      return inLine(queue, place.ahead, facts);
    case 'delayed':
      if (!job.known) return { kind: 'newer_version', queue };
      return untilDue(job, place, facts);
    case 'failed':
      return { kind: 'stuck', queue, reason: place.reason };
    case 'waiting-children':
      return { kind: 'stuck', queue, reason: 'it waits for jobs that are gone' };
    case 'completed':
    case 'missing':
      return { kind: 'no_flow' };
  }
}

function inLine(queue: QueueName, ahead: number, facts: WaitFacts): Wait {
  const state = facts.redis?.queues[queue];
  const place = ahead + 1;
  if (state === undefined) return { kind: 'queued', queue, place };
  if (state.paused) return { kind: 'paused', queue, brake: facts.pauses.get(queue) ?? null };
  if (facts.unserved.includes(queue)) return { kind: 'unserved', queue };
  if (state.backOffMs !== null) return { kind: 'back_off', until: new Date(facts.now.getTime() + state.backOffMs) };
  if (state.cap !== null && state.active >= state.cap) return { kind: 'agent_slot', place, cap: state.cap };
  return { kind: 'queued', queue, place };
}

function untilDue(
  { queue, attempts }: FrontJob,
  place: Extract<FrontJob['place'], { state: 'delayed' }>,
  { run, question, lease, pauses, freeze, slots }: WaitFacts,
): Wait {
  const { until, attemptsMade, failure } = place;
  if (queue === 'approvals' && question !== null) return { kind: 'human', question };
  const ownWait = run.status === 'waiting' ? run.waiting_for : null;
  if (queue !== 'agents' && queue !== 'approvals' && ownWait !== null) {
    if (lease !== null) return { kind: 'lease', lease };
    if (ownWait === WAITS.tick) return question === null ? { kind: 'tick', until } : { kind: 'human', question };
    const brake = pauses.get(queue) ?? null;
    if (ownWait.startsWith(WAITS.freeze) && freeze !== null) return { kind: 'frozen', brake: freeze };
    if (ownWait.startsWith(WAITS.pause)) return { kind: 'paused', queue, brake };
    if (ownWait.startsWith(WAITS.window)) return { kind: 'window', opensAt: ownWait.slice(WAITS.window.length) };
    return { kind: 'step', what: ownWait.replace(/^for /, ''), until };
  }
  if (attemptsMade > 0 && failure !== null)
    return { kind: 'retry', queue, attempt: attemptsMade + 1, of: attempts, until, reason: failure };
  if (queue === 'agents' && slots.cap !== null && slots.taken >= slots.cap)
    return { kind: 'agent_slot', place: null, cap: slots.cap };
  // A step waits without a reason of its own and without a failed attempt only where a store did not answer it.
  return { kind: 'store_unreachable', store: 'postgres', until };
}
