import { z } from 'zod';

/** One request that would change the world, as the delivery target itself noted it. Nothing of Slipway writes here. */
export const LedgerLine = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  service: z.string(),
  verb: z.enum(['deploy', 'weight', 'promote', 'retire']),
  environment: z.enum(['staging', 'canary']),
  effect: z.string(),
  fence: z.string(),
  receipt_seq: z.string(),
  /** Version or percent that was asked for. */
  subject: z.string(),
  /** `done`: the world changed. `repeated`: this effect was done before. Else the code of the refusal. */
  result: z.string(),
  /** The caller never heard of it. */
  answer_lost: z.boolean(),
});
export type LedgerLine = z.infer<typeof LedgerLine>;

/** What the target says it runs, asked at the end. */
export const LedgerState = z.strictObject({
  production: z.string(),
  canary: z.string().nullable(),
  staging: z.string().nullable(),
  base: z.string().nullable(),
  canaryPct: z.number(),
});
export type LedgerState = z.infer<typeof LedgerState>;

/** Settings of the ledger target's process, on its standard input. */
export const LedgerSettings = z.strictObject({
  token: z.string(),
  file: z.string(),
  services: z.array(z.string()),
  seed: z.int(),
  /** Share of requests that are answered badly. */
  trouble: z.number(),
  /** Share of looks at a canary before which its weight was lost, as by a balancer that starts anew. */
  drift: z.number(),
  /** Services whose versions get up as a canary only once. */
  oneWay: z.array(z.string()),
});
export type LedgerSettings = z.infer<typeof LedgerSettings>;

/** Where a change says how it behaves once it runs. */
export const BEHAVIOUR_FILE = 'behaviour.txt';
/** The version that runs before anything is delivered. */
export const FIRST_VERSION = '0'.repeat(64);
