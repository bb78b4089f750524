import type { Recorded } from '../audit/audit-log.ts';
import type { CanaryJudgement } from '../delivery/judge/judgement.ts';
import type { CanaryQuestion } from '../runs/canary-questions.ts';

export interface HoldFacts {
  /** Of the tick just taken. */
  readonly judgement: Pick<CanaryJudgement, 'verdict' | 'cause' | 'next'>;
  /** The newest question about this canary. */
  readonly question: CanaryQuestion | null;
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
  | { readonly kind: 'promote'; readonly decision: Recorded }
  | { readonly kind: 'roll_back'; readonly decision: Recorded }
  /** The judge's own verdict stands, whatever anybody said. */
  | { readonly kind: 'conclude' };

/**
 * What a hold comes to at this tick. The judge's FAIL outweighs everybody; a no is heeded at any tick, a yes only while the
 * metrics can be read and show a canary on hold; who decided in time was in time, also where the next look came later. Pure.
 */
export function decideHold({ judgement, question, extensions, now }: HoldFacts): HoldDecision {
  const { verdict, cause, next } = judgement;
  // The judge's only INCONCLUSIVE without a cause is that the time for proof, and for a person, is over.
  const timeUp = verdict === 'INCONCLUSIVE' && cause === null;
  if (verdict !== 'CONTINUE' && !timeUp) return { kind: 'conclude' };
  const onHold = next?.kind === 'hold';
  const decision = question?.decision ?? null;
  if (question === null || decision?.entry.outcome === 'extend') {
    if (extensions.inForce < extensions.asked) return { kind: 'watch' };
    if (timeUp) return { kind: 'conclude' };
    return onHold ? { kind: 'ask', n: question === null ? 0 : question.n + 1 } : { kind: 'watch' };
  }
  if (decision === null)
    return timeUp || question.deadlineAt <= now ? { kind: 'expire', n: question.n } : { kind: 'watch' };
  if (decision.entry.outcome !== 'approve') return { kind: 'roll_back', decision };
  return onHold || timeUp ? { kind: 'promote', decision } : { kind: 'watch' };
}
