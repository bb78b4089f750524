import type { Thresholds } from '../../config/schema.ts';
import type { CanaryJudgement } from '../../delivery/judge/judgement.ts';
import type { TickSample } from '../../delivery/judge/tick-sample.ts';
import { countExtensions, readCanaryQuestions } from '../../runs/canary-questions.ts';
import type { CanaryFigures } from '../../runs/context-package.ts';
import { openQuestion, type Question } from '../../runs/escalate.ts';
import { expireQuestion, withdrawQuestion } from '../../runs/expire-question.ts';
import type { Hold } from '../../runs/hold.ts';
import type { Entered } from '../enter-stage.ts';
import { PRODUCTION_PCT } from './canary-gate.ts';
import type { CanaryPorts } from './canary-ports.ts';
import { decideHold, type HoldDecision } from './canary-question.decide.ts';
import { canaryQuestion } from './canary-question-package.ts';

export interface JudgedTick {
  readonly judgement: CanaryJudgement;
  /** In order, the one that was judged last. */
  readonly ticks: readonly TickSample[];
  /** Under which people are asked, and no more once somebody else has it. */
  readonly hold: Hold;
  /** The share it keeps, percent. */
  readonly sharePct: number;
  readonly limits: Thresholds;
}

export type SettledHold = Exclude<HoldDecision, { kind: 'ask' | 'expire' }>;

/** What the hold or the gate of a canary comes to by what is on the record, before anybody is asked. */
export async function readHold(
  ports: Pick<CanaryPorts, 'now'>,
  { record }: Pick<Entered, 'record'>,
  { judgement, sharePct, ticks }: JudgedTick,
): Promise<HoldDecision> {
  const questions = readCanaryQuestions(await record.list());
  const extensions = { asked: countExtensions(questions), inForce: ticks.at(-1)?.extension ?? 0 };
  return decideHold({ judgement, questions, sharePct, extensions, now: ports.now() });
}

/** The same, after people were asked or their time was ended where that was due. */
export async function settleHold(
  ports: CanaryPorts,
  entered: Entered,
  tick: JudgedTick,
  signal: AbortSignal,
): Promise<SettledHold> {
  const { run, record } = entered;
  const decision = await readHold(ports, entered, tick);
  if (decision.kind === 'ask') {
    const put = () => (tick.judgement.next?.kind === 'gate' ? askAtGate : askOnHold)(ports, entered, tick, signal);
    await openQuestion(ports.db, record, run, put, 'canary', decision.n, tick.hold);
    return { kind: 'watch' };
  }
  if (decision.kind !== 'expire') return decision;
  // A person may have been first: what stands is what counts.
  const stands = await expireQuestion(ports.db, ports.audit, run, 'canary', decision.n, tick.hold);
  if (stands.entry.outcome === 'extend') return { kind: 'watch' };
  if (stands.entry.outcome !== 'approve') return { kind: 'roll_back', decision: stands };
  const question = readCanaryQuestions(await record.list()).find(({ n }) => n === decision.n);
  return { kind: 'go_on', toPct: question?.toPct ?? PRODUCTION_PCT, decision: stands };
}

/** Before a canary is ended: nobody is to decide any more about what is being taken away. */
export async function withdrawOpenQuestion(
  ports: Pick<CanaryPorts, 'db'>,
  { run, record }: Pick<Entered, 'run' | 'record'>,
  why: string,
  hold: Hold,
): Promise<void> {
  const open = readCanaryQuestions(await record.list()).find(({ decision }) => decision === null);
  if (open !== undefined) await withdrawQuestion(ports.db, record, run, open.n, why, hold);
}

function askOnHold(ports: CanaryPorts, entered: Entered, tick: JudgedTick, signal: AbortSignal): Promise<Question> {
  const { judgement, limits } = tick;
  const figures = figuresOf(ports, tick, { kind: 'hold', to_pct: PRODUCTION_PCT, seen: judgement.why });
  const { canary_max_windows: windows, canary_monitoring_duration_min: minutes } = limits;
  const text = `${judgement.why}. Approve makes it production, extend watches it for ${windows} more window(s) of ${minutes} min, reject takes it out`;
  return canaryQuestion(ports, entered, { code: 'canary_hold', text, figures }, signal);
}

async function askAtGate(
  ports: CanaryPorts,
  entered: Entered,
  tick: JudgedTick,
  signal: AbortSignal,
): Promise<Question> {
  const { judgement, sharePct } = tick;
  const toPct = judgement.next?.kind === 'gate' ? judgement.next.pct : PRODUCTION_PCT;
  const passed = (await entered.record.list()).findLast(
    ({ entry: { event, outcome } }) => event === 'canary_tick' && outcome === 'PASS',
  );
  const figures = figuresOf(ports, tick, {
    kind: 'gate',
    to_pct: toPct,
    seen: passed?.entry.rationale ?? judgement.why,
  });
  const gives = toPct === PRODUCTION_PCT ? 'makes it production' : `gives it ${toPct} %`;
  const text = `it passed at ${sharePct} % of traffic: ${figures.seen}. Approve ${gives}, reject takes it out`;
  return canaryQuestion(ports, entered, { code: 'canary_gate', text, figures }, signal);
}

function figuresOf(
  ports: CanaryPorts,
  { judgement, ticks, sharePct }: JudgedTick,
  what: Pick<CanaryFigures, 'kind' | 'to_pct' | 'seen'>,
): CanaryFigures {
  const { next } = judgement;
  const leftMs = (next?.kind === 'hold' || next?.kind === 'gate' ? next.expires_in_s : 0) * 1000;
  const until = new Date(Date.parse(ticks.at(-1)?.at ?? ports.now().toISOString()) + leftMs);
  return {
    ...what,
    share_pct: sharePct,
    missing: [...judgement.missing],
    numbers: { ...judgement.numbers },
    ticks: ticks.length,
    until: until.toISOString(),
  };
}
