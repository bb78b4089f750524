import type { CanaryFactors } from '../config/policy-schema.ts';
import type { SlipwayFile, Thresholds, Tier } from '../config/schema.ts';
import type { AuthorRecord } from './author-record.ts';
import type { BranchPolicy } from './branch-policy.ts';
import type { ChangeClass } from './change-class.ts';
import type { LimitTerm } from './policy-record.ts';
import { type SomeLimits, tightenLimits } from './tighten-limits.ts';

export interface LimitSources {
  readonly thresholds: Thresholds;
  /** What the service's own section names; it stands in place of the global threshold and of the tier's adjustment. */
  readonly own: Partial<Thresholds>;
  readonly tier: Tier;
  readonly classes: readonly ChangeClass[];
  readonly record: AuthorRecord;
  readonly branch: BranchPolicy | null;
  readonly sections: Pick<SlipwayFile, 'tiers' | 'change_classes' | 'author_history'>;
}

export interface ResolvedLimits {
  readonly limits: Thresholds;
  /** The threshold of the risk score as a sum: the terms add up to `limits.risk_score_max` exactly. */
  readonly terms: readonly LimitTerm[];
  /** What else was tightened, or asked for and refused, one line each. */
  readonly notes: readonly string[];
}

/** All amounts here are hundredths: whole numbers add up without rounding. */
interface Hundredths {
  readonly label: string;
  readonly hundredths: number;
}

/**
 * Limits of one change: the configured base, less what tier, class and history take, then what the target branch asks
 * for. Nothing here can raise a limit above its base; a clean record only gives back what tier and class took. Pure.
 */
export function resolveLimits(sources: LimitSources): ResolvedLimits {
  const held: Thresholds = { ...sources.thresholds, ...sources.own };
  const watched = watchMore(held, sources);
  const asked = tightenLimits(watched.limits, withoutRisk(sources.branch?.thresholds ?? {}));
  const terms = riskTerms(held.risk_score_max, sources);
  const notes = [
    ...watched.notes,
    ...asked.taken.map((name) => `${name} ${asked.limits[name]}: the target branch asks for it`),
    ...asked.refused.map((name) => `${name}: the target branch asks for a looser value, which is not taken`),
    ...refusedRisk(terms, sources.branch),
  ];
  return {
    limits: { ...asked.limits, risk_score_max: sum(terms) / 100 },
    terms: terms.map(({ label, hundredths }) => ({ label, points: hundredths / 100 })),
    notes,
  };
}

function riskTerms(base: number, { own, tier, classes, record, branch, sections }: LimitSources): Hundredths[] {
  const ofService = own.risk_score_max !== undefined;
  const terms: Hundredths[] = [{ label: ofService ? 'base, the service’s own' : 'base', hundredths: cents(base) }];
  const add = (label: string, hundredths: number) => {
    if (hundredths !== 0) terms.push({ label, hundredths });
  };
  if (!ofService) add(`tier ${tier}`, cents(sections.tiers[tier].risk_score_adjust));
  const [strictest] = classes
    .map((name) => ({ name, adjust: cents(sections.change_classes[name].risk_score_adjust) }))
    .toSorted((a, b) => a.adjust - b.adjust);
  if (strictest !== undefined) add(`class ${strictest.name}`, strictest.adjust);
  const taken = cents(base) - sum(terms);
  const history = sections.author_history;
  const penalties = penaltiesOf(record, history);
  for (const { label, hundredths } of penalties) add(label, hundredths);
  if (penalties.length === 0 && record.known && record.deployed >= history.clean_runs) {
    const label = `${record.deployed} changes without a rollback in ${record.window_days} days`;
    add(label, Math.min(cents(history.clean_bonus), taken));
  }
  const wanted = branch?.thresholds?.risk_score_max;
  if (wanted !== undefined && cents(wanted) < sum(terms)) {
    add(`the target branch asks for ${wanted}`, cents(wanted) - sum(terms));
  }
  if (sum(terms) < 0) add('not below 0', -sum(terms));
  return terms;
}

