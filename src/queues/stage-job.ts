import { z } from 'zod';
import { RunId } from '../ids.ts';

/** Ids only: big things and everything secret stay in Postgres; what a job says is not believed without the record. */
export const StageJob = z.strictObject({ run_id: RunId });
export type StageJob = z.infer<typeof StageJob>;

/** The release queue also carries out rollbacks: it is served where there are rights to deliver. */
export const ReleaseJob = StageJob.extend({ rollback_id: RunId.optional() });
export type ReleaseJob = z.infer<typeof ReleaseJob>;

/** Test-gen also tries migrations, for a round of staging: it is served where the change's own code may run. */
export const TestGenJob = StageJob.extend({ round: z.int().min(0).optional() });
export type TestGenJob = z.infer<typeof TestGenJob>;

/** Staging may be repeated for a run when its merge was remade: round 0, 1, … */
export const MAX_STAGING_ROUND = 20;
export const StagingJob = StageJob.extend({ round: z.int().min(0).max(MAX_STAGING_ROUND) });
export type StagingJob = z.infer<typeof StagingJob>;

/** What a stage tells the next. Only `proceed: true` lets it go on, and only to look for its own authorisation. */
export const StageResult = z.strictObject({ proceed: z.boolean(), reason: z.string().max(200) });
export type StageResult = z.infer<typeof StageResult>;

export const AgentJob = z.strictObject({ run_id: RunId, call_id: z.string().min(1).max(200) });
export type AgentJob = z.infer<typeof AgentJob>;

export const AgentJobResult = z.strictObject({ call_id: z.string() });

export const ApprovalJob = z.strictObject({
  run_id: RunId,
  stage: z.enum(['review', 'test-gen', 'staging', 'canary']),
});
export type ApprovalJob = z.infer<typeof ApprovalJob>;

export const ApprovalJobResult = z.strictObject({ decision: z.string() });
