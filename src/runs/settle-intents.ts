import { openIntents } from './open-intents.ts';
import type { RunRecord } from './record.ts';

/**
 * For whoever ends a run or a rollback: effects that a crash left open are out of the way by now, and nobody comes back to
 * say what came of them. `why` is the rationale of each.
 */
export async function settleIntents(record: Pick<RunRecord, 'list' | 'append'>, why: string): Promise<void> {
  for (const { name, stage, step, n, intent } of openIntents(await record.list())) {
    await record.append({
      stage,
      step,
      event: `${name}.unknown`,
      n,
      rationale: why,
      outcome: 'unknown',
      payload: {},
      causation: intent.receipt,
    });
  }
}
