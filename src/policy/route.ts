import type { ChangedFile, ChangeFacts } from '../change/change.ts';
import { type Finding, isSerious, whyUncounted } from './finding.ts';
import { REASON_CODES, type RouteReason } from './route-reason.ts';
import type { RuleResult } from './rules.ts';

export interface RouteDecision {
  readonly route: 'automated' | 'human';
  readonly auto_approvable: boolean;
  readonly requires_human: boolean;
  /** Empty exactly when the route is automated. */
  readonly reasons: readonly RouteReason[];
}

export interface RouteInput {
  readonly review: { kind: 'reviewed' } | { kind: 'inconclusive'; reason: string };
  /** null when no score could be computed. */
  readonly score: number | null;
  readonly facts: ChangeFacts;
  readonly files: readonly ChangedFile[];
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleResult[];
  /** What holds for this change, from `resolveLimits`. */
  readonly limits: { readonly risk_score_max: number };
  /** What its classes and the target branch's policy say. */
  readonly policy: readonly RouteReason[];
  /** Why it is not automated yet though nothing speaks against it; said only when nothing else is. */
  readonly rollout: readonly RouteReason[];
}

/** Facts that are never automated, whatever the configured rules say. null counts as true. */
const NEVER_AUTOMATED = {
  breaking_api_contract: 'a published contract breaks',
  secrets_added: 'a secret is added',
  prompt_injection_suspected: 'the change holds text that addresses the reviewer',
  ci_or_infra_changes: 'what builds, deploys or releases changes',
} as const;
type GuardedFact = keyof typeof NEVER_AUTOMATED;
const GUARDED: readonly GuardedFact[] = [
  'breaking_api_contract',
  'secrets_added',
  'prompt_injection_suspected',
  'ci_or_infra_changes',
];

/** Automated only when nothing at all speaks for a human; every reason is named, not only the first. */
export function decideRoute(input: RouteInput): RouteDecision {
  const found = distinct([
    ...reviewReasons(input),
    ...scoreReasons(input),
    ...factReasons(input),
    ...input.policy,
    ...findingReasons(input.findings),
    ...unreadableReasons(input),
    ...input.rules.flatMap(ruleReason),
  ]);
  const reasons = found.length > 0 ? found : [...input.rollout];
  const automated = reasons.length === 0;
  return { route: automated ? 'automated' : 'human', auto_approvable: automated, requires_human: !automated, reasons };
}

function reviewReasons({ review }: RouteInput): RouteReason[] {
  return review.kind === 'reviewed'
    ? []
    : [{ code: 'inconclusive', text: `the review is inconclusive: ${review.reason}` }];
}

function scoreReasons({ score, limits }: RouteInput): RouteReason[] {
  if (score === null || !Number.isFinite(score)) return [{ code: 'risk_score', text: 'there is no risk score' }];
  if (score < limits.risk_score_max) return [];
  return [{ code: 'risk_score', text: `the risk score ${score.toFixed(1)} is not below ${limits.risk_score_max}` }];
}

function factReasons({ facts }: RouteInput): RouteReason[] {
  return GUARDED.filter((fact) => facts[fact] !== false).map((fact) => ({
    code: fact,
    text: facts[fact] === null ? `it could not be judged whether ${NEVER_AUTOMATED[fact]}` : NEVER_AUTOMATED[fact],
  }));
}

function findingReasons(findings: readonly Finding[]): RouteReason[] {
  return findings.flatMap((finding): RouteReason[] => {
    if (finding.source === 'sceptic' && finding.severity !== 'low') {
      return [{ code: 'sceptic_refuted', text: `the sceptic found a way in which ${finding.path} is unsafe` }];
    }
    if (finding.category === 'breaking') {
      return [{ code: 'breaking_api_contract', text: `the review found a breaking change in ${finding.path}` }];
    }
    const why = whyUncounted(finding);
    if (isSerious(finding) && why !== null) {
      return [
        { code: 'uncertain_finding', text: `a ${finding.severity} finding in ${finding.path} is uncertain (${why})` },
      ];
    }
    return [];
  });
}

function unreadableReasons({ files, problems }: RouteInput): RouteReason[] {
  const binary = files.filter((file) => file.binary).map((file) => `${file.path} is binary`);
  return [...binary, ...problems].map((text) => ({ code: 'unreadable', text }));
}

function ruleReason(result: RuleResult): RouteReason[] {
  switch (result.kind) {
    case 'no':
      return [];
    case 'yes':
      return [{ code: codeOf(result.expression), text: `rule: ${result.expression}` }];
    case 'unknown':
      return [{ code: 'rule_unknown', text: `rule: ${result.expression} (not known: ${result.missing.join(', ')})` }];
    case 'error':
      return [{ code: 'rule_error', text: `rule: ${result.expression} (${result.detail})` }];
  }
}

/** A rule that is only the name of a fact carries that name, so that counts by reason say something. */
function codeOf(expression: string): RouteReason['code'] {
  const bare = expression.trim();
  return REASON_CODES.find((code) => code === bare) ?? 'rule';
}

/** One reason for each code and text; a bare fact that both code and a rule name is said once. */
function distinct(reasons: readonly RouteReason[]): RouteReason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, text }) => {
    const named = text === `rule: ${code}` && [...seen].some((key) => key.startsWith(`${code}\n`));
    const key = `${code}\n${text}`;
    if (named || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
