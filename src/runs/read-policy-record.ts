import type { Kysely } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import { PolicyRecord } from '../policy/policy-record.ts';
import type { Database } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { wholePayload } from './whole-payload.ts';

/** How the policy decided, from the review's entry; null before the review and for entries of older versions. */
export async function readPolicyRecord(
  db: Kysely<Database>,
  entries: readonly Recorded[],
): Promise<PolicyRecord | null> {
  const review = findEntry(entries, 'review_evaluation', 'review');
  if (review === undefined) return null;
  const parsed = PolicyRecord.safeParse((await wholePayload(db, review))['policy']);
  return parsed.success ? parsed.data : null;
}
