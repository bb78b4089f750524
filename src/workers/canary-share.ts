import type { Recorded } from '../audit/audit-log.ts';
import type { CanaryJudgement } from '../delivery/judge/judgement.ts';
import { type CanaryPath, isGated } from '../policy/canary-path.ts';

/** The share of traffic that the canary was last meant to have. */
export interface IntendedShare {
  /** Percent. */
  readonly pct: number;
  /** The tick whose judgement raised it and that it is recorded under, while that has no outcome yet; else null. */
  readonly unfinishedStep: number | null;
  /** The tick whose judgement raised it to this; null while it has its first one. */
  readonly raisedAt: number | null;
}

/** Reads from the record what a canary's share is to be: the first one, or that of the newest step. Pure. */
export function readIntendedShare(entries: readonly Recorded[], initialPct: number): IntendedShare {
  const steps = entries.filter(({ entry }) => entry.stage === 'canary' && entry.step === 'step');
  const intended = steps.findLast(({ entry }) => entry.event === 'canary_weight.intended');
  if (intended === undefined) return { pct: initialPct, unfinishedStep: null, raisedAt: null };
  const { n, payload } = intended.entry;
  const done = steps.some(({ entry }) => entry.event === 'canary_weight.completed' && entry.n === n);
  return {
    pct: typeof payload['pct'] === 'number' ? payload['pct'] : initialPct,
    unfinishedStep: done ? null : n,
    raisedAt: n,
  };
}

/** One change of the canary's share, with the tick under which it is recorded. */
export interface ShareAct {
  readonly pct: number;
  readonly n: number;
  readonly step: 'drift' | 'step';
}

/**
 * What is to be done about the share after a tick that ended nothing. A step that a dead replica began is finished first,
 * and nothing is changed while the metrics cannot be read. Pure.
 */
export function planShare(facts: {
  readonly share: IntendedShare;
  readonly drift: { readonly kind: 'none' | 'give_back' };
  readonly tick: number;
  readonly measured: boolean;
  readonly next: CanaryJudgement['next'];
  readonly path: Pick<CanaryPath, 'gates'>;
}): ShareAct | null {
  const { share, drift, tick, measured, next, path } = facts;
  if (!measured) return null;
  if (share.unfinishedStep !== null) return { pct: share.pct, n: share.unfinishedStep, step: 'step' };
  if (drift.kind === 'give_back') return { pct: share.pct, n: tick, step: 'drift' };
  // Without proof nobody is asked at a gate: it becomes a hold, about which people are.
  if (next?.kind !== 'step_up' || isGated(path, share.pct, next.pct)) return null;
  return { pct: next.pct, n: tick, step: 'step' };
}

/** The next share of a canary in steps, percent; null where it is at the last one, or its change takes none. Pure. */
export function nextStagePct(pct: number, steps: readonly number[]): number | null {
  return steps.find((step) => step > pct) ?? null;
}
