import { z } from 'zod';
import { Digest } from '../../ids.ts';

/** What travels between the adapter and the local target; parsed at both ends. */

const Effect = z.strictObject({
  id: z.string().min(1).max(200),
  /** Token of the lease, a decimal that grows with every grant. */
  fence: z.string().regex(/^\d{1,30}$/, 'must be a decimal number'),
});

/** For the target's own log: which entry of the record authorised this. */
const receiptSeq = z.string().regex(/^\d{1,30}$/);
const environment = z.enum(['staging', 'base', 'canary']);
const directory = z.string().startsWith('/', 'must be an absolute path').max(1000);

export const VERBS = {
  deploy: z.strictObject({ environment, version: Digest, directory, effect: Effect, receipt_seq: receiptSeq }),
  weight: z.strictObject({ canary_pct: z.number().min(0).max(100), effect: Effect, receipt_seq: receiptSeq }),
  promote: z.strictObject({ version: Digest, effect: Effect, receipt_seq: receiptSeq }),
  retire: z.strictObject({ environment, effect: Effect, receipt_seq: receiptSeq }),
} as const;
type VerbName = keyof typeof VERBS;
export type VerbRequest<N extends VerbName> = z.infer<(typeof VERBS)[N]>;

/** Makes an artifact the first production version; there is nothing yet that a record could speak about. */
export const AdoptRequest = z.strictObject({ version: Digest, directory });
export type AdoptRequest = z.infer<typeof AdoptRequest>;

export const HealthQuery = z.strictObject({ environment });

/** Which of production's past is asked for. */
export const BaselineQuery = z.strictObject({
  window_days: z.coerce.number().positive().max(90).default(30),
  hours: z.enum(['same_hour_of_week', 'all']).default('same_hour_of_week'),
});

export const DeploymentAnswer = z.strictObject({ version: Digest, endpoint: z.url() });
export const DoneAnswer = z.strictObject({});
export const HealthAnswer = z.strictObject({ up: z.boolean(), detail: z.string() });
export const StateAnswer = z.strictObject({
  production: DeploymentAnswer.nullable(),
  canary: DeploymentAnswer.nullable(),
  staging: DeploymentAnswer.nullable(),
  base: DeploymentAnswer.nullable(),
  canaryPct: z.number(),
  publicEndpoint: z.url(),
});

/** RFC 9457. */
export const ProblemAnswer = z.object({ code: z.string(), detail: z.string() });
