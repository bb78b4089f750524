import { expect, test } from 'vitest';
import type { EntryDraft, RunFacts } from '../../../src/audit/audit-log.ts';
import { chainHash, GENESIS, type LogRow, leafHash } from '../../../src/audit/chain.ts';
import { verifyLog } from '../../../src/audit/verify.ts';
import { build, chainRows, makeRunFacts } from '../../support/record.ts';

const run = makeRunFacts();

async function* from(rows: readonly LogRow[]): AsyncGenerator<LogRow> {
  yield* rows;
}

/** The kinds of all problems found in rows, each with the place where it was found. */
async function check(rows: readonly LogRow[]): Promise<string[]> {
  const { ok, problems } = await verifyLog(from(rows));
  expect(ok).toBe(problems.length === 0);
  return problems.map(({ seq, kind }) => `${seq} ${kind}`);
}

type Step = Partial<EntryDraft> & { readonly run?: RunFacts };

function bodiesOf(steps: readonly Step[]): string[] {
  return steps.map(({ run: other, ...over }, index) => build(other ?? run, { n: index, ...over }).body);
}

async function checkSteps(...steps: Step[]): Promise<string[]> {
  return await check(chainRows(bodiesOf(steps)));
}

const ticks = bodiesOf([
  { event: 'canary_tick' },
  { event: 'canary_tick' },
  { event: 'canary_tick' },
  { event: 'canary_tick' },
]);

test('finds nothing wrong with a good log and names its head', async () => {
  const rows = chainRows(ticks);
  const result = await verifyLog(from(rows));
  expect(result).toEqual({
    ok: true,
    entries: 4,
    head: { seq: '3', chainHash: rows[3]?.chainHash },
    problems: [],
    notes: [],
    signed: null,
  });
});

test('an empty log is whole and has no head', async () => {
  expect(await verifyLog(from([]))).toEqual({
    ok: true,
    entries: 0,
    head: null,
    problems: [],
    notes: [],
    signed: null,
  });
});

test('finds a changed byte of a text', async () => {
  const rows = chainRows(ticks).map((row) =>
    row.seq === '1' ? { ...row, body: row.body.replace('ada', 'eve') } : row,
  );
  expect(await check(rows)).toEqual(['1 leaf_hash', '1 chain_hash']);
});

test('finds a changed byte even where its hashes were made anew', async () => {
  const rows = chainRows(ticks).map((row) => {
    if (row.seq !== '1') return row;
    const body = row.body.replace('ada', 'eve');
    const leaf = leafHash(body);
    return { ...row, body, leafHash: leaf, chainHash: chainHash(row.prevHash, leaf, row.seq, row.recordedAt) };
  });
  expect(await check(rows)).toEqual(['2 broken_link']);
});

test('finds a changed time of recording', async () => {
  const rows = chainRows(ticks).map((row) => (row.seq === '1' ? { ...row, recordedAt: new Date(0) } : row));
  expect(await check(rows)).toEqual(['1 chain_hash', '1 time_went_back']);
  const never = chainRows(ticks).map((row) => (row.seq === '3' ? { ...row, recordedAt: new Date(Number.NaN) } : row));
  expect(await check(never)).toEqual(['3 chain_hash']);
});

test('finds a removed entry in the middle and at the start', async () => {
  const rows = chainRows(ticks);
  expect(await check(rows.filter(({ seq }) => seq !== '1'))).toEqual(['2 gap', '2 broken_link']);
  expect(await check(rows.slice(1))).toEqual(['1 gap', '1 broken_link']);
});

test('finds a cut tail where the head is known from elsewhere', async () => {
  const rows = chainRows(ticks);
  const head = { seq: '3', chainHash: rows[3]?.chainHash ?? '' };
  expect((await verifyLog(from(rows), { heads: [head] })).ok).toBe(true);
  const cut = await verifyLog(from(rows.slice(0, 3)), { heads: [head] });
  expect(cut.problems).toEqual([
    { seq: '3', kind: 'head_missing', detail: 'the log ends at 2: entries up to 3 were cut off' },
  ]);
  const empty = await verifyLog(from([]), { heads: [head] });
  expect(empty.problems.map(({ kind }) => kind)).toEqual(['head_missing']);
});

