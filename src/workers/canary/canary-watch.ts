import type { Recorded } from '../../audit/audit-log.ts';
import { crashPoint } from '../../crash-point.ts';
import { judgeCanary } from '../../delivery/judge/judge-canary.ts';
import type { CanaryJudgement } from '../../delivery/judge/judgement.ts';
import type { TickSample } from '../../delivery/judge/tick-sample.ts';
import { assertNever } from '../../errors.ts';
import { readGuards } from '../../guard/read-guards.ts';
import { watchLimitS } from '../../guard/watch-limit.ts';
import { isGated } from '../../policy/canary-path.ts';
import { countExtensions, readCanaryQuestions } from '../../runs/canary-questions.ts';
import { fenceOfEntry, type Hold } from '../../runs/hold.ts';
import { type OpenIntent, openIntents } from '../../runs/open-intents.ts';
import { unknownOutcome } from '../../runs/settle-intents.ts';
import { readStartLimits } from '../../runs/start-limits.ts';
import { WAITS } from '../../runs/wait-words.ts';
import { type DriftDecision, decideDrift, dueTick, msUntilTick, whyUnwatched } from '../canary.decide.ts';
import { setCanaryWeight } from '../delivery-effects.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import type { StageStep } from '../step.ts';
import { GATE_CLOSED } from './canary-end.ts';
import { findOpenGate, PRODUCTION_PCT } from './canary-gate.ts';
import { readCanaryPath } from './canary-path.ts';
import type { CanaryPorts } from './canary-ports.ts';
import { readHold, type SettledHold, settleHold, withdrawOpenQuestion } from './canary-question.ts';
import { nextStagePct, planShare, readIntendedShare, readLastTold, type ShareAct } from './canary-share.ts';
import type { UnderTraffic } from './canary-start.ts';
import { readTicks, recordTick, takeTick } from './canary-tick.ts';
import { findOwedTick } from './owed-tick.ts';

export interface Verdict {
  readonly kind: 'verdict';
  readonly entry: Recorded;
}

