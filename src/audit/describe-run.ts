import type { Recorded } from './audit-log.ts';

const WIDTHS = { seq: 7, stage: 9, event: 26, outcome: 16 } as const;

/**
 * The entries of a run as lines for people: seq, time (UTC), stage, event, outcome, then who said it and why.
 * The rationale is one line, in full; the text was made safe for terminals when it was recorded.
 */
export function describeRun(entries: readonly Recorded[]): string[] {
  return entries.map(({ receipt, entry, recordedAt }) => {
    const columns = [
      receipt.seq.padStart(WIDTHS.seq),
      recordedAt.toISOString(),
      entry.stage.padEnd(WIDTHS.stage),
      entry.event.padEnd(WIDTHS.event),
      entry.outcome.padEnd(WIDTHS.outcome),
    ];
    const marks = entry.dry_run ? ' [dry run]' : '';
    return `${columns.join('  ')}  ${entry.actor.id}: ${entry.rationale.replaceAll(/\s+/g, ' ').trim()}${marks}`;
  });
}
