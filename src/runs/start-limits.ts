import type { Recorded } from '../audit/audit-log.ts';
import { SlipwayFile, type Thresholds } from '../config/schema.ts';

/**
 * The limits that a canary was started with, as `canary_started` holds them: every replica and every replay judges by these,
 * whatever its own configuration says. Limits that are newer than the entry have their defaults. Null where it holds none.
 */
export function readStartLimits({ entry }: Pick<Recorded, 'entry'>): Thresholds | null {
  const parsed = SlipwayFile.shape.thresholds.safeParse(entry.payload['limits']);
  return entry.payload['limits'] !== undefined && parsed.success ? parsed.data : null;
}
