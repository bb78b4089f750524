import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { Digest } from '../ids.ts';
import type { Escalation } from '../store/tables.ts';

const Asked = z.object({
  deadline: z.coerce.date(),
  context_package: Digest,
  approvals_needed: z.int(),
  owners: z.array(z.string()).catch([]),
  reasons: z.array(z.object({ code: z.string() })),
});

/**
 * What people were asked about a canary before the question that its row holds, newest first, as rows. Each was settled before
 * the next one was put. Pure.
 */
export function readEarlierQuestions(entries: readonly Recorded[], newest: Escalation): Escalation[] {
  const own = entries.filter(({ entry }) => entry.stage === 'canary' && entry.step === 'route');
  const find = (event: string, n: number) => own.find(({ entry }) => entry.event === event && entry.n === n);
  const numbers = Array.from({ length: newest.question }, (_, index) => newest.question - 1 - index);
  return numbers.flatMap((question) => {
    const asked = find('escalated', question);
    const decided = find('human_decision', question);
    if (asked === undefined || decided === undefined) return [];
    const { deadline, context_package, approvals_needed, owners, reasons } = Asked.parse(asked.entry.payload);
    return {
      run_id: newest.run_id,
      stage: 'canary',
      question,
      reasons: [...new Set(reasons.map(({ code }) => code))],
      package: context_package,
      approvals_needed,
      owners,
      opened_at: asked.recordedAt,
      deadline_at: deadline,
      reminded: 0,
      decided_at: decided.recordedAt,
      decision: decided.entry.outcome,
    };
  });
}
