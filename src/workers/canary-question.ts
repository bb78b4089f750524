import type { CanaryJudgement } from '../delivery/judge/judgement.ts';
import type { TickSample } from '../delivery/judge/tick-sample.ts';
import { countExtensions, readCanaryQuestions } from '../runs/canary-questions.ts';
import type { CanaryFigures } from '../runs/context-package.ts';
import { openQuestion, type Question } from '../runs/escalate.ts';
import { expireQuestion, withdrawQuestion } from '../runs/expire-question.ts';
import type { CanaryPorts } from './canary.worker.ts';
import { decideHold, type HoldDecision } from './canary-question.decide.ts';
import { canaryQuestion } from './canary-question-package.ts';
import type { Entered } from './enter-stage.ts';

export interface JudgedTick {
  readonly judgement: CanaryJudgement;
  /** In order, the one that was judged last. */
  readonly ticks: readonly TickSample[];
  /** The share it keeps, percent. */
  readonly sharePct: number;
}

/** What the hold of a canary comes to, after people were asked or their time was ended where that was due. */
export async function settleHold(
  ports: CanaryPorts,
  entered: Entered,
  tick: JudgedTick,
  signal: AbortSignal,
): Promise<Exclude<HoldDecision, { kind: 'ask' | 'expire' }>> {
  const { run, record } = entered;
  const questions = readCanaryQuestions(await record.list());
  const decision = decideHold({
    judgement: tick.judgement,
    question: questions.at(-1) ?? null,
    extensions: { asked: countExtensions(questions), inForce: tick.ticks.at(-1)?.extension ?? 0 },
    now: ports.now(),
  });
  if (decision.kind === 'ask') {
    await openQuestion(ports.db, record, run, () => ask(ports, entered, tick, signal), 'canary', decision.n);
    return { kind: 'watch' };
  }
  if (decision.kind !== 'expire') return decision;
  // A person may have been first: what stands is what counts.
  const stands = await expireQuestion(ports.db, ports.audit, run, 'canary', decision.n);
  if (stands.entry.outcome === 'extend') return { kind: 'watch' };
  return { kind: stands.entry.outcome === 'approve' ? 'promote' : 'roll_back', decision: stands };
}

/** Before a canary is ended: nobody is to decide any more about what is being taken away. */
export async function withdrawOpenQuestion(
  ports: Pick<CanaryPorts, 'db'>,
  { run, record }: Pick<Entered, 'run' | 'record'>,
  why: string,
): Promise<void> {
  const open = readCanaryQuestions(await record.list()).find(({ decision }) => decision === null);
  if (open !== undefined) await withdrawQuestion(ports.db, record, run, open.n, why);
}

function ask(
  ports: CanaryPorts,
  entered: Entered,
  { judgement, ticks, sharePct }: JudgedTick,
  signal: AbortSignal,
): Promise<Question> {
  const leftMs = (judgement.next?.kind === 'hold' ? judgement.next.expires_in_s : 0) * 1000;
  const until = new Date(Date.parse(ticks.at(-1)?.at ?? ports.now().toISOString()) + leftMs);
  const figures: CanaryFigures = {
    kind: 'hold',
    share_pct: sharePct,
    to_pct: 100,
    seen: judgement.why,
    missing: [...judgement.missing],
    numbers: { ...judgement.numbers },
    ticks: ticks.length,
    until: until.toISOString(),
  };
  const { canary_max_windows: windows, canary_monitoring_duration_min: minutes } = entered.service.limits;
  const text = `${judgement.why}. Approve makes it production, extend watches it for ${windows} more window(s) of ${minutes} min, reject takes it out`;
  return canaryQuestion(ports, entered, { code: 'canary_hold', text, figures }, signal);
}
