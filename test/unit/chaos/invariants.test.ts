import { expect, it } from 'vitest';
import type { Entry } from '../../../src/audit/entry.ts';
import type { Evidence } from '../../chaos/evidence.ts';
import { findViolations } from '../../chaos/invariants.ts';
import { FIRST_VERSION, LedgerLine } from '../../chaos/ledger.ts';
import { recorded } from '../../support/entries.ts';

const RUN = 'a'.repeat(32);
const NEW = 'b'.repeat(64);
const at = (second: number) => new Date(Date.UTC(2026, 10, 27, 3, 0, second));

function entry(seq: number, of: Partial<Entry> & Pick<Entry, 'event'>) {
  const { entry: made } = recorded(seq, { trace_id: RUN, stage: 'canary', ...of });
  return { seq: String(seq), chainHash: `hash-${seq}`, recordedAt: at(seq), entry: made };
}

function line(second: number, of: Partial<LedgerLine> = {}): LedgerLine {
  return LedgerLine.parse({
    at: at(second).toISOString(),
    service: 'svc-1',
    verb: 'promote',
    environment: 'canary',
    effect: `${RUN}~canary~promote~0`,
    fence: '3',
    receipt_seq: '3',
    subject: NEW,
    result: 'done',
    answer_lost: false,
    ...of,
  });
}

/** One run that was promoted as it should be. */
function good(): Evidence {
  return {
    runs: [{ id: RUN, service: 'svc-1', status: 'finished', outcome: 'deployed', artifact: NEW, pr_number: 1 }],
    entries: [
      entry(1, { event: 'run_enqueued', outcome: 'queued' }),
      entry(2, { event: 'canary_verdict', outcome: 'PASS', payload: { artifact: NEW } }),
      entry(3, { stage: 'canary', step: 'promote', event: 'promotion.intended', outcome: 'intended' }),
      entry(6, { stage: 'canary', step: 'promote', event: 'promotion.completed', outcome: 'completed' }),
      entry(9, { event: 'run_finished', outcome: 'deployed' }),
    ],
    verified: { ok: true, problems: [] },
    ledger: [line(4)],
    targets: new Map([['svc-1', { production: NEW, canary: null, staging: null, base: null, canaryPct: 0 }]]),
    calls: [{ id: `${RUN}~review~review~0`, runId: RUN, content: 'asked', doneAt: at(2) }],
    modelRequests: [{ at: at(1).getTime(), content: 'asked', reply: 'answer' }],
    acknowledged: { runs: [RUN], decisions: [], entries: [{ seq: '3', chainHash: 'hash-3' }] },
    rollbacks: [],
    points: [],
    left: [],
  };
}

const found = (change: Partial<Evidence>) =>
  findViolations({ ...good(), ...change }).map(({ invariant, what }) => `${invariant}: ${what}`);
const without = (event: string) => good().entries.filter((seen) => seen.entry.event !== event);

it('finds nothing where nothing is wrong', () => {
  expect(findViolations(good())).toEqual([]);
});

it('I1: an effect whose receipt is no entry, another entry, or one that came later', () => {
  expect(found({ ledger: [line(4, { receipt_seq: '77' })] })[0]).toMatch(/^I1: promote .*: no entry 77$/);
  expect(found({ ledger: [line(4, { receipt_seq: '2' })] })[0]).toMatch(/^I1: .*entry 2 is canary_verdict/);
  expect(found({ ledger: [line(2)] })).toContainEqual(expect.stringMatching(/^I1: .*recorded only afterwards$/));
});

it('I1: the guard may take a canary to zero on canary_started, and nobody else may do anything on it', () => {
  const started = entry(3, { event: 'canary_started', outcome: 'started' });
  const entries = good().entries.map((seen) => (seen.seq === '3' ? started : seen));
  const guard = { verb: 'weight', effect: `${RUN}~canary~weight-guard~0`, subject: '0' } as const;
  const about = (ledger: LedgerLine[]) => found({ entries, ledger }).filter((text) => text.startsWith('I1'));
  expect(about([line(4, guard)])).toEqual([]);
  expect(about([line(4, { ...guard, subject: '5' })])).toHaveLength(1);
  expect(about([line(4)])).toHaveLength(1);
});

it('I2: one effect twice, two promotions, an old fence, and an effect after the end', () => {
  expect(found({ ledger: [line(4), line(5)] })).toContainEqual(expect.stringMatching(/^I2: .*done before$/));
  const second = line(5, { effect: `${RUN}~canary~promote~1` });
  expect(found({ ledger: [line(4), second] })).toContainEqual(expect.stringMatching(/^I2: .*done before$/));
  const older = line(5, { effect: `${RUN}~canary~weight~0`, verb: 'weight', fence: '2' });
  expect(found({ ledger: [line(4), older] })).toContainEqual(expect.stringMatching(/^I2: .*fence 2 is an old one$/));
  expect(found({ ledger: [line(11)] })).toContainEqual(expect.stringMatching(/^I2: .*the run had ended/));
});

it('I2: what the target answered from memory or refused is no effect', () => {
  expect(found({ ledger: [line(4), line(5, { result: 'repeated' }), line(5, { result: 'STALE_FENCE' })] })).toEqual([]);
});

it('I3: an intent without an outcome', () => {
  expect(found({ entries: without('promotion.completed') })).toEqual(['I3: promotion (n 0) of canary has no outcome']);
});

it('I4: a record that does not verify', () => {
  expect(found({ verified: { ok: false, problems: [] } })).toEqual(['I4: audit verify fails']);
});

