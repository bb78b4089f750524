/** The database's clock, read between two readings of one's own; all in milliseconds since 1970. */
export interface ClockReading {
  readonly before: number;
  readonly database: number;
  readonly after: number;
}

const LARGEST = 2_147_483_647;

/**
 * By how many milliseconds the own clock is at least ahead of the database's (positive) or behind it (negative). The database
 * read its clock at some moment between the two readings, so an offset is certain only as far as it leaves that span: a slow
 * answer can hide one, but never makes one up. Pure.
 */
export function clockOffset({ before, database, after }: ClockReading): number {
  if (database < before) return Math.min(before - database, LARGEST);
  if (database > after) return Math.max(after - database, -LARGEST);
  return 0;
}
