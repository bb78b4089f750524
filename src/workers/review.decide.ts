import type { Inspection } from '../change/change.ts';
import { decidePolicy, type PolicyCase, type PolicyDecision, type PolicySettings } from '../policy/decide-policy.ts';
import type { Finding } from '../policy/finding.ts';
import type { RouteDecision } from '../policy/route.ts';
import { type RiskScore, scoreChange } from '../policy/score.ts';
import type { ParsedReview } from './review/review-reading.ts';

export interface ReviewFacts {
  readonly inspection: Inspection;
  readonly review: ParsedReview;
  readonly service: string;
  readonly author: string;
  /** What the policy asks about besides the change itself. */
  readonly policy: Pick<PolicyCase, 'branch' | 'author_record' | 'bucket' | 'emergency'> & {
    readonly settings: PolicySettings;
  };
}

export interface ReviewDecision {
  readonly score: RiskScore;
  readonly route: RouteDecision;
  /** How the policy came to that route. */
  readonly policy: PolicyDecision;
  readonly findings: readonly Finding[];
  /** The source's seven keys, and what they rest on. */
  readonly evaluation: Evaluation;
}

interface Evaluation {
  readonly risk_score: number;
  readonly security_findings: readonly string[];
  readonly performance_concerns: readonly string[];
  readonly coverage_gaps: readonly string[];
  readonly breaking_changes: readonly string[];
  readonly auto_approvable: boolean;
  readonly rationale: string;
  readonly requires_human: boolean;
}

/** Score and route of a change from what code and model found. The model has no say in either but by its findings. */
export function decideReview(facts: ReviewFacts): ReviewDecision {
  const { inspection, review } = facts;
  const { findings } = review;
  const score = scoreChange({ ...inspection, findings });
  const policy = decidePolicy(
    {
      ...inspection,
      ...facts.policy,
      review: review.outcome,
      score: score.total,
      findings,
      service: facts.service,
      author: facts.author,
    },
    facts.policy.settings,
  );
  const { route } = policy;
  const evaluation: Evaluation = {
    risk_score: score.total,
    security_findings: linesOf(findings, 'security'),
    performance_concerns: linesOf(findings, 'performance'),
    coverage_gaps: linesOf(findings, 'coverage'),
    breaking_changes: [
      ...linesOf(findings, 'breaking'),
      ...inspection.evidence
        .filter((e) => e.fact === 'breaking_api_contract')
        .map((e) => `${at(e.path, e.line)}: ${e.rule}`),
    ],
    auto_approvable: route.auto_approvable,
    rationale: rationaleOf(score, route, review),
    requires_human: route.requires_human,
  };
  return { score, route, policy, findings, evaluation };
}

function linesOf(findings: readonly Finding[], category: Finding['category']): string[] {
  return findings
    .filter((f) => f.category === category)
    .map((f) => `${at(f.path, f.line)} [${f.severity}] ${f.trigger}`);
}

function at(path: string, line: number | null): string {
  return line === null ? path : `${path}:${line}`;
}

function rationaleOf(score: RiskScore, route: RouteDecision, review: ParsedReview): string {
  const terms = score.terms.map((term) => `${term.label} ${term.points.toFixed(1)}`).join(' + ');
  const sum = `risk ${score.total.toFixed(1)} = ${terms || 'nothing found'}`;
  const why =
    route.route === 'automated' ? 'nothing asks for a person' : route.reasons.map((reason) => reason.text).join('; ');
  return `${sum}. ${why}.${review.rationale ? ` Agent: ${review.rationale}` : ''}`.slice(0, 4000);
}
