import { z } from 'zod';
import { Finding } from '../policy/finding.ts';
import { Recommendation } from '../policy/policy-record.ts';

const OwnerOfPaths = z.strictObject({
  /** `@login`, `@org/team` or an e-mail, as CODEOWNERS has it. */
  owner: z.string(),
  /** Their name in the configuration; null where it names nobody there. */
  person: z.string().nullable(),
  paths: z.array(z.string()),
});
export type OwnerOfPaths = z.infer<typeof OwnerOfPaths>;

const SimilarRun = z.strictObject({
  id: z.string(),
  pr_number: z.int(),
  title: z.string(),
  author: z.string(),
  outcome: z.string(),
  risk_score: z.number().nullable(),
  /** What people said, where they were asked. */
  decision: z.string().nullable(),
  finished_at: z.string(),
  /** In which way it is similar. */
  why: z.string(),
});
export type SimilarRun = z.infer<typeof SimilarRun>;

/** How much of one file the review read. */
const ReadFile = z.looseObject({ path: z.string() });

/** `hold`: it could be neither proved nor suspected. `gate`: it passed, and the next share is a person's to give. */
export const CanaryQuestionKind = z.enum(['hold', 'gate']);
export type CanaryQuestionKind = z.infer<typeof CanaryQuestionKind>;

/** What is known of a live canary that people are asked about. */
const CanaryFigures = z.strictObject({
  kind: CanaryQuestionKind,
  /** Share of traffic that it keeps meanwhile, percent. */
  share_pct: z.number(),
  /** Its share once somebody approves, percent; 100 is production. */
  to_pct: z.number(),
  /** The judge's sentence at the tick that asked. */
  seen: z.string(),
  /** What a PASS lacks. */
  missing: z.array(z.string()),
  numbers: z.record(z.string(), z.number().nullable()),
  ticks: z.int(),
  /** Then it is rolled back. */
  until: z.iso.datetime(),
});
export type CanaryFigures = z.infer<typeof CanaryFigures>;

/** Prepared for the person who decides. Absent parts are switched off by escalation.context_package or not known. */
export const ContextPackage = z.strictObject({
  title: z.string(),
  reasons: z.array(z.strictObject({ code: z.string(), text: z.string() })),
  diff_summary: z
    .strictObject({
      files: z.array(z.strictObject({ path: z.string(), status: z.string(), added: z.int(), removed: z.int() })),
      added: z.int(),
      removed: z.int(),
      /** The unified diff, cut at 200 kB. */
      diff: z.string(),
      cut: z.boolean(),
    })
    .nullable(),
  findings: z.array(Finding),
  score: z.strictObject({
    total: z.number().nullable(),
    terms: z.array(z.strictObject({ label: z.string(), points: z.number() })),
  }),
  facts: z.record(z.string(), z.boolean().nullable()),
  evidence: z.array(z.strictObject({ fact: z.string(), path: z.string(), line: z.int().nullable(), rule: z.string() })),
  baseline: z.record(z.string(), z.json()).nullable(),
  agent_reasoning: z.string().nullable(),
  excluded_approvers: z.array(z.string()),
  /** What code by itself would do; null in packages of older versions. */
  recommendation: Recommendation.nullable().default(null),
  /** Every changed file with how much of it was read, as the review recorded it. */
  manifest: z.array(ReadFile).default([]),
  /** What could not be read or judged. */
  problems: z.array(z.string()).default([]),
  owners: z.array(OwnerOfPaths).default([]),
  similar_runs: z.array(SimilarRun).default([]),
  /** Only where the question is about a live canary. */
  canary: CanaryFigures.optional(),
});
export type ContextPackage = z.infer<typeof ContextPackage>;