function penaltiesOf(record: AuthorRecord, history: SlipwayFile['author_history']): Hundredths[] {
  const all = [
    {
      label: counted(record.rolled_back, 'rollback', record),
      hundredths: record.rolled_back * cents(history.per_rollback),
    },
    {
      label: counted(record.rejected, 'rejection', record),
      hundredths: record.rejected * cents(history.per_rejection),
    },
  ];
  let room = -cents(history.max_penalty);
  return all.flatMap(({ label, hundredths }) => {
    const taken = Math.min(room, -hundredths);
    room -= taken;
    return taken > 0 ? [{ label, hundredths: -taken }] : [];
  });
}

function counted(n: number, what: string, { window_days }: AuthorRecord): string {
  return `${n} ${what}${n === 1 ? '' : 's'} in ${window_days} days`;
}

/** Of the factors of the tier and of all classes the strictest of each. What the service names itself, no tier changes. */
function watchMore(held: Thresholds, sources: LimitSources): { limits: Thresholds; notes: string[] } {
  const { own, tier, classes, sections } = sources;
  const ofClasses = classes.map((name) => ({ label: `class ${name}`, factors: sections.change_classes[name].canary }));
  const ofTier = { label: `tier ${tier}`, factors: sections.tiers[tier].canary };
  const byClass = tightenLimits(held, applyFactors(held, ofClasses));
  const unnamed = Object.entries(applyFactors(held, [ofTier])).filter(([name]) => !Object.hasOwn(own, name));
  const { limits, taken } = tightenLimits(byClass.limits, Object.fromEntries(unnamed));
  const why = ofClasses.filter(({ factors }) => Object.values(factors).some((each) => each !== 1));
  const says = (name: keyof Thresholds, by: readonly { label: string }[]) =>
    `${name} ${limits[name]}: ${by.map(({ label }) => label).join(', ')}`;
  const others = byClass.taken.filter((name) => !taken.includes(name));
  return {
    limits,
    notes: [...others.map((name) => says(name, why)), ...taken.map((name) => says(name, [ofTier]))],
  };
}

function applyFactors(held: Thresholds, of: readonly { factors: CanaryFactors }[]) {
  const least = (name: keyof CanaryFactors) => Math.min(1, ...of.map(({ factors }) => factors[name]));
  const most = (name: keyof CanaryFactors) => Math.max(1, ...of.map(({ factors }) => factors[name]));
  return {
    canary_traffic_initial_pct: held.canary_traffic_initial_pct * least('traffic_factor'),
    canary_step_up_max_pct: held.canary_step_up_max_pct * least('traffic_factor'),
    canary_monitoring_duration_min: held.canary_monitoring_duration_min * most('duration_factor'),
    canary_min_requests: Math.ceil(held.canary_min_requests * most('min_requests_factor')),
    error_rate_threshold: held.error_rate_threshold * least('error_rate_factor'),
    slow_share_threshold: held.slow_share_threshold * least('slow_share_factor'),
    p99_latency_threshold_ms: held.p99_latency_threshold_ms * least('p99_latency_factor'),
    relative_tolerance: 1 + (held.relative_tolerance - 1) * least('tolerance_factor'),
    canary_tick_s: Math.min(held.canary_tick_s, Math.max(1, held.canary_tick_s * least('tick_factor'))),
  };
}

function refusedRisk(terms: readonly Hundredths[], branch: BranchPolicy | null): string[] {
  const wanted = branch?.thresholds?.risk_score_max;
  if (wanted === undefined || cents(wanted) <= sum(terms)) return [];
  return ['risk_score_max: the target branch asks for a looser value, which is not taken'];
}

/** The risk score has a sum of its own. */
function withoutRisk(asked: SomeLimits): SomeLimits {
  return { ...asked, risk_score_max: undefined };
}

function cents(value: number): number {
  return Math.round(value * 100);
}

function sum(terms: readonly Hundredths[]): number {
  return terms.reduce((total, term) => total + term.hundredths, 0);
}
