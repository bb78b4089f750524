import type { Evidence, SeenEntry } from './evidence.ts';
import { FIRST_VERSION, type LedgerLine } from './ledger.ts';

/**
 * `I1`–`I6` of the fault matrix; `end`: one right outcome and nothing left; `paid`: no stored answer is paid twice;
 * `campaign`: it could not do what its schedule says, so the rest proves less than it seems to.
 */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'end' | 'paid' | 'campaign';
  /** Null where it is about no single run. */
  readonly runId: string | null;
  readonly what: string;
}

export function findViolations(evidence: Evidence): Violation[] {
  return [
    ...effectsWithoutIntent(evidence),
    ...effectsDoneTwice(evidence),
    ...raisedAfterZero(evidence),
    ...intentsWithoutOutcome(evidence),
    ...problemsOfTheRecord(evidence),
    ...lostAcknowledgements(evidence),
    ...unapprovedProduction(evidence),
    ...wrongEnds(evidence),
    ...answersPaidTwice(evidence),
  ];
}

/** Taking a release back has intents of its own, and needs no staging. */
const ROLLBACK_INTENTS: Record<LedgerLine['verb'], string> = {
  deploy: 'rollback_deploy.intended',
  promote: 'rollback_promotion.intended',
  retire: 'rollback_stop.intended',
  weight: 'none',
};

const INTENTS: Record<LedgerLine['verb'], (environment: LedgerLine['environment'] | 'base') => string> = {
  deploy: (environment) => `${environment}_deploy.intended`,
  weight: () => 'canary_weight.intended',
  promote: () => 'promotion.intended',
  retire: (environment) => (environment === 'canary' ? 'canary_stop.intended' : `${environment}_teardown.intended`),
};

const isGuards = (line: LedgerLine) => line.effect.includes('~weight-guard~') && line.subject === '0';
/** What stands beside staging is under its lease, and named in the effect only. */
const placeOf = (line: LedgerLine) => (line.effect.split('~')[1] === 'base' ? 'base' : line.environment);
const runOf = (effect: string) => effect.split('~')[0] ?? '';
const done = ({ ledger }: Evidence) => ledger.filter((line) => line.result === 'done');
const at = (violation: Violation['invariant'], runId: string | null, what: string): Violation => ({
  invariant: violation,
  runId,
  what,
});

/** I1: the receipt that came with each effect is that of its own intent, committed before. */
function effectsWithoutIntent(evidence: Evidence): Violation[] {
  const bySeq = new Map(evidence.entries.map((seen) => [seen.seq, seen]));
  return done(evidence).flatMap((line) => {
    const runId = runOf(line.effect);
    const named = `${line.verb} ${line.effect} at ${line.at}`;
    const intent = bySeq.get(line.receipt_seq);
    if (intent === undefined) return [at('I1', runId, `${named}: no entry ${line.receipt_seq}`)];
    const { event, trace_id, payload } = intent.entry;
    // The one act that needs no intent of its own: it is authorised when the canary starts, for when nothing can be recorded.
    const isGuard = isGuards(line) && event === 'canary_started' && trace_id === runId;
    const isRollback = evidence.rollbacks.some(({ id }) => id === runId);
    const due = isRollback ? ROLLBACK_INTENTS[line.verb] : INTENTS[line.verb](placeOf(line));
    if (!isGuard && (event !== due || trace_id !== runId))
      return [at('I1', runId, `${named}: entry ${line.receipt_seq} is ${event} of ${trace_id}`)];
    const claimed = payload['effect_id'];
    if (claimed !== undefined && claimed !== line.effect)
      return [at('I1', runId, `${named}: the intent speaks of ${JSON.stringify(claimed)}`)];
    if (intent.recordedAt.getTime() > Date.parse(line.at))
      return [at('I1', runId, `${named}: recorded only afterwards`)];
    return [];
  });
}

const ENDS: ReadonlySet<string> = new Set(['run_finished', 'production_rollback', 'rollback_failed']);

/** I2: what was taken to zero, by its run or by the guard, gets no traffic again and is not made production. */
function raisedAfterZero(evidence: Evidence): Violation[] {
  const zeroed = new Map<string, string>();
  return done(evidence).flatMap((line) => {
    const runId = runOf(line.effect);
    const before = zeroed.get(runId);
    if (line.verb === 'weight' && line.subject === '0') zeroed.set(runId, line.at);
    const gives = (line.verb === 'weight' && line.subject !== '0') || line.verb === 'promote';
    return gives && before !== undefined
      ? [at('I2', runId, `${line.verb} ${line.effect} at ${line.at}: was taken to zero at ${before}`)]
      : [];
  });
}

