import type { Recorded } from '../../audit/audit-log.ts';
import type { CanaryJudgement } from '../../delivery/judge/judgement.ts';
import { type CanaryPath, isGated } from '../../policy/canary-path.ts';

const OUTCOMES: readonly string[] = ['canary_weight.completed', 'canary_weight.failed', 'canary_weight.unknown'];

/** The share of traffic that the canary was last meant to have. */
export interface IntendedShare {
  /** Percent. */
  readonly pct: number;
  /** What a replica began of it and may have died over, in order: a step without its outcome, and a drift without any. */
  readonly unfinished: readonly ShareAct[];
  /** The tick whose judgement raised it to this; null while it has its first one. */
  readonly raisedAt: number | null;
}

/** Reads from the record what a canary's share is to be: the first one, or that of the newest step. Pure. */
export function readIntendedShare(entries: readonly Recorded[], initialPct: number): IntendedShare {
  const acts = entries.filter(
    ({ entry: { stage, step } }) => stage === 'canary' && (step === 'step' || step === 'drift'),
  );
  const newest = acts.findLastIndex(({ entry }) => entry.step === 'step' && entry.event === 'canary_weight.intended');
  const raised = acts[newest]?.entry ?? null;
  const pct = typeof raised?.payload['pct'] === 'number' ? raised.payload['pct'] : initialPct;
  // What drifted before the share was raised is of a share that it has no more.
  const unfinished = acts.slice(Math.max(0, newest)).flatMap(({ entry: { event, step, n } }): ShareAct[] => {
    if (event !== 'canary_weight.intended' || (step !== 'step' && step !== 'drift')) return [];
    const ends = step === 'step' ? ['canary_weight.completed'] : OUTCOMES;
    const ended = acts.some(({ entry }) => entry.step === step && entry.n === n && ends.includes(entry.event));
    return ended ? [] : [{ pct, n, step }];
  });
  return { pct, unfinished, raisedAt: raised?.n ?? null };
}

/**
 * The newest tick after which the share was told to the target, as the record has it; null where it was not since the first one.
 * An intent alone is none: its replica may have died before the act. Pure.
 */
export function readLastTold(entries: readonly Recorded[]): number | null {
  const own = entries.filter(({ entry }) => entry.stage === 'canary');
  const told = own.findLastIndex(
    ({ entry: { step, event } }) => (step === 'step' || step === 'drift') && OUTCOMES.includes(event),
  );
  return own.slice(0, Math.max(0, told)).findLast(({ entry }) => entry.event === 'canary_tick')?.entry.n ?? null;
}

/** One change of the canary's share, with the tick under which it is recorded. */
export interface ShareAct {
  readonly pct: number;
  readonly n: number;
  readonly step: 'drift' | 'step';
}

/**
 * What is to be done about the share after a tick that ended nothing, once what was begun before has its outcome. Nothing is
 * changed while the metrics cannot be read. Pure.
 */
export function planShare(facts: {
  readonly sharePct: number;
  readonly drift: { readonly kind: 'none' | 'give_back' };
  readonly tick: number;
  readonly measured: boolean;
  readonly next: CanaryJudgement['next'];
  readonly path: Pick<CanaryPath, 'gates'>;
}): ShareAct | null {
  const { sharePct, drift, tick, measured, next, path } = facts;
  if (!measured) return null;
  if (drift.kind === 'give_back') return { pct: sharePct, n: tick, step: 'drift' };
  // Without proof nobody is asked at a gate: it becomes a hold, about which people are.
  if (next?.kind !== 'step_up' || isGated(path, sharePct, next.pct)) return null;
  return { pct: next.pct, n: tick, step: 'step' };
}

/** The next share of a canary in steps, percent; null where it is at the last one, or its change takes none. Pure. */
export function nextStagePct(pct: number, steps: readonly number[]): number | null {
  return steps.find((step) => step > pct) ?? null;
}
