import { z } from 'zod';
import type { Receipt } from '../audit/audit-log.ts';
import type { EffectName, Stage } from '../audit/entry.ts';
import { crashPoint } from '../crash-point.ts';
import { PermanentFailure, StoreDown } from '../errors.ts';
import type { RunRecord } from './record.ts';

export interface Effect<R> {
  readonly stage: Stage;
  readonly step: string;
  readonly name: EffectName;
  readonly n: number;
  readonly rationale: string;
  readonly payload: Record<string, unknown>;
  /** What the effect leaves on the record; read back from there when the step is repeated. */
  readonly Result: z.ZodType<R>;
}

export interface EffectVerbs<R> {
  /** Reads the world: the result if the effect is already there, else null. Looks before it writes. */
  look(receipt: Receipt): Promise<R | null>;
  act(receipt: Receipt): Promise<R>;
}

/**
 * Intent → look → act → outcome. The intent is committed before anything happens; a repeated step returns the recorded
 * result, or finds out by looking whether the first one got through. Errors that say nothing certain leave `unknown`,
 * and the next attempt settles them.
 */
export async function performEffect<R>(
  record: RunRecord,
  effect: Effect<R>,
  verbs: EffectVerbs<R>,
): Promise<{ result: R; receipt: Receipt; at: Date }> {
  const { stage, step, name, n, rationale, payload } = effect;
  const before = await record.find(stage, step, `${name}.completed`, n);
  if (before)
    return {
      result: effect.Result.parse(before.entry.payload['result']),
      receipt: before.receipt,
      at: before.recordedAt,
    };

  crashPoint(`${name}:before-intent`);
  const intent = await record.append({
    stage,
    step,
    event: `${name}.intended`,
    n,
    rationale,
    outcome: 'intended',
    payload,
  });
  try {
    crashPoint(`${name}:after-intent`);
    const result = (await verbs.look(intent.receipt)) ?? (await act(intent.receipt));
    crashPoint(`${name}:after-act`);
    const done = await record.append({
      stage,
      step,
      event: `${name}.completed`,
      n,
      rationale,
      outcome: 'completed',
      payload: { ...payload, result },
      causation: intent.receipt,
    });
    crashPoint(`${name}:after-outcome`);
    return { result: effect.Result.parse(done.entry.payload['result']), receipt: done.receipt, at: done.recordedAt };
  } catch (error) {
    if (error instanceof StoreDown) throw error;
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

  function act(receipt: Receipt): Promise<R> {
    crashPoint(`${name}:before-act`);
    return verbs.act(receipt);
  }
}

/** For effects whose outcome is that they happened. */
export const Done = z.strictObject({ done: z.literal(true) });
export const DONE: z.infer<typeof Done> = { done: true };
