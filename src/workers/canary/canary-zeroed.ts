import { findEntry } from '../../runs/authorise.ts';
import type { Entered } from '../enter-stage.ts';
import type { StageStep } from '../step.ts';
import { takeBack, unwatched } from './canary-end.ts';
import type { CanaryPorts } from './canary-ports.ts';
import { takeCanary } from './take-canary.ts';

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
  const zeroed = findEntry(await entered.record.list(), 'guard_zeroed', 'canary');
  if (zeroed === undefined) return null;
  const canary = await takeCanary(ports, entered, signal);
  if (canary.kind === 'ended') return canary.step;
  return (await takeBack(ports, entered, canary.scope, unwatched(zeroed.entry.rationale, zeroed))) ?? 'rolled_back';
}
