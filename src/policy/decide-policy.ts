import type { ChangedFile, ChangeFacts, ChangeType } from '../change/change.ts';
import type { SlipwayFile, Thresholds, Tier } from '../config/schema.ts';
import type { AuthorRecord } from './author-record.ts';
import type { BranchPolicyText } from './branch-policy.ts';
import { type ChangeClass, classifyChange } from './change-class.ts';
import { type Finding, isCounted, isSerious } from './finding.ts';
import type { LimitTerm, Recommendation } from './policy-record.ts';
import { resolveLimits } from './resolve-limits.ts';
import { isInRollout } from './rollout.ts';
import { decideRoute, type RouteDecision } from './route.ts';
import { isAboutTheChange, type RouteReason } from './route-reason.ts';
import { evaluateRules, type RuleResult } from './rules.ts';

/** What is known of one change when its route is decided. All of it is on the record, so it can be decided again. */
export interface PolicyCase {
  readonly review: { kind: 'reviewed' } | { kind: 'inconclusive'; reason: string };
  readonly score: number | null;
  readonly facts: ChangeFacts;
  readonly change_type: ChangeType;
  readonly files: readonly ChangedFile[];
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
  readonly service: string;
  readonly author: string;
  readonly author_record: AuthorRecord;
  readonly branch: BranchPolicyText;
  /** Whether somebody called it an emergency. */
  readonly emergency: boolean;
  /** 0–100, from `rolloutBucket`. */
  readonly bucket: number;
}

/** The part of the configuration that decides, for one service. */
export interface PolicySettings {
  readonly thresholds: Thresholds;
  readonly own: Partial<Thresholds>;
  readonly tier: Tier;
  readonly rules: readonly string[];
  readonly sections: Pick<SlipwayFile, 'tiers' | 'change_classes' | 'author_history'>;
  readonly automated_pct: number;
}

export interface PolicyDecision {
  readonly route: RouteDecision;
  readonly recommendation: Recommendation;
  readonly classes: readonly ChangeClass[];
  readonly limits: Thresholds;
  readonly terms: readonly LimitTerm[];
  readonly notes: readonly string[];
  readonly rules: readonly RuleResult[];
}

/** Classes, limits, rules, route: the whole policy over one change. Pure, so that `simulate` is the same function. */
export function decidePolicy(change: PolicyCase, settings: PolicySettings): PolicyDecision {
  const branch = change.branch.kind === 'ok' ? change.branch.policy : null;
  const classes = classifyChange({ ...change, service_rollbacks: change.author_record.service_rollbacks });
  const { limits, terms, notes } = resolveLimits({ ...settings, classes, record: change.author_record, branch });
  const rules = evaluateRules(
    [...new Set([...settings.rules, ...(branch?.escalation?.auto_route_to_human ?? [])])],
    contextOf(change, settings.tier),
  );
  const asksHuman = (name: ChangeClass) =>
    settings.sections.change_classes[name].route === 'human' ||
    ((name === 'low_risk_fix' || name === 'performance_critical') && branch?.change_classes?.[name]?.route === 'human');
  const route = decideRoute({
    ...change,
    rules,
    limits,
    policy: [
      ...emergencyReasons(change),
      ...branchReasons(change.branch),
      ...classes.filter(asksHuman).map((name) => classReason(name, change.facts)),
    ],
    rollout: rolloutReasons(change, settings, classes),
  });
  return { route, recommendation: recommend(change, route), classes, limits, terms, notes, rules };
}

function contextOf(change: PolicyCase, tier: Tier) {
  const { facts, findings, files } = change;
  return {
    ...facts,
    risk_score: change.score,
    change_type: change.change_type,
    tier,
    service: change.service,
    author: change.author,
    files_changed: files.length,
    lines_changed: files.reduce((sum, file) => sum + file.added + file.removed, 0),
    findings: findings.length,
    critical_findings: findings.filter((f) => f.severity === 'critical').length,
    high_findings: findings.filter((f) => f.severity === 'high').length,
    paths: files.map((file) => file.path),
  };
}

function emergencyReasons({ emergency }: PolicyCase): RouteReason[] {
  return emergency ? [{ code: 'emergency', text: 'an emergency: two people decide, on the facts alone' }] : [];
}

function branchReasons(branch: BranchPolicyText): RouteReason[] {
  if (branch.kind !== 'invalid') return [];
  return [
    { code: 'policy_invalid', text: `${branch.path} of the target branch cannot be understood: ${branch.problem}` },
  ];
}

function classReason(name: ChangeClass, facts: ChangeFacts): RouteReason {
  switch (name) {
    case 'schema_migration':
      return {
        code: 'schema_changes_detected',
        text: said(facts.schema_changes_detected, 'the database schema changes'),
      };
    case 'third_party_integration':
      return {
        code: 'new_service_integration',
        text: said(facts.new_service_integration, 'an outside service is used that was not used before'),
      };
    case 'compliance_audited':
      return { code: 'compliance_audited', text: 'auditors look at what is changed' };
    case 'performance_critical':
    case 'low_risk_fix':
      return { code: 'change_class', text: `a person decides about every change of the class ${name}` };
  }
}

function said(fact: boolean | null, text: string): string {
  return fact === null ? `it could not be judged whether ${text}` : text;
}

/** While automation is rolled out, only low-risk changes below the mark are automated; the others are decided by people. */
function rolloutReasons(
  { bucket }: PolicyCase,
  { automated_pct: pct }: PolicySettings,
  classes: readonly ChangeClass[],
): RouteReason[] {
  if (pct >= 100) return [];
  if (!classes.includes('low_risk_fix'))
    return [{ code: 'rollout', text: `only low-risk fixes are automated while the rollout stands at ${pct} %` }];
  if (isInRollout(bucket, pct)) return [];
  return [{ code: 'rollout', text: `outside the ${pct} % of low-risk changes that are automated so far` }];
}

/** What code makes of the change. `none` where the review did not come to an end: it has no opinion to agree with. */
function recommend({ review, findings, facts }: PolicyCase, route: RouteDecision): Recommendation {
  if (review.kind === 'inconclusive') return 'none';
  if (!route.reasons.some(({ code }) => isAboutTheChange(code))) return 'approve';
  const serious = findings.some((finding) => isSerious(finding) && isCounted(finding));
  return serious || facts.secrets_added === true || facts.prompt_injection_suspected === true ? 'reject' : 'none';
}
