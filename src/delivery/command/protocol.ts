import { z } from 'zod';
import { Digest } from '../../ids.ts';
import { ArmCounters, Baseline } from '../metric-source.ts';

/**
 * What Slipway and a program say to each other, protocol 1: one JSON document on stdin, one on stdout, an exit code.
 * docs/delivery.md tells it to people; what stands here is what is checked.
 */

export const EXIT = {
  done: 0,
  /** It will never be done: stdout holds a Refusal. */
  refused: 3,
  /** Not now (EX_TEMPFAIL of sysexits.h): stdout holds a Refusal. */
  later: 75,
} as const;

export const Refusal = z.strictObject({
  /** Stable, for machines: `STALE_FENCE`, `NO_ARTIFACT`. */
  code: z.string().regex(/^[A-Z][A-Z0-9_]{1,39}$/),
  /** For people: what is wrong and what to do. */
  detail: z.string().min(1).max(2_000),
});

const Deployed = z.strictObject({ version: Digest, endpoint: z.url() });
const Done = z.strictObject({});
const Health = z.strictObject({ up: z.boolean(), detail: z.string().max(2_000) });
const Slots = z.strictObject({
  production: Deployed.nullable(),
  canary: Deployed.nullable(),
  staging: Deployed.nullable(),
  /** A program that stages no base leaves it out; it refuses to deploy one. */
  base: Deployed.nullable().default(null),
});
const CommandArm = ArmCounters.omit({ version: true });

/** The answer to each verb. The verbs of a target, of a deployer beside a balancer, and of a metric source. */
export const ANSWERS = {
  deploy: Deployed,
  health: Health,
  set_weight: Done,
  get_weight: z.strictObject({ canary_pct: z.number().min(0).max(100) }),
  promote: Done,
  replace_production: Done,
  retire: Done,
  describe: Slots,
  snapshot: z.strictObject({ control: CommandArm, canary: CommandArm.nullable() }),
  baseline: z.strictObject({ baseline: Baseline.omit({ service: true }).nullable() }),
} as const;
export type Verb = keyof typeof ANSWERS;
export type Answer<V extends Verb> = z.infer<(typeof ANSWERS)[V]>;

/** Beside these, a question carries `protocol`, `verb` and `service`. */
export interface Questions {
  deploy: { environment: string; version: string; directory: string } & EffectPart;
  health: { environment: string };
  set_weight: { canary_pct: number } & EffectPart;
  get_weight: Record<never, never>;
  promote: { version: string } & EffectPart;
  replace_production: { version: string } & EffectPart;
  retire: { environment: string } & EffectPart;
  describe: Record<never, never>;
  snapshot: { production: string | null; canary: string | null };
  /** `same_hour_of_week`: only hours a whole number of weeks before the one that is on. */
  baseline: { window_days: number; hours: 'same_hour_of_week' | 'all' };
}

interface EffectPart {
  /** `id` names this effect for ever; `fence` only grows, and an older one must change nothing. */
  readonly effect: { readonly id: string; readonly fence: string };
  /** Place of the entry that authorises it. */
  readonly receipt_seq: string;
}
