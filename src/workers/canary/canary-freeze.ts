import type { Recorded } from '../../audit/audit-log.ts';
import { readFreeze } from '../../fleet/read-controls.ts';
import { RunId } from '../../ids.ts';
import { authorisesPromotion, findEntry } from '../../runs/authorise.ts';
import { releaseLease } from '../../store/leases.ts';
import { retireFrom } from '../delivery-effects.ts';
import type { Entered } from '../enter-stage.ts';
import { nameBrake } from '../hold.decide.ts';
import { type StageStep, stop } from '../step.ts';
import { untilOut, zeroOrder } from './canary-end.ts';
import type { CanaryPorts } from './canary-ports.ts';
import { withdrawOpenQuestion } from './canary-question.ts';
import { takeCanary } from './take-canary.ts';
import { takeOutOfTraffic } from './take-out-of-traffic.ts';

/** Outcome of the rollback of a canary that a freeze took out of traffic; there is no incident to report then. */
export const FROZEN = 'frozen';

/**
 * A freeze takes a canary out, to zero first if it has traffic, and that ends the run: what it measured was cut short, and
 * a canary that was taken to zero is never raised again in its run, not even when the freeze is over before this is done.
 * Nor does one that only stands there keep the lease: a freeze may last, and a rollback needs its place.
 * @returns null when there is nothing to take out, or no freeze.
 */
export async function endFrozenCanary(
  ports: CanaryPorts,
  entered: Entered,
  signal: AbortSignal,
): Promise<StageStep | null> {
  const { run, record } = entered;
  if (run.dry_run) return null;
  const entries = await record.list();
  const mayStand = findEntry(entries, 'canary_deploy.intended', 'canary') !== undefined;
  if (!mayStand || findEntry(entries, 'production_release') !== undefined) return null;
  const verdict = findEntry(entries, 'canary_verdict', 'canary');
  // Its own verdict takes it out already.
  if (verdict !== undefined && authorisesPromotion(entries, run.artifact ?? '') === null) return null;
  const freeze = await readFreeze(ports.db, run.service);
  if (freeze === null && !isBeingTakenOut(entries)) return null;

  const canary = await takeCanary(ports, entered, signal);
  if (canary.kind === 'ended') return canary.step;
  const { scope } = canary;
  const rationale =
    freeze === null ? 'deliveries were frozen while the canary ran' : `deliveries are frozen: ${nameBrake(freeze)}`;
  await withdrawOpenQuestion(ports, entered, rationale, scope.hold);
  const zero = await takeOutOfTraffic(scope, zeroOrder(ports));
  if (zero.kind === 'unsafe') return untilOut(ports, entered);
  await retireFrom(scope, 'canary', 0, 'canary');
  await record.append({
    stage: 'canary',
    step: 'rollback',
    event: 'autonomous_rollback',
    rationale,
    outcome: FROZEN,
    payload: {
      artifact: run.artifact,
      cause: FROZEN,
      freeze: freeze === null ? null : { control: freeze.name, version: freeze.version },
      weight_zero_at: zero.at.toISOString(),
    },
  });
  await releaseLease(ports.db, `canary:${run.service}`, RunId.parse(run.id));
  return stop(FROZEN);
}

/** Whether a freeze began to take it to zero. A share that was given back or raised at tick 1 has the same number, but is no zero. */
function isBeingTakenOut(entries: readonly Recorded[]): boolean {
  return entries.some(({ entry }) => {
    const { stage, step, event, n } = entry;
    return stage === 'canary' && step === 'weight' && event === 'canary_weight.intended' && n === 1;
  });
}
