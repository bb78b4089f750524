import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { CanaryQuestionKind } from './context-package.ts';

/** What people were asked about a live canary, and what they said. Such a question never stops its ticks. */
export interface CanaryQuestion {
  /** Its number among the questions about this canary. */
  readonly n: number;
  readonly kind: CanaryQuestionKind;
  /** Its share once somebody approves, percent; 100 is production. */
  readonly toPct: number;
  readonly deadlineAt: Date;
  /** Null while it is open. */
  readonly decision: Recorded | null;
}

const Asked = z.object({
  deadline: z.coerce.date(),
  canary: z.object({ kind: CanaryQuestionKind, to_pct: z.number() }),
});

/** Every question about the canary of a run, in order. Pure. */
export function readCanaryQuestions(entries: readonly Recorded[]): CanaryQuestion[] {
  const own = entries.filter(({ entry }) => entry.stage === 'canary' && entry.step === 'route');
  return own.flatMap(({ entry }) => {
    if (entry.event !== 'escalated') return [];
    const { deadline, canary } = Asked.parse(entry.payload);
    const decision = own.find((other) => other.entry.event === 'human_decision' && other.entry.n === entry.n) ?? null;
    return [{ n: entry.n, kind: canary.kind, toPct: canary.to_pct, deadlineAt: deadline, decision }];
  });
}

/** How often people asked for one more set of windows. Pure. */
export function countExtensions(questions: readonly CanaryQuestion[]): number {
  return questions.filter(({ decision }) => decision?.entry.outcome === 'extend').length;
}

/** Why nothing can be decided about the canary any more; null while something can. Pure. */
export function whyCanaryOver(entries: readonly Recorded[]): string | null {
  const ended = entries.findLast(
    ({ entry }) =>
      entry.event === 'stop_requested' ||
      (entry.stage === 'canary' &&
        (entry.event === 'canary_verdict' ||
          entry.event === 'guard_zeroed' ||
          entry.event === 'autonomous_rollback' ||
          (entry.event === 'human_decision' && entry.outcome === 'withdrawn'))),
  );
  return ended === undefined ? null : ended.entry.rationale;
}
