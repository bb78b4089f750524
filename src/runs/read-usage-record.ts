import type { Kysely } from 'kysely';
import { UsageRecord } from '../agents/usage-record.ts';
import type { Recorded } from '../audit/audit-log.ts';
import type { Database } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { wholePayload } from './whole-payload.ts';

/** What the review of a run cost, from its entry; null before the review. */
export async function readUsageRecord(db: Kysely<Database>, entries: readonly Recorded[]): Promise<UsageRecord | null> {
  const review = findEntry(entries, 'review_evaluation', 'review');
  if (review === undefined) return null;
  const parsed = UsageRecord.safeParse((await wholePayload(db, review))['usage']);
  return parsed.success ? parsed.data : null;
}
