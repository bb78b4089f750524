import {
  AgentJob,
  AgentJobResult,
  ApprovalJob,
  ApprovalJobResult,
  ReleaseJob,
  StageJob,
  StageResult,
  StagingJob,
  TestGenJob,
} from './stage-job.ts';

/** Brace-tagged, so that on Redis Cluster all keys of the fleet share one slot. */
export const QUEUE_PREFIX = '{slipway}';

/** Exponential with jitter, capped: `baseMs`, twice, four times … at most `capMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

const STEP: Backoff = { baseMs: 1_000, capMs: 30_000 };

/** Name, payload, result and attempts of each queue: the one list that producers, workers, metrics and the board read. */
export const registry = {
  review: { name: 'review', Data: StageJob, Result: StageResult, attempts: 5, backoff: STEP },
  'test-gen': { name: 'test-gen', Data: TestGenJob, Result: StageResult, attempts: 5, backoff: STEP },
  staging: { name: 'staging', Data: StagingJob, Result: StageResult, attempts: 5, backoff: STEP },
  canary: { name: 'canary', Data: StageJob, Result: StageResult, attempts: 5, backoff: STEP },
  // The finaliser frees traffic and leases, so it may not give up; it is alarmed on long before.
  release: { name: 'release', Data: ReleaseJob, Result: StageResult, attempts: 10_000, backoff: STEP },
  agents: {
    name: 'agents',
    Data: AgentJob,
    Result: AgentJobResult,
    attempts: 6,
    backoff: { baseMs: 2_000, capMs: 60_000 },
  },
  approvals: { name: 'approvals', Data: ApprovalJob, Result: ApprovalJobResult, attempts: 10_000, backoff: STEP },
} as const;

export type QueueName = keyof typeof registry;
export const QUEUE_NAMES: readonly QueueName[] = [
  'review',
  'test-gen',
  'staging',
  'canary',
  'release',
  'agents',
  'approvals',
];

/** `random` in [0, 1): half of the delay is fixed, half is spread, so that replicas do not return as one. */
export function backoffMs(backoff: Backoff, attemptsMade: number, random: number): number {
  const full = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.max(0, attemptsMade - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
