import type { Thresholds } from '../../config/schema.ts';

/** Only `regression` and `canary_down` speak about the change; the other causes leave it without blame. */
type CanaryCause = 'regression' | 'canary_down' | 'metrics_unavailable' | 'routing' | 'environment';

/** What a canary without a verdict asks for. Another tick is due in each case. */
type NextAct =
  | { readonly kind: 'watch' }
  /** Change no weight until the metrics are back. */
  | { readonly kind: 'freeze' }
  /** All windows at the present share are over without proof and without suspicion: raise the share, percent. */
  | { readonly kind: 'step_up'; readonly pct: number }
  /** No proof, and no larger share is allowed: a person decides. Past the time left the judge says INCONCLUSIVE. */
  | { readonly kind: 'hold'; readonly expires_in_s: number }
  /** It passed at its present share and a person decides whether it gets the next one, percent. Past the time left as with a hold. */
  | { readonly kind: 'gate'; readonly pct: number; readonly expires_in_s: number };

export interface CanaryJudgement {
  /** FAIL and INCONCLUSIVE both end the canary at weight zero; CONTINUE asks for another tick, and `next` for what else. */
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'CONTINUE';
  /** Null exactly when there is a verdict. */
  readonly next: NextAct | null;
  readonly cause: CanaryCause | null;
  readonly why: string;
  /** What a PASS still lacks, one line each, at the end of a window and after it; empty where that was not asked. */
  readonly missing: readonly string[];
  /** Every number the verdict rests on; null where it has no finite value. */
  readonly numbers: Readonly<Record<string, number | null>>;
}

/** How long metrics may be missing, in seconds. */
export interface OutageLimits {
  /** Past this nothing may change; also the span over which routing is checked, and the longest gap that counts as watched. */
  readonly freeze_s: number;
  /** Past this the canary is taken back. */
  readonly fail_s: number;
}

/** A branch may tighten the one past the other: nothing is frozen for longer than it would live. */
export function outageLimits(limits: Thresholds): OutageLimits {
  const { canary_metrics_freeze_s: freezeS, canary_metrics_zero_s: zeroS } = limits;
  return { freeze_s: Math.min(freezeS, zeroS), fail_s: zeroS };
}

/** A judgement before its numbers are added. */
export type Finding = Omit<CanaryJudgement, 'numbers' | 'next' | 'missing'> &
  Partial<Pick<CanaryJudgement, 'next' | 'missing'>>;
