import { askPeople } from '../../src/runs/escalate.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { EnqueueRequest } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { ASKER } from './asker.ts';
import type { DeskBench } from './fleet-desk.ts';
import { reviewQuestion } from './review-question.ts';

/** A run whose review asks a person, for its score. */
export async function askReview(bench: DeskBench, deadlineAt: Date, over: Partial<EnqueueRequest> = {}): Promise<Run> {
  const run = await bench.enqueue(over);
  const question = reviewQuestion({ deadlineAt });
  const record = openRecord(bench.ground.audit, run, bench.config.policy_hash);
  const put = () => Promise.resolve(question);
  const answer = await askPeople(bench.ground.db, record, run, put, 'review', new Date(), ASKER);
  if (answer.kind !== 'waiting') throw new Error('it does not wait');
  return run;
}
