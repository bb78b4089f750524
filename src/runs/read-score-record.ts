import type { Kysely } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import { ScoreRecord } from '../policy/score-record.ts';
import type { Database } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { wholePayload } from './whole-payload.ts';

/** The score of a run as a sum, from the review's entry; null before the review. */
export async function readScoreRecord(db: Kysely<Database>, entries: readonly Recorded[]): Promise<ScoreRecord | null> {
  const review = findEntry(entries, 'review_evaluation', 'review');
  if (review === undefined) return null;
  const { score, score_floors: floors = [] } = await wholePayload(db, review);
  const parsed = ScoreRecord.safeParse({ ...ScoreRecord.omit({ floors: true }).safeParse(score).data, floors });
  return parsed.success ? parsed.data : null;
}
