import { RunId } from '../ids.ts';
import { findEntry } from '../runs/authorise.ts';
import { acquireLease } from '../store/leases.ts';
import type { CanaryPorts } from './canary.worker.ts';
import { settlePromotion, takeBack, unwatched } from './canary-end.ts';
import type { Entered } from './enter-stage.ts';
import { proceed, type StageStep, stop } from './step.ts';

/**
 * A guard took the canary out of traffic, because nobody watched it. That ends the run: what was measured has a hole, and
 * what a guard took to zero is never raised again.
 * @returns null when no guard did; `rolled_back` when that is on the record.
 */
export async function endZeroedCanary(
  ports: CanaryPorts,
  entered: Entered,
  signal: AbortSignal,
): Promise<StageStep | 'rolled_back' | null> {
  const { run, record } = entered;
  const zeroed = findEntry(await record.list(), 'guard_zeroed', 'canary');
  if (zeroed === undefined) return null;
  const { target } = ports.delivery(run);
  await settlePromotion(entered, target, signal);
  if (findEntry(await record.list(), 'production_release') !== undefined) return proceed('promoted');
  const name = `canary:${run.service}`;
  const lease = await acquireLease(ports.db, name, RunId.parse(run.id));
  if (!lease.held) return stop('the canary lease is gone');
  const scope = { target, record, run, hold: entered.holding({ name, token: lease.token }), signal };
  await takeBack(ports, entered, scope, unwatched(zeroed.entry.rationale, zeroed));
  return 'rolled_back';
}
