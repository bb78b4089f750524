import type { AuditLog } from '../audit/audit-log.ts';
import { restoreReceipt } from '../audit/stored-receipt.ts';
import { readRun } from '../runs/read-run.ts';
import { openRecord } from '../runs/record.ts';
import type { Db } from '../store/open-database.ts';
import type { GuardedCanary, Zeroed } from './guard-state.ts';

const WHY: Record<Zeroed['cause'], string> = {
  no_tick: 'nobody took a tick of the canary',
  handed_over: 'its worker could not take it out of traffic, and nobody took a tick of it',
  store_silent: 'the record could not be asked whether anybody watches the canary',
};
const HOW: Record<Zeroed['by'], string> = {
  weight: 'it was taken out of traffic',
  stop: 'its weight could not be set, so it was stopped',
};

/** Names the effect at the target; the same for every guard, so that two of them do one thing. */
export function guardEffectId(runId: string): string {
  return `${runId}~canary~weight-guard~0`;
}

/**
 * The only entry that is written after the act: the act was authorised by `canary_started`, and the store may have been
 * away. The first guard's entry stands. @throws {StoreDown}
 */
export async function recordZero(
  { db, audit }: { db: Db; audit: AuditLog },
  guardId: string,
  canary: GuardedCanary,
  zeroed: Zeroed,
): Promise<void> {
  const run = await readRun(db, canary.run_id);
  if (run === null) return;
  await openRecord(audit, run).append({
    stage: 'canary',
    step: 'guard',
    event: 'guard_zeroed',
    rationale: `${WHY[zeroed.cause]} for ${Math.round(zeroed.unwatched_s)} s: ${HOW[zeroed.by]}`,
    outcome: zeroed.by === 'weight' ? 'zeroed' : 'stopped',
    actor: { kind: 'system', id: `guard ${guardId}` },
    payload: {
      pct: 0,
      from_pct: zeroed.from_pct,
      zeroed_at: zeroed.at,
      cause: zeroed.cause,
      unwatched_s: zeroed.unwatched_s,
      effect_id: guardEffectId(canary.run_id),
    },
    causation: restoreReceipt(canary.started),
  });
}