/** Takes the tick that is due, stores it, judges all stored ticks, and records a verdict once there is one. */
export async function watchCanary(
  ports: CanaryPorts,
  entered: Entered,
  traffic: UnderTraffic,
  signal: AbortSignal,
): Promise<StageStep | Verdict> {
  const { run, record, service } = entered;
  const existing = await record.find('canary', 'verdict', 'canary_verdict');
  if (existing) return { kind: 'verdict', entry: existing };
  if (run.dry_run) return { kind: 'verdict', entry: await recordDescribed(entered) };

  const limits = readStartLimits(traffic.started) ?? service.limits;
  const { canary_tick_s: tickSeconds, canary_traffic_initial_pct: initialPct } = limits;
  const holdS = watchLimitS(ports.config.fleet.canary_hold_s, tickSeconds);
  const entries = await record.list();
  const share = readIntendedShare(entries, initialPct);
  const path = await readCanaryPath(ports, entered);
  const taken = await readTicks(ports, run.id);
  const gatePct = findOpenGate({ entries, ticks: taken, share, path });
  const now = ports.now();
  const n = findOwedTick({ entries, ticks: taken, gatePct, now, holdS }) ?? dueTick(traffic.at, tickSeconds, now);
  const extension = countExtensions(readCanaryQuestions(entries));
  await takeTick(ports, entered, { n, intendedPct: share.pct, extension, gatePct, limits, hold: traffic.hold }, signal);
  crashPoint('canary:after-tick-row');
  const ticks = await readTicks(ports, run.id);
  const unwatched = whyUnwatched({ trafficAt: traffic.at, ticks, holdS });
  if (unwatched !== null) return endUnwatched(unwatched);
  const judgement = judgeCanary({ ticks, limits });
  const askedAt = traffic.hold.now();
  await recordTick(record, traffic.hold, n, judgement);
  crashPoint('canary:after-tick-entry');
  // Who was stopped here and wakes up asks nobody about a canary that is no longer its own.
  await traffic.hold.confirm(askedAt);
  const measured = ticks.at(-1)?.snapshot !== null;
  const about = { ticks, sharePct: share.pct, limits, hold: traffic.hold };
  // What this very tick raised is done to its end, and no more: its judgement was about the share before.
  if (share.raisedAt === n) {
    await finishBegun();
    return nextTick(n + 1);
  }
  const begun = await settleBegun();
  if (begun !== null) return begun;
  switch (judgement.verdict) {
    case 'INCONCLUSIVE':
    case 'CONTINUE': {
      const hold = await settleHold(ports, entered, { judgement, ...about }, signal);
      if (hold.kind === 'conclude') return conclude();
      if (hold.kind === 'roll_back') return conclude(hold.decision);
      const drift = await readDrift();
      if (drift.kind === 'end') return endUnwatched(drift.why);
      if (hold.kind === 'go_on' && drift.kind === 'none') {
        if (hold.toPct >= PRODUCTION_PCT) return conclude(hold.decision);
        await setShare({ pct: hold.toPct, n, step: 'step' });
        return nextTick(n + 1);
      }
      const act = planShare({ sharePct: share.pct, drift, tick: n, measured, next: judgement.next, path });
      if (act !== null) await setShare(act);
      return nextTick(n + 1);
    }
    case 'PASS': {
      const stage = nextStagePct(share.pct, path.steps) ?? PRODUCTION_PCT;
      const gated = isGated(path, share.pct, stage);
      if (stage === PRODUCTION_PCT && !gated) return conclude();
      const drift = await readDrift();
      if (drift.kind === 'end') return endUnwatched(drift.why);
      // It is passed once the share that it passed at is in force.
      if (drift.kind === 'give_back') {
        await setShare({ pct: share.pct, n, step: 'drift' });
        return nextTick(n + 1);
      }
      if (!gated) {
        await setShare({ pct: stage, n, step: 'step' });
        return nextTick(n + 1);
      }
      const gate = await askAtOnce(stage);
      if (gate.kind === 'roll_back') return conclude(gate.decision);
      if (gate.kind === 'go_on' && gate.toPct >= PRODUCTION_PCT) return conclude(gate.decision);
      if (gate.kind === 'go_on') await setShare({ pct: gate.toPct, n, step: 'step' });
      return nextTick(n + 1);
    }
    case 'FAIL':
      return conclude();
    default:
      return assertNever(judgement.verdict);
  }

  /**
   * It passed at a share before a gate: people are asked now, and the ticks to come know that it waits. Who answered before the
   * next of them comes back here.
   */
  function askAtOnce(pct: number): Promise<SettledHold> {
    const next = { kind: 'gate', pct, expires_in_s: limits.canary_gate_min * 60 } as const;
    const asks = { ...judgement, verdict: 'CONTINUE', next } as const;
    return settleHold(ports, entered, { judgement: asks, ...about }, signal);
  }

  /** By the judge; or, of a canary without proof or at a gate, by what was decided about it. */
  async function conclude(decision: Recorded | null = null): Promise<Verdict> {
    await giveUpBegun();
    await withdrawOpenQuestion(ports, entered, judgement.why, traffic.hold);
    // What waits at a gate has passed; what a person adds is the word that it may go on.
    const byPerson = gatePct !== null && decision?.entry.outcome === 'approve' ? 'PASS' : 'INCONCLUSIVE';
    const unanswered = gatePct !== null && byPerson !== 'PASS' && judgement.cause === null;
    const entry = await record.append({
      stage: 'canary',
      step: 'verdict',
      event: 'canary_verdict',
      rationale: decision === null ? judgement.why : describeDecision(decision, judgement),
      outcome: decision === null ? judgement.verdict : byPerson,
      payload: {
        artifact: run.artifact,
        cause: unanswered ? GATE_CLOSED : judgement.cause,
        ticks: ticks.length,
        missing: judgement.missing,
        numbers: judgement.numbers,
        ...fenceOfEntry(traffic.hold),
        ...(decision === null ? {} : { decision: decision.entry.outcome, decided_by: decision.receipt.seq }),
      },
      ...(decision === null ? {} : { causation: decision.receipt }),
    });
    return { kind: 'verdict', entry };
  }

  async function endUnwatched(why: string): Promise<Verdict> {
    await giveUpBegun();
    await withdrawOpenQuestion(ports, entered, why, traffic.hold);
    return { kind: 'verdict', entry: await recordUnwatched(entered, traffic.hold, why, ticks.length) };
  }

  async function readDrift(): Promise<DriftDecision> {
    const guards = await readGuards(ports.db, run.id);
    const intendedPct = (tick: TickSample) => tick.intended_pct ?? initialPct;
    const decision = decideDrift({
      ticks,
      intendedPct,
      toldAfter: readLastTold(entries),
      trafficAt: traffic.at,
      holdS,
      guards,
    });
    // Asked after the guards were: what one did before it was last heard of is on the record.
    if (decision.kind === 'none' || (await record.find('canary', 'guard', 'guard_zeroed')) === null) return decision;
    return { kind: 'end', why: 'a guard took the canary out of traffic' };
  }

  /**
   * Who raised the share or gave it back may have died over it: what came of that is on the record before anything else is decided
   * about the canary. Where this tick ends it, nothing is raised any more. Null once the tick may decide.
   */
  async function settleBegun(): Promise<StageStep | Verdict | null> {
    if (share.unfinished.length === 0 || (await isEnding())) return null;
    const drift = await readDrift();
    if (drift.kind === 'end') return endUnwatched(drift.why);
    if (!measured) return nextTick(n + 1);
    await finishBegun();
    // What the tick saw was another share than the one that is in force now.
    return drift.kind === 'none' ? null : nextTick(n + 1);
  }

  async function isEnding(): Promise<boolean> {
    if (judgement.verdict === 'PASS') return false;
    const hold = await readHold(ports, entered, { judgement, ...about });
    return hold.kind === 'conclude' || hold.kind === 'roll_back';
  }

  async function finishBegun(): Promise<void> {
    for (const act of share.unfinished) await setShare(act);
  }

  /** Of a canary that ends: as far as the record does not say by now what came of it. */
  async function giveUpBegun(): Promise<void> {
    const open = openIntents(await record.list()).filter(({ name }) => name === 'canary_weight');
    const payloadOf = ({ intent }: OpenIntent) => ({ pct: intent.entry.payload['pct'], ...fenceOfEntry(traffic.hold) });
    if (open.length > 0)
      await record.appendAll(open.map((intent) => unknownOutcome(intent, GIVEN_UP, payloadOf(intent))));
  }

  /** Intent, act, read back, outcome. */
  async function setShare({ pct, n: at, step }: ShareAct): Promise<void> {
    const scope = { target: ports.delivery(run).target, record, run, hold: traffic.hold, signal };
    await setCanaryWeight(scope, pct, at, 'canary', step);
  }

  function nextTick(next: number): Promise<StageStep> {
    const ms = msUntilTick(traffic.at, tickSeconds, next, ports.now());
    return waiting(ports, run, { kind: 'delay', ms, why: WAITS.tick });
  }
}

const GIVEN_UP = 'its replica died over it, and the canary ends: it is not done any more';

function describeDecision({ entry }: Recorded, judgement: CanaryJudgement): string {
  const what = { approve: 'to promote it', reject: 'to take it back' }[entry.outcome];
  const who = entry.actor.kind === 'human' && what !== undefined ? `${entry.actor.id} decided ${what}: ` : '';
  return `${who}${entry.rationale}; ${judgement.why}`.slice(0, 2000);
}

function recordUnwatched({ record, run }: Entered, hold: Hold, why: string, ticks: number): Promise<Recorded> {
  return record.append({
    stage: 'canary',
    step: 'verdict',
    event: 'canary_verdict',
    rationale: why,
    outcome: 'INCONCLUSIVE',
    payload: { artifact: run.artifact, cause: 'unwatched', ticks, ...fenceOfEntry(hold) },
  });
}

function recordDescribed({ record, run }: Entered): Promise<Recorded> {
  return record.append({
    stage: 'canary',
    step: 'verdict',
    event: 'canary_verdict',
    rationale: 'dry run: no traffic was given, so nothing was watched',
    outcome: 'PASS',
    payload: { artifact: run.artifact, cause: null, described: true },
  });
}
