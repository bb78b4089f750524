import { digestOf, RunId } from '../../src/ids.ts';
import { openQuestion, type Question } from '../../src/runs/escalate.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import { ASKER } from './asker.ts';
import { type DeskBench, inHours } from './fleet-desk.ts';
import { insertRun, makeRunFacts } from './record.ts';
import { reviewQuestion } from './review-question.ts';

/** Questions of all kinds about runs of their own; the first one that is put has the nearest deadline, as with equal limits. */
export function openManyQuestions(bench: DeskBench, count: number): Promise<Run[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const service = index % 3 === 0 ? 'api' : 'shop';
      const emergency = index % 20 === 7;
      const facts = makeRunFacts({ service, pr_number: index + 1, author: 'nina', risk_score: index % 10 });
      const run = await insertRun(bench.ground.db, facts, {
        status: 'waiting',
        title: `Change ${index + 1}`,
        waiting_for: 'a person',
        created_at: new Date(Date.now() - (count - index) * 60_000),
        ...(emergency ? { emergency_reason: 'checkout is down', emergency_by: 'tomas' } : {}),
      });
      const record = openRecord(bench.ground.audit, run, digestOf('policy'));
      await record.append({
        stage: 'review',
        step: 'resolve',
        event: 'change_resolved',
        rationale: 'resolved',
        outcome: 'resolved',
        payload: { contributors: [{ name: 'Nina', email: 'nina@example.com' }] },
      });
      const stage = (['review', 'test-gen', 'staging'] as const)[index % 3] ?? 'review';
      const question: Question = {
        ...reviewQuestion({
          deadlineAt: inHours(0.5 + index),
          reasons: [{ code: 'risk_score', text: `risky ${index}` }],
        }),
        stage,
        owners: index % 5 === 0 ? ['mara'] : [],
      };
      await openQuestion(bench.ground.db, record, run, () => Promise.resolve(question), stage, 0, ASKER);
      return { ...run, id: RunId.parse(run.id) };
    }),
  );
}
