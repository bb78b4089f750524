import type { ChangedFile, ChangeFacts, ChangeType, FactName } from '../change/change.ts';
import { type Finding, isCounted, isSerious, type Severity } from './finding.ts';
import type { ScoreTerm } from './score-record.ts';

/** 0–10 with one decimal. The terms add up to the total exactly, so that a person can follow the sum. */
export interface RiskScore {
  readonly total: number;
  readonly terms: readonly ScoreTerm[];
  /** What the change is worth at least, each reason by itself, the highest first; the first term is the highest of them. */
  readonly floors: readonly ScoreTerm[];
}

export interface ScoreInput {
  readonly facts: ChangeFacts;
  readonly change_type: ChangeType;
  readonly files: readonly ChangedFile[];
  /** What inspection could not read; each one is a risk of unknown size. */
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
}

/** All points here are tenths: whole numbers add up without rounding. */
interface Tenths {
  readonly label: string;
  readonly tenths: number;
}

const MAX = 100;

/** What a plain change of this type is worth before anything is known of it. */
const BY_TYPE: Record<ChangeType, number> = {
  docs: 5,
  test: 5,
  chore: 10,
  bugfix: 10,
  refactor: 15,
  feature: 20,
  deps: 40,
  ci: 60,
};

/** The least that a change with this fact is worth. A fact that could not be judged counts as true. */
const FLOORS: readonly (readonly [FactName, string, number])[] = [
  ['secrets_added', 'a secret is added', 90],
  ['breaking_api_contract', 'a published contract breaks', 70],
  ['prompt_injection_suspected', 'text that addresses the reviewer', 70],
  ['ci_or_infra_changes', 'pipeline or infrastructure is touched', 60],
  ['new_service_integration', 'a new outside service is called', 60],
  ['compliance_scope', 'auditors look at what is changed', 60],
  ['schema_changes_detected', 'the database schema changes', 50],
  ['performance_critical', 'code whose speed matters', 40],
  ['dependency_changes', 'dependencies change', 40],
];

const UNREADABLE_FLOOR = 50;
const FURTHER_FACT = 5;
const FURTHER_FACTS_CAP = 10;
const ANCHOR: Record<Severity, number> = { critical: 90, high: 70, medium: 40, low: 20 };
const FURTHER_SERIOUS = 10;
const FURTHER_SERIOUS_CAP = 20;

/**
 * The risk of a change: the greater of what rules and what findings say, so that findings can raise it and never lower
 * it. Adding a finding, or raising one's severity or confidence, never lowers the total.
 */
export function scoreChange(input: ScoreInput): RiskScore {
  const base: Tenths = { label: `type of change: ${input.change_type}`, tenths: BY_TYPE[input.change_type] };
  const facts = collectFloors(input).toSorted((a, b) => b.tenths - a.tenths);
  const rules = scoreRules(base, facts, input.files);
  const ruleTotal = sum(rules);
  const above = scoreFindings(input.findings) - ruleTotal;
  const terms = above > 0 ? [...rules, { label: labelFindings(input.findings), tenths: above }] : rules;
  const floors = [...facts, base].toSorted((a, b) => b.tenths - a.tenths);
  return { total: sum(terms) / 10, terms: terms.map(inPoints), floors: floors.map(inPoints) };
}

function scoreRules(base: Tenths, facts: readonly Tenths[], files: readonly ChangedFile[]): Tenths[] {
  const [highest, ...further] = facts;
  const terms: Tenths[] = [];
  if (highest === undefined || highest.tenths < base.tenths) {
    terms.push(base);
    if (facts.length > 0) terms.push(furtherFacts(facts));
  } else {
    terms.push(highest);
    if (further.length > 0) terms.push(furtherFacts(further));
  }
  terms.push(sizeTerm(files));
  return capped(terms.filter((term) => term.tenths > 0));
}

function inPoints({ label, tenths }: Tenths): ScoreTerm {
  return { label, points: tenths / 10 };
}

function collectFloors({ facts, files, problems }: ScoreInput): Tenths[] {
  const floors: Tenths[] = [];
  for (const [fact, label, tenths] of FLOORS) {
    if (facts[fact] === false) continue;
    floors.push({ label: facts[fact] === null ? `${label} (could not be judged)` : label, tenths });
  }
  if (problems.length > 0 || files.some((file) => file.binary)) {
    floors.push({ label: 'part of the change could not be read', tenths: UNREADABLE_FLOOR });
  }
  return floors;
}

function furtherFacts(facts: readonly Tenths[]): Tenths {
  return {
    label: `also: ${facts.map((fact) => fact.label).join('; ')}`,
    tenths: Math.min(FURTHER_FACTS_CAP, facts.length * FURTHER_FACT),
  };
}

function sizeTerm(files: readonly ChangedFile[]): Tenths {
  const lines = files.reduce((total, file) => total + file.added + file.removed, 0);
  const label = `size: ${lines} lines in ${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  return { label, tenths: sizePoints(lines) + (files.length > 20 ? 5 : 0) };
}

function sizePoints(lines: number): number {
  if (lines <= 50) return 0;
  if (lines <= 150) return 3;
  if (lines <= 400) return 6;
  if (lines <= 1000) return 12;
  return 20;
}

/** The worst finding sets the mark, each further serious one adds a point, two at most. */
function scoreFindings(findings: readonly Finding[]): number {
  const counted = findings.filter(isCounted);
  if (counted.length === 0) return 0;
  const worst = Math.max(...counted.map((finding) => ANCHOR[finding.severity]));
  const further = Math.max(0, counted.filter(isSerious).length - 1);
  return Math.min(MAX, worst + Math.min(FURTHER_SERIOUS_CAP, further * FURTHER_SERIOUS));
}

function labelFindings(findings: readonly Finding[]): string {
  const counts = (['critical', 'high', 'medium', 'low'] as const)
    .map((severity) => ({ severity, n: findings.filter((f) => isCounted(f) && f.severity === severity).length }))
    .filter(({ n }) => n > 0)
    .map(({ severity, n }) => `${n} ${severity}`);
  return `review findings above the rules: ${counts.join(', ')}`;
}

/** Cuts the last terms so that the sum stays within 10. */
function capped(terms: readonly Tenths[]): Tenths[] {
  let room = MAX;
  return terms.flatMap((term) => {
    const tenths = Math.min(term.tenths, room);
    room -= tenths;
    return tenths > 0 ? [{ label: term.label, tenths }] : [];
  });
}

function sum(terms: readonly Tenths[]): number {
  return terms.reduce((total, term) => total + term.tenths, 0);
}
