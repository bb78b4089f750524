import type { Inspection } from '../change/change.ts';
import type { Tier } from '../config/schema.ts';
import type { Finding } from '../policy/finding.ts';
import { decideRoute, type RouteDecision } from '../policy/route.ts';
import { evaluateRules } from '../policy/rules.ts';
import { type RiskScore, scoreChange } from '../policy/score.ts';
import type { ParsedReview } from './review-reading.ts';

export interface ReviewFacts {
  readonly inspection: Inspection;
  readonly review: ParsedReview;
  readonly tier: Tier;
  readonly service: string;
  readonly author: string;
  readonly riskScoreMax: number;
  readonly rules: readonly string[];
}

export interface ReviewDecision {
  readonly score: RiskScore;
  readonly route: RouteDecision;
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
  const rules = evaluateRules(facts.rules, {
    ...inspection.facts,
    risk_score: score.total,
    change_type: inspection.change_type,
    tier: facts.tier,
    service: facts.service,
    author: facts.author,
    files_changed: inspection.files.length,
    lines_changed: inspection.files.reduce((sum, file) => sum + file.added + file.removed, 0),
    findings: findings.length,
    critical_findings: findings.filter((f) => f.severity === 'critical').length,
    high_findings: findings.filter((f) => f.severity === 'high').length,
    paths: inspection.files.map((file) => file.path),
  });
  const route = decideRoute({
    review: review.outcome,
    score: score.total,
    facts: inspection.facts,
    files: inspection.files,
    problems: inspection.problems,
    findings,
    rules,
    limits: { risk_score_max: facts.riskScoreMax },
  });
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
  return { score, route, findings, evaluation };
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
