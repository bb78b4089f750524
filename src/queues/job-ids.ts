import type { RunId } from '../ids.ts';
import type { QueueName } from './registry.ts';

/**
 * Deterministic ids: the same step asks for the same job for ever. They hold the stage, because two stages may put a
 * child into one shared queue, and no colon, which BullMQ refuses.
 */
export function stageJobId(runId: RunId, stage: Exclude<QueueName, 'agents' | 'approvals'>): string {
  return `${runId}~${stage}`;
}

export function stagingRoundJobId(runId: RunId, round: number): string {
  return round === 0 ? stageJobId(runId, 'staging') : `${runId}~staging~${round}`;
}

export function rollbackJobId(rollbackId: RunId): string {
  return `${rollbackId}~rollback`;
}

export function agentCallId(runId: RunId, stage: string, agent: string, n: number): string {
  return `${runId}~${stage}~${agent}~${n}`;
}

export function approvalJobId(runId: RunId, stage: string): string {
  return `${runId}~${stage}~approval`;
}

/** The name of these jobs on the test-gen queue; a replica of a version before leaves them to one that knows them. */
export const MIGRATION_JOB = 'migration';

export function migrationJobId(runId: RunId, round: number): string {
  return `${runId}~staging~migration~${round}`;
}
