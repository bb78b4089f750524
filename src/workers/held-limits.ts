import type { Kysely } from 'kysely';
import type { Thresholds } from '../config/schema.ts';
import { tightenLimits } from '../policy/tighten-limits.ts';
import { readPolicyRecord } from '../runs/read-policy-record.ts';
import type { RunRecord } from '../runs/record.ts';
import type { Database } from '../store/tables.ts';

/**
 * The limits that hold for a run after its review: those that the review resolved for its tier, classes and target branch,
 * or those of the configuration now where they have become stricter since.
 */
export async function heldLimits(db: Kysely<Database>, record: RunRecord, configured: Thresholds): Promise<Thresholds> {
  const review = await record.find('review', 'evaluate', 'review_evaluation');
  if (review === null) return configured;
  const policy = await readPolicyRecord(db, [review]);
  return policy === null ? configured : tightenLimits(configured, policy.limits).limits;
}
