import { z } from 'zod';

export const FindingCategory = z.enum(['security', 'performance', 'coverage', 'breaking']);
export type FindingCategory = z.infer<typeof FindingCategory>;

export const Severity = z.enum(['critical', 'high', 'medium', 'low']);
export type Severity = z.infer<typeof Severity>;

/** One problem in the change as an agent reports it. */
export const ReportedFinding = z.strictObject({
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
export type ReportedFinding = z.infer<typeof ReportedFinding>;

/**
 * The same with what code made of it. Whoever found it, the score is computed from these fields alone. The defaults say
 * that nobody looked: they are what an older record means.
 */
export const Finding = ReportedFinding.extend({
  /** Who reported it: the reviewer of a part, or the sceptic that was asked to refute the whole. */
  source: z.enum(['reviewer', 'sceptic']).default('reviewer'),
  /** Last line of the quote; null where `line` is. */
  end_line: z.int().min(1).nullable().default(null),
  /** Whether the quote stands in the change: at the line named, elsewhere in what was read (`line` is then corrected), or nowhere. */
  grounding: z.enum(['exact', 'moved', 'absent', 'unchecked']).default('unchecked'),
  /** What the second agent said of it. */
  verification: z.enum(['confirmed', 'unconfirmed', 'not_asked']).default('not_asked'),
  /** Its place in the life of the pull request; `carried` = an earlier head's, not reported again though its code is still there. */
  status: z.enum(['new', 'open', 'reopened', 'carried', 'dismissed']).default('new'),
  /** SHA-256 over category, path, enclosing symbol and code, no line number: the same problem in the next head. */
  fingerprint: z.string().max(64).default(''),
});
export type Finding = z.infer<typeof Finding>;

/** Below this a finding is shown but moves no score; a serious one still asks for a person. */
const CONFIDENCE_COUNTED = 0.5;

/** Why a finding is shown but moves no score; null where it counts. */
export function whyUncounted(finding: Finding): string | null {
  if (finding.confidence < CONFIDENCE_COUNTED) return `confidence ${finding.confidence}`;
  if (finding.grounding === 'absent') return 'its quote is not in the change';
  if (finding.verification === 'unconfirmed') return 'a second agent could not confirm it';
  return finding.status === 'dismissed' ? 'a person dismissed it' : null;
}

export function isCounted(finding: Finding): boolean {
  return whyUncounted(finding) === null;
}

export function isSerious(finding: Pick<Finding, 'severity'>): boolean {
  return finding.severity === 'critical' || finding.severity === 'high';
}

/** Worst first; the order in which findings are shown, verified and cut. */
export function compareFindings(a: Finding, b: Finding): number {
  const rank = (finding: Finding) => Severity.options.indexOf(finding.severity);
  return rank(a) - rank(b) || b.confidence - a.confidence || (a.fingerprint < b.fingerprint ? -1 : 1);
}
