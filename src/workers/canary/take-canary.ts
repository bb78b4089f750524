import { RunId } from '../../ids.ts';
import { findEntry } from '../../runs/authorise.ts';
import { acquireLease } from '../../store/leases.ts';
import type { EffectScope } from '../delivery-effects.ts';
import type { Entered } from '../enter-stage.ts';
import { proceed, type StageStep, stop } from '../step.ts';
import { settlePromotion } from './canary-end.ts';
import type { CanaryPorts } from './canary-ports.ts';

/**
 * A canary that is to be taken out, under its own lease. Not one that turns out to be promoted already: a promotion that
 * was cut off is settled first.
 */
export async function takeCanary(
  ports: CanaryPorts,
  entered: Entered,
  signal: AbortSignal,
): Promise<{ kind: 'taken'; scope: EffectScope } | { kind: 'ended'; step: StageStep }> {
  const { run, record } = entered;
  const { target } = ports.delivery(run);
  await settlePromotion(entered, target, signal);
  if (findEntry(await record.list(), 'production_release') !== undefined)
    return { kind: 'ended', step: proceed('promoted') };
  const name = `canary:${run.service}`;
  const lease = await acquireLease(ports.db, name, RunId.parse(run.id));
  if (!lease.held) return { kind: 'ended', step: stop('the canary lease is gone') };
  const hold = entered.holding({ name, token: lease.token });
  return { kind: 'taken', scope: { target, record, run, hold, signal } };
}
