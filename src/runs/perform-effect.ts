import { z } from 'zod';
import type { Receipt, Recorded } from '../audit/audit-log.ts';
import type { EffectName, Stage } from '../audit/entry.ts';
import { crashPoint } from '../crash-point.ts';
import { LeaseLost, PermanentFailure, StoreDown } from '../errors.ts';
import { fenceOfEntry, type Hold } from './hold.ts';
import type { RecordDraft, RunRecord } from './record.ts';

export interface Effect<R> {
  readonly stage: Stage;
  readonly step: string;
  readonly name: EffectName;
  readonly n: number;
  readonly rationale: string;
  readonly payload: Record<string, unknown>;
  /** What the effect leaves on the record; read back from there when the step is repeated. */
  readonly Result: z.ZodType<R>;
  /** What is decided by now and leads to this: it stands before the intent, in the same commit. */
  readonly because?: readonly RecordDraft[];
  /**
   * What is known with the outcome, written with it in one commit; `intent` authorised the act. A step that is repeated
   * finds the outcome and does not come here: whoever needs this on the record asks for it once more.
   */
  readonly follows?: (intent: Receipt) => RecordDraft[];
}

export interface EffectVerbs<R> {
  /** Reads the world: the result if the effect is already there, else null. Looks before it writes. */
  look(receipt: Receipt): Promise<R | null>;
  act(receipt: Receipt): Promise<R>;
}

/**
 * Intent → look → still ours? → act → outcome. The intent is committed before anything happens; a repeated step returns the recorded
 * result, or finds out by looking whether the first one got through. Errors that say nothing certain leave `unknown`,
 * and the next attempt settles them.
 */
export async function performEffect<R>(
  record: RunRecord,
  effect: Effect<R>,
  verbs: EffectVerbs<R>,
  hold: Hold,
): Promise<{ result: R; receipt: Receipt; at: Date }> {
  const { stage, step, name, n, rationale, payload } = effect;
  const because = effect.because ?? [];
  const before = await findDone();
  if (before !== null) {
    if (because.length > 0) await record.appendAll(because);
    return before;
  }

  crashPoint(`${name}:before-intent`);
  // From here on the clock runs: what the store says of the lease in this append is true of a moment not before it.
  const askedAt = hold.now();
  const intended: RecordDraft = {
    stage,
    step,
    event: `${name}.intended`,
    n,
    rationale,
    outcome: 'intended',
    payload: { ...payload, ...fenceOfEntry(hold) },
  };
  const intent = (await record.appendAll([...because, intended])).at(-1);
  if (intent === undefined) throw new Error('an append of an intent returned none');
  // Somebody was here before, perhaps just now: they may have come further than the intent.
  const meanwhile = intent.dup ? await findDone() : null;
  if (meanwhile !== null) return meanwhile;
  try {
    crashPoint(`${name}:after-intent`);
    let result = await verbs.look(intent.receipt);
    if (result === null) {
      crashPoint(`${name}:before-act`);
      // Last before the act: whatever happened since the intent, a replica that was overtaken stops here.
      await hold.confirm(askedAt);
      crashPoint(`${name}:after-confirm`);
      result = await verbs.act(intent.receipt);
    }
    crashPoint(`${name}:after-act`);
    const completed: RecordDraft = {
      stage,
      step,
      event: `${name}.completed`,
      n,
      rationale,
      outcome: 'completed',
      payload: { ...payload, result },
      causation: intent.receipt,
    };
    const [done] = await record.appendAll([completed, ...(effect.follows?.(intent.receipt) ?? [])]);
    if (done === undefined) throw new Error('an append of an outcome returned none');
    crashPoint(`${name}:after-outcome`);
    return resultOf(effect, done);
  } catch (error) {
    // Of both it is certain that they are not this effect's outcome.
    if (error instanceof StoreDown || error instanceof LeaseLost) throw error;
    const phase = error instanceof PermanentFailure ? 'failed' : 'unknown';
    await record.append({
      stage,
      step,
      event: `${name}.${phase}`,
      n,
      rationale: error instanceof Error ? error.message.slice(0, 500) : 'no message',
      outcome: phase,
      payload,
      causation: intent.receipt,
    });
    throw error;
  }

  async function findDone() {
    const done = await record.find(stage, step, `${name}.completed`, n);
    return done === null ? null : resultOf(effect, done);
  }
}

function resultOf<R>(effect: Effect<R>, { entry, receipt, recordedAt }: Recorded) {
  return { result: effect.Result.parse(entry.payload['result']), receipt, at: recordedAt };
}

/** For effects whose outcome is that they happened. */
export const Done = z.strictObject({ done: z.literal(true) });
export const DONE: z.infer<typeof Done> = { done: true };
