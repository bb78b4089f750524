import type { Recorded } from '../../audit/audit-log.ts';
import type { CanaryJudgement } from '../../delivery/judge/judgement.ts';
import type { CanaryQuestion } from '../../runs/canary-questions.ts';

export interface HoldFacts {
  /** Of the tick just taken. */
  readonly judgement: Pick<CanaryJudgement, 'verdict' | 'cause' | 'next'>;
  /** All that people were asked about this canary, in order. */
  readonly questions: readonly CanaryQuestion[];
  /** The share it has, percent. */
  readonly sharePct: number;
  /** How often people asked for another set of windows, and how often they had when the tick was taken. */
  readonly extensions: { readonly asked: number; readonly inForce: number };
  readonly now: Date;
}

export type HoldDecision =
  /** Nothing is due: another tick. */
  | { readonly kind: 'watch' }
  /** People are asked, as question `n`. */
  | { readonly kind: 'ask'; readonly n: number }
  /** Nobody decided in time. */
  | { readonly kind: 'expire'; readonly n: number }
  /** A person let it go on to this share, percent; 100 is production. */
  | { readonly kind: 'go_on'; readonly toPct: number; readonly decision: Recorded }
  | { readonly kind: 'roll_back'; readonly decision: Recorded }
  /** The judge's own verdict stands, whatever anybody said. */
  | { readonly kind: 'conclude' };

/**
 * What a hold or a gate comes to at this tick. The judge's FAIL outweighs everybody; a no is heeded at any tick, a yes only while the
 * metrics can be read and show a canary that waits for it; who decided in time was in time, also where the next look came later. Pure.
 */
export function decideHold({ judgement, questions, sharePct, extensions, now }: HoldFacts): HoldDecision {
  const { verdict, cause, next } = judgement;
  // The judge's only INCONCLUSIVE without a cause is that the time for proof, and for a person, is over.
  const timeUp = verdict === 'INCONCLUSIVE' && cause === null;
  if (verdict !== 'CONTINUE' && !timeUp) return { kind: 'conclude' };
  const waits = next?.kind === 'hold' || (next?.kind === 'gate' && next.pct > sharePct);
  const newest = questions.at(-1) ?? null;
  // What was asked at a gate that lies behind it is settled.
  const question = newest !== null && newest.toPct > sharePct ? newest : null;
  const decision = question?.decision ?? null;
  if (question === null || decision?.entry.outcome === 'extend') {
    if (extensions.inForce < extensions.asked) return { kind: 'watch' };
    if (timeUp) return { kind: 'conclude' };
    return waits ? { kind: 'ask', n: newest === null ? 0 : newest.n + 1 } : { kind: 'watch' };
  }
  if (decision === null)
    return timeUp || question.deadlineAt <= now ? { kind: 'expire', n: question.n } : { kind: 'watch' };
  if (decision.entry.outcome !== 'approve') return { kind: 'roll_back', decision };
  return waits || timeUp ? { kind: 'go_on', toPct: question.toPct, decision } : { kind: 'watch' };
}