/** I2: one effect, once; one promotion a run; never under a fence older than one seen; nothing after the run's end. */
function effectsDoneTwice(evidence: Evidence): Violation[] {
  const ends = new Map(
    evidence.entries.filter(({ entry }) => ENDS.has(entry.event)).map((seen) => [seen.entry.trace_id, seen]),
  );
  const seen = new Set<string>();
  const fences = new Map<string, bigint>();
  const violations: Violation[] = [];
  for (const line of done(evidence)) {
    const runId = runOf(line.effect);
    const named = `${line.verb} ${line.effect} at ${line.at}`;
    const keys = [line.effect, ...(line.verb === 'promote' ? [`promotion of ${runId}`] : [])];
    for (const key of keys) {
      if (seen.has(key)) violations.push(at('I2', runId, `${named}: done before`));
      seen.add(key);
    }
    const place = `${line.environment}:${line.service}`;
    const fence = BigInt(line.fence);
    if (fence < (fences.get(place) ?? 0n)) violations.push(at('I2', runId, `${named}: fence ${fence} is an old one`));
    fences.set(place, fence);
    const end = ends.get(runId);
    if (end !== undefined && !isGuards(line) && Date.parse(line.at) > end.recordedAt.getTime())
      violations.push(at('I2', runId, `${named}: the run had ended at ${end.recordedAt.toISOString()}`));
  }
  return violations;
}

/** I3 */
function intentsWithoutOutcome({ entries }: Evidence): Violation[] {
  const keyOf = ({ entry }: SeenEntry, name: string) => [entry.trace_id, entry.stage, entry.step, name, entry.n].join();
  const ended = new Set(
    entries.flatMap((seen) => {
      const [name = '', phase = ''] = seen.entry.event.split('.');
      return ['completed', 'failed', 'unknown'].includes(phase) ? [keyOf(seen, name)] : [];
    }),
  );
  return entries.flatMap((seen) => {
    const [name = '', phase] = seen.entry.event.split('.');
    if (phase !== 'intended' || ended.has(keyOf(seen, name))) return [];
    return [at('I3', seen.entry.trace_id, `${name} (n ${seen.entry.n}) of ${seen.entry.stage} has no outcome`)];
  });
}

/** I4 */
function problemsOfTheRecord({ verified, entries }: Evidence): Violation[] {
  const runs = new Map(entries.map(({ seq, entry }) => [seq, entry.trace_id]));
  const problems = verified.problems.map((problem) =>
    at('I4', runs.get('seq' in problem ? String(problem.seq) : '') ?? null, JSON.stringify(problem)),
  );
  return verified.ok || problems.length > 0 ? problems : [at('I4', null, 'audit verify fails')];
}

/** I5: what a process shipped, what the server accepted and what a person was told is still there. */
function lostAcknowledgements({ acknowledged, entries, runs }: Evidence): Violation[] {
  const hashes = new Map(entries.map((seen) => [seen.seq, seen.chainHash]));
  const known = new Set(runs.map(({ id }) => id));
  return [
    ...acknowledged.entries
      .filter(({ seq, chainHash }) => hashes.get(seq) !== chainHash)
      .map(({ seq }) => at('I5', null, `entry ${seq} was shipped and is not there, or is another one`)),
    ...acknowledged.runs
      .filter((id) => !known.has(id))
      .map((id) => at('I5', id, 'the run was accepted and is not there')),
    ...acknowledged.decisions
      .filter(
        ({ runId, decision }) =>
          !entries.some(
            ({ entry }) => entry.trace_id === runId && entry.event === 'human_decision' && entry.outcome === decision,
          ),
      )
      .map(({ runId, decision }) => at('I5', runId, `the decision ${decision} was accepted and is not there`)),
  ];
}