test('finds a log that was written anew with good hashes', async () => {
  const head = { seq: '1', chainHash: chainRows(ticks)[1]?.chainHash ?? '' };
  const anew = chainRows(bodiesOf([{ event: 'canary_tick', outcome: 'other' }, { event: 'canary_tick' }]));
  const { problems } = await verifyLog(from(anew), { heads: [head] });
  expect(problems.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual(['1 head_differs']);
});

test('finds what is no entry, though its hashes are right', async () => {
  const [first = ''] = ticks;
  const spaced = first.replace('{', '{ ');
  const foreign = '{"a":1}';
  const forged = first.replace('"n":0', '"n":9');
  expect(await check(chainRows([spaced]))).toEqual(['0 not_canonical']);
  expect(await check(chainRows([foreign]))).toEqual(['0 not_an_entry']);
  expect(await check(chainRows([forged]))).toEqual(['0 entry_id']);
  expect(await check(chainRows([first, first]))).toEqual(['1 doubled_entry_id']);
});

test('finds an index column that says something else than the text', async () => {
  const [row] = chainRows(ticks);
  const columns = {
    entry_id: build(run, { event: 'canary_tick' }).entry.entry_id,
    pr_number: '42',
    event: 'canary_tick',
    trace_id: run.id,
  };
  if (row === undefined) throw new Error('no row');
  expect(await check([{ ...row, columns }])).toEqual([]);
  expect(await check([{ ...row, columns: { ...columns, pr_number: '7' } }])).toEqual(['0 column']);
});

test('an outcome needs an earlier intent of the same run, step and number', async () => {
  const intended = { event: 'promotion.intended', n: 1 } as const;
  expect(await checkSteps(intended, { event: 'promotion.completed', n: 1 })).toEqual([]);
  expect(await checkSteps(intended, { event: 'promotion.failed', n: 2 })).toEqual(['1 outcome_without_intent']);
  expect(await checkSteps(intended, { event: 'promotion.unknown', n: 1, step: 'other' })).toEqual([
    '1 outcome_without_intent',
  ]);
  expect(await checkSteps(intended, { event: 'promotion.completed', n: 1, run: makeRunFacts() })).toEqual([
    '1 outcome_without_intent',
  ]);
  expect(await checkSteps(intended, { event: 'promotion.completed', n: 1, stage: 'release' })).toEqual([
    '1 outcome_without_intent',
  ]);
  expect(await checkSteps(intended, { event: 'canary_stop.completed', n: 1 })).toEqual(['1 outcome_without_intent']);
});

test('an intent without an outcome is a note, not a problem', async () => {
  const { ok, notes } = await verifyLog(from(chainRows(bodiesOf([{ event: 'promotion.intended' }]))));
  expect(ok).toBe(true);
  expect(notes).toEqual([
    { seq: '0', kind: 'orphan', detail: 'promotion review/evaluate/0 was intended and has no outcome' },
  ]);
});

test('after the end of a run come only those entries that may', async () => {
  const end = { stage: 'release', event: 'run_finished', outcome: 'deployed' } as const;
  const late: Step[] = [
    { event: 'incident_report' },
    { event: 'decision_refused' },
    { event: 'merge_push.intended', n: 9 },
    { event: 'merge_push.completed', n: 9 },
  ];
  expect(await checkSteps(end, ...late)).toEqual([]);
  expect(await checkSteps(end, { event: 'canary_tick' })).toEqual(['1 entry_after_end']);
  expect(await checkSteps(end, { event: 'promotion.intended' })).toEqual(['1 entry_after_end']);
  // A replica that slept over the end still tells what came of what it had begun.
  expect(await checkSteps({ event: 'promotion.intended', n: 9 }, end, { event: 'promotion.completed', n: 9 })).toEqual(
    [],
  );
  expect(await checkSteps(end, { event: 'promotion.completed' })).toEqual(['1 outcome_without_intent']);
  expect(await checkSteps(end, end)).toEqual(['1 second_end']);
});

test('all entries of a run speak of one change, and are all dry or all real', async () => {
  const moved = { ...run, head_sha: makeRunFacts().head_sha };
  expect(await checkSteps({ event: 'canary_tick' }, { event: 'canary_tick', run: moved })).toEqual(['1 run_changed']);
  const dry = { ...run, dry_run: true };
  expect(await checkSteps({ event: 'canary_tick' }, { event: 'canary_tick', run: dry })).toEqual(['1 run_changed']);
});

const automated: Step = { event: 'review_evaluation', payload: { route: 'automated' } };
const human: Step = { event: 'review_evaluation', payload: { route: 'human' } };
const escalated: Step = { event: 'escalated' };
const approve: Step = { event: 'human_decision', outcome: 'approve' };
const reject: Step = { event: 'human_decision', outcome: 'reject' };
const pass: Step = { event: 'canary_verdict', outcome: 'PASS' };
const fail: Step = { event: 'canary_verdict', outcome: 'FAIL' };
const release: Step = { event: 'production_release', outcome: 'deployed' };

test.each([
  ['automated and passed', [automated, pass, release], []],
  ['approved and passed', [human, escalated, approve, pass, release], []],
  ['no verdict', [automated, release], ['1 release_without_pass']],
  ['a failed canary', [automated, fail, release], ['2 release_without_pass']],
  ['the verdict after the release', [automated, release, pass], ['1 release_without_pass']],
  ['no review', [pass, release], ['1 release_without_authorisation']],
  ['routed to a human, nobody asked', [human, pass, release], ['2 release_without_authorisation']],
  ['asked and not answered', [automated, escalated, pass, release], ['3 release_without_authorisation']],
  ['rejected', [automated, escalated, reject, pass, release], ['4 release_without_authorisation']],
  ['rejected, then approved', [human, escalated, reject, approve, pass, release], ['5 release_without_authorisation']],
])('a release: %s', async (_, steps, problems) => {
  expect(await checkSteps(...steps)).toEqual(problems);
});

test('a release in a dry run needs nothing: it only describes', async () => {
  const dry = makeRunFacts({ dry_run: true });
  expect(await checkSteps({ ...release, run: dry })).toEqual([]);
});

test('a cause stands before what it caused', async () => {
  const body = build(run, { event: 'canary_tick' }).body.replace('"causation_seq":null', '"causation_seq":"0"');
  expect(await check(chainRows([body]))).toEqual(['0 causation_not_earlier']);
});

test('the first row follows the genesis that the database starts from', () => {
  expect(GENESIS).toBe('c3a7dfc725e2d57da90498573671563acf8a6667aeb069302445e271eb0185f5');
});
