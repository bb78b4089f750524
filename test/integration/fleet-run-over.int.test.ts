import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RunOver } from '../../src/errors.ts';
import { RunId, type Sha } from '../../src/ids.ts';
import { askPeople } from '../../src/runs/escalate.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeReleaseHandler } from '../../src/workers/release.worker.ts';
import { askReview } from '../support/ask-review.ts';
import { ASKER } from '../support/asker.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { person } from '../support/fleet-flow.ts';
import { reviewQuestion } from '../support/review-question.ts';

// A replica that was stopped, or cut off, sleeps through the end of a run: its step goes on where it was when it wakes up.
let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});

const recordOf = (run: Run) => openRecord(bench.ground.audit, run, bench.config.policy_hash);

/** What another replica writes meanwhile. */
const writeEnd = (run: Run) =>
  recordOf(run).append({
    stage: 'release',
    step: 'finish',
    event: 'run_finished',
    rationale: 'a newer head was enqueued',
    outcome: 'superseded',
    payload: {},
  });
const closeRow = (run: Run) =>
  finishRun(bench.ground.db, {
    id: RunId.parse(run.id),
    outcome: 'superseded',
    reason: 'a newer head was enqueued',
    at: new Date(),
  });

function ask(run: Run, meanwhile: () => Promise<unknown>) {
  const question = async () => {
    await meanwhile();
    return reviewQuestion({ deadlineAt: inHours(1) });
  };
  return askPeople(bench.ground.db, recordOf(run), run, question, 'review', new Date(), ASKER);
}

const questionsOf = (run: Run) =>
  bench.ground.db
    .selectFrom('slipway.escalations')
    .select(['decided_at', 'decision'])
    .where('run_id', '=', run.id)
    .execute();

it('nobody is asked about a run that ended while its question was made', async () => {
  const run = await bench.enqueue();
  const asked = ask(run, async () => {
    await writeEnd(run);
    await closeRow(run);
  });
  await expect(asked).rejects.toThrow(RunOver);
  expect(await bench.eventsOf(run)).toEqual(['run_enqueued:queued', 'run_finished:superseded']);
  expect(await questionsOf(run)).toEqual([]);
});

it('a question that was shown in the moment of the end is taken back', async () => {
  const run = await bench.enqueue();
  await expect(ask(run, () => writeEnd(run))).rejects.toThrow(RunOver);
  expect(await bench.eventsOf(run)).toEqual(['run_enqueued:queued', 'run_finished:superseded']);
  expect(await questionsOf(run)).toMatchObject([{ decided_at: expect.any(Date), decision: 'withdrawn' }]);
});

it('a decision in the moment of the end is refused in words, and does not stand behind it', async () => {
  const run = await askReview(bench, inHours(1));
  await writeEnd(run);
  const request = { decision: 'approve' as const, reason: 'looked at it', head_sha: run.head_sha as Sha };
  expect(await bench.desk.decide(RunId.parse(run.id), request, person('mara'))).toMatchObject({
    kind: 'refused',
    why: 'not_waiting',
    detail: 'the run is over',
  });
  expect((await bench.eventsOf(run)).at(-1)).toBe('run_finished:superseded');
});

it('an order to stop or to go first in the moment of the end is told that there is nothing to stop or to move', async () => {
  const run = await bench.enqueue();
  await writeEnd(run);
  const id = RunId.parse(run.id);
  expect(await bench.desk.cancel(id, 'not needed', person('mara'))).toBe('already_finished');
  expect(await bench.desk.front(id, 'urgent', person('mara'))).toBe('already_finished');
  expect(await bench.eventsOf(run)).toEqual(['run_enqueued:queued', 'run_finished:superseded']);
});

it('a run whose end stands is closed by whoever comes next, also while its target cannot be reached', async () => {
  const run = await bench.enqueue();
  await writeEnd(run);
  const asked = () => {
    throw new Error('the target was asked');
  };
  const { ground, config } = bench;
  const release = makeReleaseHandler({
    ...ground,
    config,
    now: () => new Date(),
    delivery: asked,
    repository: {},
  } as never);
  const context = { signal: new AbortController().signal, upstream: 'first', attempt: 1, confirmOwner: async () => {} };
  const step = await release({ run_id: RunId.parse(run.id) } as never, context as never);
  expect(step).toMatchObject({ kind: 'done', result: { reason: 'superseded' } });
  expect(await bench.current(run)).toMatchObject({ status: 'finished', outcome: 'superseded' });
  expect(await bench.eventsOf(run)).toEqual(['run_enqueued:queued', 'run_finished:superseded']);
});

it('a newer head is enqueued although the older one ends by itself in that moment', async () => {
  const older = await bench.enqueue();
  await writeEnd(older);
  const newer = await bench.enqueue();
  expect(newer.status).toBe('queued');
  expect((await bench.eventsOf(older)).at(-1)).toBe('run_finished:superseded');
});