it('I5: a shipped entry, an accepted run or a decision that is gone', () => {
  const { acknowledged } = good();
  expect(
    found({
      acknowledged: {
        runs: [RUN, 'c'.repeat(32)],
        decisions: [{ runId: RUN, decision: 'approve' }],
        entries: [...acknowledged.entries, { seq: '2', chainHash: 'another' }],
      },
    }).map((text) => text.slice(0, 15)),
  ).toEqual(['I5: entry 2 was', 'I5: the run was', 'I5: the decisio']);
});

it('I6: a promotion without PASS, a wrong outcome, another production, and what was left in the world', () => {
  expect(found({ entries: without('canary_verdict') })).toContainEqual(
    expect.stringMatching(/^I6: .*without a recorded PASS/),
  );
  const runs = good().runs.map((run) => ({ ...run, outcome: 'cancelled' }));
  expect(found({ runs })).toContainEqual('I6: was promoted and ended cancelled');
  expect(found({ ledger: [] })).toContainEqual('I6: is called deployed and was never promoted');
  const targetOf = (production: string, canaryPct: number) =>
    new Map([['svc-1', { production, canary: null, staging: null, base: null, canaryPct }]]);
  expect(found({ targets: targetOf(FIRST_VERSION, 0) })).toEqual([`I6: svc-1 runs ${FIRST_VERSION}, not ${NEW}`]);
  expect(found({ targets: targetOf(NEW, 5) })[0]).toMatch(/^I6: svc-1 still has .*"canaryPct":5/);
});

it('end: a run without an end, with two, or called otherwise than it ended; and what nobody needs any more', () => {
  const runs = good().runs.map((run) => ({ ...run, status: 'waiting' as const }));
  expect(found({ runs })).toEqual(['end: is still waiting']);
  expect(found({ entries: without('run_finished') })).toEqual(['end: ended 0 times on the record']);
  expect(found({ left: [{ runId: RUN, what: 'lease canary:svc-1' }] })).toEqual(['end: lease canary:svc-1 is left']);
});

it('paid: a request after its result was stored', () => {
  const request = { at: at(3).getTime(), content: 'asked', reply: 'answer' };
  expect(found({ modelRequests: [request] })).toEqual([
    `paid: ${RUN}~review~review~0 was asked again 1000 ms after its result was stored`,
  ]);
});

it('I2: what was taken to zero gets no traffic again', () => {
  const weight = (second: number, subject: string) =>
    line(second, { verb: 'weight', subject, effect: `${RUN}~canary~weight-canary~${second}` });
  const about = (ledger: LedgerLine[]) => found({ ledger }).filter((text) => text.includes('was taken to zero'));
  expect(about([weight(1, '25'), weight(2, '50'), weight(3, '0')])).toEqual([]);
  expect(about([weight(1, '25'), weight(2, '0'), weight(3, '25')])).toHaveLength(1);
  expect(about([weight(1, '25'), weight(2, '0'), line(4)])).toHaveLength(1);
});

it('I6: a person may let a canary on hold go on, and is named by the verdict', () => {
  const decision = entry(5, { event: 'human_decision', outcome: 'approve', actor: { kind: 'human', id: 'mara' } });
  const verdict = entry(2, {
    event: 'canary_verdict',
    outcome: 'INCONCLUSIVE',
    payload: { artifact: NEW, cause: null, decided_by: '5' },
  });
  const others = without('canary_verdict');
  expect(found({ entries: [...others, decision, verdict] })).toEqual([]);
  expect(found({ entries: [...others, verdict] })).toContainEqual(
    expect.stringMatching(/^I6: .*without a recorded PASS/),
  );
  const machine = entry(5, { event: 'human_decision', outcome: 'approve' });
  expect(found({ entries: [...others, machine, verdict] })).toHaveLength(1);
});

it('I6: what is put back was ordered, ran before that release, and its rollback is done', () => {
  const BACK = 'd'.repeat(32);
  const ordered = entry(11, { trace_id: BACK, stage: 'operator', event: 'rollback_ordered' });
  const intent = entry(12, { trace_id: BACK, event: 'rollback_promotion.intended' });
  const completed = entry(14, { trace_id: BACK, event: 'rollback_promotion.completed' });
  const over = entry(15, { trace_id: BACK, event: 'production_rollback' });
  const back = line(13, { effect: `${BACK}~canary~promote~0`, receipt_seq: '12', subject: FIRST_VERSION });
  const all = [...good().entries, ordered, intent, completed, over];
  const change = {
    entries: all,
    ledger: [line(4), back],
    rollbacks: [{ id: BACK, run_id: RUN, service: 'svc-1', status: 'done' as const }],
    targets: new Map([['svc-1', { production: FIRST_VERSION, canary: null, staging: null, base: null, canaryPct: 0 }]]),
  };
  expect(found(change)).toEqual([]);
  const unordered = all.filter((seen) => seen !== ordered);
  expect(found({ ...change, entries: unordered })).toContainEqual(expect.stringMatching(/nobody had ordered it/));
  const other = { ...back, subject: 'e'.repeat(64) };
  expect(found({ ...change, ledger: [line(4), other] })).toContainEqual(expect.stringMatching(/ran before/));
  const failed = [{ ...change.rollbacks[0], status: 'failed' as const }] as Evidence['rollbacks'];
  expect(found({ ...change, rollbacks: failed })).toContainEqual(expect.stringMatching(/is called failed/));
});
