import { type OpenIntent, openIntents } from './open-intents.ts';
import type { RecordDraft, RunRecord } from './record.ts';

/**
 * For whoever ends a run or a rollback: effects that a crash left open are out of the way by now, and nobody comes back to
 * say what came of them. `why` is the rationale of each.
 */
export async function settleIntents(record: Pick<RunRecord, 'list' | 'appendAll'>, why: string): Promise<void> {
  const open = openIntents(await record.list());
  if (open.length > 0) await record.appendAll(open.map((intent) => unknownOutcome(intent, why)));
}

/** The outcome of an effect of which nobody will find out what came of it. */
export function unknownOutcome(
  { name, stage, step, n, intent }: OpenIntent,
  why: string,
  payload: Readonly<Record<string, unknown>> = {},
): RecordDraft {
  return {
    stage,
    step,
    event: `${name}.unknown`,
    n,
    rationale: why,
    outcome: 'unknown',
    payload,
    causation: intent.receipt,
  };
}
