import type { DecidedRun } from './decided-run.ts';
import { changeOf } from './escalation-figures.ts';
import { isAboutTheChange } from './route-reason.ts';
import { compileRule } from './rule-language.ts';
import { isBad, isGood } from './simulate.ts';
import { countedForBound, type Rate, wilson } from './wilson.ts';

interface ThresholdRow {
  readonly threshold: number;
  /** Share of the good changes that a person would be asked about. */
  readonly false_positive: Rate;
  /** Share of the bad changes that nobody would be asked about. */
  readonly miss: Rate;
}

type Suggestion =
  | { readonly kind: 'threshold'; readonly threshold: number; readonly text: string }
  /** Saying a number here would be guessing. */
  | { readonly kind: 'too_little_data'; readonly text: string };

interface RuleRow {
  readonly code: string;
  readonly asked: number;
  /** Of those asked about for this reason and settled: approved and deployed without a rollback. */
  readonly false_positive: Rate;
}

export interface Calibration {
  readonly runs: number;
  /** Changes of which it is known what they were, and about which nothing but the score decides. */
  readonly labelled: { readonly good: number; readonly bad: number };
  readonly rows: readonly ThresholdRow[];
  readonly suggestion: Suggestion;
  readonly rules: readonly RuleRow[];
}

/** From this score on no change is ever automated, so no threshold above it is looked at. */
const HIGHEST = 7;
const STEP = 0.5;
const MIN_GOOD = 50;

/**
 * What thresholds would have done to changes of which the end is known: rolled back or rejected by a person is bad, deployed
 * is good, and whatever ended otherwise says nothing. Only changes that no other rule stops are looked at: the
 * threshold changes nothing for the rest. Several runs of one head are one change, bad where one of them was. Suggests the
 * highest threshold of which the data shows, with the upper end of the 95 % interval, that it misses no more than `maxMiss`
 * of the bad changes. Pure; remembers a little for each change.
 */
export function makeCalibration(maxMiss: number) {
  const scored = new Map<string, { label: Label; score: number }>();
  const asked = new Map<string, Map<string, Label | null>>();
  let runs = 0;

  function add(run: DecidedRun): void {
    runs += 1;
    const change = changeOf(run);
    const label = labelOf(run);
    for (const code of run.reasons) {
      const labels = asked.get(code) ?? new Map<string, Label | null>();
      asked.set(code, labels.set(change, worse(labels.get(change) ?? null, label)));
    }
    const others = run.reasons.some((code) => isAboutTheChange(code) && !isAboutScore(code, run));
    if (label === null || run.score === null || others) return;
    const before = scored.get(change);
    if (before === undefined || worse(before.label, label) === label) scored.set(change, { label, score: run.score });
  }

  function result(): Calibration {
    const of = (wanted: Label) => [...scored.values()].filter(({ label }) => label === wanted);
    const [good, bad] = [of('good'), of('bad')];
    const thresholds = Array.from({ length: HIGHEST / STEP }, (_, index) => (index + 1) * STEP);
    const rows = thresholds.map((threshold) => ({
      threshold,
      false_positive: wilson(good.filter(({ score }) => score >= threshold).length, good.length),
      miss: wilson(bad.filter(({ score }) => score < threshold).length, bad.length),
    }));
    return {
      runs,
      labelled: { good: good.length, bad: bad.length },
      rows,
      suggestion: suggest(rows, good.length, bad.length, maxMiss),
      rules: [...asked].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([code, labels]) => rateRule(code, labels)),
    };
  }

  return { add, result };
}

type Label = 'good' | 'bad';

function worse(a: Label | null, b: Label | null): Label | null {
  return a === 'bad' || b === 'bad' ? 'bad' : (b ?? a);
}

function suggest(rows: readonly ThresholdRow[], good: number, bad: number, maxMiss: number): Suggestion {
  const needed = countedForBound(maxMiss);
  const bound = `${Number((maxMiss * 100).toFixed(2))} %`;
  if (bad < needed || good < MIN_GOOD) {
    const text = `there are ${bad} bad and ${good} good changes; ${needed} and ${MIN_GOOD} are needed to bound the misses at ${bound}. Until then keep the threshold, or lower it`;
    return { kind: 'too_little_data', text };
  }
  const best = rows.findLast(({ miss }) => miss.high <= maxMiss);
  if (best === undefined) {
    const text = `no threshold misses fewer than ${bound} of the bad changes for certain: the score does not tell them apart well enough`;
    return { kind: 'too_little_data', text };
  }
  return { kind: 'threshold', threshold: best.threshold, text: `thresholds.risk_score_max: ${best.threshold}` };
}

function labelOf(run: DecidedRun): Label | null {
  if (isBad(run)) return 'bad';
  return isGood(run) ? 'good' : null;
}

/** A rule over the score alone says what the threshold says; one that looks at anything else would stop the change under any. */
function isAboutScore(code: string, { fired }: DecidedRun): boolean {
  if (code === 'risk_score') return true;
  return code === 'rule' && fired.length > 0 && fired.every(isOverScoreAlone);
}

function isOverScoreAlone(expression: string): boolean {
  const rule = compileRule(expression);
  return rule.kind === 'ok' && [...rule.uses].every((name) => name === 'risk_score');
}

function rateRule(code: string, labels: ReadonlyMap<string, Label | null>): RuleRow {
  const settled = [...labels.values()].filter((label) => label !== null);
  return {
    code,
    asked: labels.size,
    false_positive: wilson(settled.filter((label) => label === 'good').length, settled.length),
  };
}