/** I6: production runs what it ran, or what a recorded PASS let through; nothing else is left in the world. */
function unapprovedProduction(evidence: Evidence): Violation[] {
  const { entries, targets, runs } = evidence;
  const promotions = done(evidence).filter(({ verb }) => verb === 'promote');
  const violations = promotions.flatMap((line, index) => {
    const runId = runOf(line.effect);
    const rollback = evidence.rollbacks.find(({ id }) => id === runId);
    if (rollback !== undefined) return wrongRollback(evidence, rollback, line, promotions.slice(0, index));
    const passed = entries.some(
      (verdict) =>
        verdict.entry.trace_id === runId &&
        verdict.entry.event === 'canary_verdict' &&
        (verdict.entry.outcome === 'PASS' || isLetThrough(verdict, entries)) &&
        verdict.entry.payload['artifact'] === line.subject &&
        verdict.recordedAt.getTime() <= Date.parse(line.at),
    );
    const run = runs.find(({ id }) => id === runId);
    return [
      ...(passed ? [] : [at('I6', runId, `${line.subject} was promoted without a recorded PASS or a person’s word`)]),
      ...(run?.outcome === 'deployed' ? [] : [at('I6', runId, `was promoted and ended ${run?.outcome}`)]),
    ];
  });
  for (const run of runs)
    if (run.outcome === 'deployed' && !promotions.some(({ effect }) => runOf(effect) === run.id))
      violations.push(at('I6', run.id, 'is called deployed and was never promoted'));
  for (const [service, state] of targets) {
    const promotion = promotions.filter((line) => line.service === service).at(-1);
    const runId = promotion === undefined ? null : runOf(promotion.effect);
    const last = promotion?.subject ?? FIRST_VERSION;
    if (state.production !== last) violations.push(at('I6', runId, `${service} runs ${state.production}, not ${last}`));
    const { canary, staging, base, canaryPct } = state;
    if (canary !== null || staging !== null || base !== null || canaryPct !== 0)
      violations.push(at('I6', runId, `${service} still has ${JSON.stringify({ canary, staging, base, canaryPct })}`));
  }
  return violations;
}

/** A canary on hold: neither proved nor suspected, and a person who is named said so. */
function isLetThrough({ entry }: SeenEntry, entries: readonly SeenEntry[]): boolean {
  const decision = entries.find(({ seq }) => seq === entry.payload['decided_by'])?.entry;
  return (
    entry.outcome === 'INCONCLUSIVE' &&
    entry.payload['cause'] === null &&
    decision?.event === 'human_decision' &&
    decision.outcome === 'approve' &&
    decision.stage === 'canary' &&
    decision.trace_id === entry.trace_id &&
    decision.actor.kind === 'human'
  );
}

/** What a person ordered back is what ran before the release, and the order stood first. */
function wrongRollback(
  { entries }: Evidence,
  { id, run_id, status }: Evidence['rollbacks'][number],
  line: LedgerLine,
  before: readonly LedgerLine[],
): Violation[] {
  const ordered = entries.some(
    ({ entry, recordedAt }) =>
      entry.trace_id === id && entry.event === 'rollback_ordered' && recordedAt.getTime() <= Date.parse(line.at),
  );
  const own = before.filter(({ service }) => service === line.service);
  const release = own.findLastIndex(({ effect }) => runOf(effect) === run_id);
  const previous = own[release - 1]?.subject ?? FIRST_VERSION;
  return [
    ...(ordered ? [] : [at('I6', id, `${line.subject} was put back and nobody had ordered it`)]),
    ...(release >= 0 && previous === line.subject
      ? []
      : [at('I6', id, `${line.subject} was put back, and ${previous} ran before ${run_id}`)]),
    ...(status === 'done' ? [] : [at('I6', id, `was put back and is called ${status}`)]),
  ];
}

function wrongEnds({ runs, rollbacks, entries, left }: Evidence): Violation[] {
  const violations = runs.flatMap((run) => {
    const ends = entries.filter(({ entry }) => entry.trace_id === run.id && entry.event === 'run_finished');
    if (run.status !== 'finished') return [at('end', run.id, `is still ${run.status}`)];
    if (ends.length !== 1) return [at('end', run.id, `ended ${ends.length} times on the record`)];
    const outcome = ends[0]?.entry.outcome;
    return outcome === run.outcome ? [] : [at('end', run.id, `ended ${outcome} and is called ${run.outcome}`)];
  });
  for (const { id, status } of rollbacks) {
    const ends = entries.filter(({ entry }) => entry.trace_id === id && ENDS.has(entry.event));
    const is = { done: 'production_rollback', failed: 'rollback_failed', ordered: 'none' }[status];
    if (ends.length !== 1 || ends[0]?.entry.event !== is)
      violations.push(
        at(
          'end',
          id,
          `the rollback is called ${status} and ended ${ends.map(({ entry }) => entry.event).join() || 'never'}`,
        ),
      );
  }
  return [...violations, ...left.map(({ runId, what }) => at('end', runId, `${what} is left`))];
}

/** Answers only: an error costs nothing, and of a cut reply nobody knew. */
function answersPaidTwice({ calls, modelRequests }: Evidence): Violation[] {
  const byContent = new Map(calls.map((call) => [call.content, call]));
  return modelRequests.flatMap((request) => {
    const call = byContent.get(request.content);
    if (call === undefined || call.doneAt === null || request.at <= call.doneAt.getTime()) return [];
    const late = `asked again ${request.at - call.doneAt.getTime()} ms after its result was stored`;
    return [at('paid', call.runId, `${call.id} was ${late}`)];
  });
}
