import { z } from 'zod';

const FindingCategory = z.enum(['security', 'performance', 'coverage', 'breaking']);

export const Severity = z.enum(['critical', 'high', 'medium', 'low']);
export type Severity = z.infer<typeof Severity>;

/** One problem in the change. Whoever found it, the score is computed from these fields alone. */
export const Finding = z.strictObject({
  category: FindingCategory,
  severity: Severity,
  /** 0–1: how sure the finder is that it is real. */
  confidence: z.number().min(0).max(1),
  path: z.string().min(1).max(1024),
  /** Line in the new version of the file; null for what was removed. */
  line: z.int().min(1).nullable(),
  /** The code it rests on, copied exactly from the diff without its marker. */
  quote: z.string().max(2000),
  /** What has to happen for it to hurt. */
  trigger: z.string().min(1).max(2000),
  fix: z.string().max(2000),
});
export type Finding = z.infer<typeof Finding>;

/** Below this a finding is shown but moves no score; a serious one still asks for a person. */
export const CONFIDENCE_COUNTED = 0.5;

export function isCounted(finding: Finding): boolean {
  return finding.confidence >= CONFIDENCE_COUNTED;
}

export function isSerious(finding: Finding): boolean {
  return finding.severity === 'critical' || finding.severity === 'high';
}
