import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { planReleaseFlow } from '../../src/flows/release-flow.ts';
import { toFlowJob } from '../../src/flows/to-flow-job.ts';
import { digestOf, RunId, type Sha } from '../../src/ids.ts';
import { isLive } from '../../src/runs/enqueue.decide.ts';
import { startRun } from '../../src/runs/enqueue-run.ts';
import { openRecord } from '../../src/runs/record.ts';
import { EnqueueRequest } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { makeSha } from '../support/record.ts';

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});

describe('enqueue', () => {
  it('a hundred times at once is one run, one flow and one entry', async () => {
    const wanted = bench.request();
    const results = await Promise.all(Array.from({ length: 100 }, () => bench.desk.enqueue(wanted, CI)));
    const ids = new Set(results.map((result) => (result.kind === 'older_head' ? 'older' : result.run.id)));
    expect(ids.size).toBe(1);
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'exists')).toHaveLength(99);
    const [id = ''] = ids;
    expect(await bench.eventsOf({ id })).toEqual(['run_enqueued:queued']);
    expect(await bench.desk.list({ pr_number: bench.pr, limit: 50 })).toHaveLength(1);
    expect(await (await bench.flowOf({ id }))?.getState()).toBe('waiting-children');
    const reviews = await bench.ground.queues.byName.review.getJobs(['waiting', 'active', 'delayed', 'completed']);
    expect(reviews.filter((job) => job.id?.startsWith(id))).toHaveLength(1);
  });

  it('again starts another run of a head only when its run is finished', async () => {
    const wanted = bench.request();
    const first = await bench.desk.enqueue(wanted, CI);
    expect(first.kind).toBe('created');
    if (first.kind === 'older_head') return;
    expect(await bench.desk.enqueue({ ...wanted, again: true }, CI)).toMatchObject({
      kind: 'exists',
      run: { id: first.run.id },
    });
    await bench.finish(first.run);
    expect(await bench.desk.enqueue(wanted, CI)).toMatchObject({ kind: 'exists', run: { id: first.run.id } });
    const second = await Promise.all([1, 2, 3].map(() => bench.desk.enqueue({ ...wanted, again: true }, CI)));
    expect(second.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(second.every((result) => result.kind !== 'older_head' && result.run.attempt === 2)).toBe(true);
  });

  it.each([
    [{ repo: 'acme/unknown' }, 'repo', 'no service is built from acme/unknown'],
    [{ repo: 'acme/shop', service: 'cart' }, 'service', 'acme/shop has no service cart'],
    [{ repo: 'acme/mono' }, 'service', 'acme/mono holds several services'],
  ])('of %j names the field and leaves nothing behind', async (over, field, problem) => {
    const refused = await bench.desk.enqueue(bench.request(over), CI).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect(refused).toMatchObject({ status: 422, problems: [{ field, problem, fix: expect.any(String) }] });
    expect(await bench.desk.list({ pr_number: bench.pr, limit: 50 })).toEqual([]);
  });

  it('of a dry run is no answer for the real one, and ends no real run', async () => {
    const wanted = bench.request();
    const dry = await bench.desk.enqueue({ ...wanted, dry_run: true }, CI);
    const real = await bench.desk.enqueue(wanted, CI);
    expect([dry.kind, real.kind]).toEqual(['created', 'created']);
    await bench.desk.enqueue(bench.request({ dry_run: true }), CI);
    if (real.kind === 'older_head') return;
    expect((await bench.current(real.run)).stop_kind).toBeNull();
  });
});

describe('heads of one pull request', () => {
  it('a newer one supersedes the live run, and the older one is answered with the newest', async () => {
    const [a, b, c] = [await bench.enqueue(), await bench.enqueue(), await bench.enqueue()];
    expect(await bench.current(a)).toMatchObject({ stop_kind: 'superseded', superseded_by: b.id });
    expect(await bench.current(b)).toMatchObject({ stop_kind: 'superseded', superseded_by: c.id });
    expect((await bench.current(c)).stop_kind).toBeNull();
    expect(await bench.eventsOf(a)).toEqual(['run_enqueued:queued', 'stop_requested:superseded']);
    const again = await bench.desk.enqueue(bench.request({ head_sha: a.head_sha as Sha }), CI);
    expect(again).toMatchObject({ kind: 'older_head', current: { id: c.id } });
  });

  it('an older one that never had a run starts none', async () => {
    const live = await bench.enqueue();
    const older = makeSha();
    bench.ancestry.add(`${older}<${live.head_sha}`);
    expect(await bench.desk.enqueue(bench.request({ head_sha: older }), CI)).toMatchObject({
      kind: 'older_head',
      current: { id: live.id },
    });
    expect(await bench.desk.list({ pr_number: bench.pr, limit: 50 })).toHaveLength(1);
    expect((await bench.current(live)).stop_kind).toBeNull();
  });

  it.each(['unrelated', 'the first is older', 'the second is older'] as const)(
    'enqueued at the same moment leave one live run (%s)',
    async (relation) => {
      for (let round = 0; round < 8; round++) {
        bench.pr = 100_000 + bench.pr + 1;
        const [a, b] = [makeSha(), makeSha()];
        if (relation === 'the first is older') bench.ancestry.add(`${a}<${b}`);
        if (relation === 'the second is older') bench.ancestry.add(`${b}<${a}`);
        await Promise.all([a, b].map((head_sha) => bench.desk.enqueue(bench.request({ head_sha }), CI)));
        const live = (await bench.desk.list({ pr_number: bench.pr, limit: 50 })).filter(
          (run) => run.stop_kind === null,
        );
        expect(live).toHaveLength(1);
        if (relation === 'the first is older') expect(live[0]?.head_sha).toBe(b);
        if (relation === 'the second is older') expect(live[0]?.head_sha).toBe(a);
      }
    },
  );

  it('enqueued at the same moment are ordered by the forge, whatever git says of them', async () => {
    for (let round = 0; round < 8; round++) {
      bench.pr = 200_000 + bench.pr + 1;
      const [back, between] = [makeSha(), makeSha()];
      bench.ancestry.add(`${back}<${between}`);
      const heads = [
        bench.request({ head_sha: between, head_at: minute(1) }),
        bench.request({ head_sha: back, head_at: minute(2) }),
      ];
      await Promise.all(heads.map((request) => bench.desk.enqueue(request, CI)));
      expect(await liveHeads()).toEqual([back]);
    }
  });

  /** Rows and flows as an enqueue leaves them that died before it stopped the older run. */
  async function twoLive(): Promise<[Run, Run]> {
    const older = await bench.enqueue();
    await bench.finish(older);
    const newer = await bench.enqueue();
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ status: 'running', outcome: null, finished_at: null })
      .where('id', '=', older.id)
      .execute();
    return [older, newer];
  }

  it('an enqueue that died before it superseded is completed by its repetition', async () => {
    const [older, newer] = await twoLive();
    expect(await bench.desk.enqueue(bench.request({ head_sha: newer.head_sha as Sha }), CI)).toMatchObject({
      kind: 'exists',
      run: { id: newer.id },
    });
    expect(await bench.current(older)).toMatchObject({ stop_kind: 'superseded', superseded_by: newer.id });
  });

  it('or by the sweeper, once two heads of one moment have had time to settle', async () => {
    const [older, newer] = await twoLive();
    await bench.sweepAt(new Date());
    expect((await bench.current(older)).stop_kind).toBeNull();
    await bench.sweepAt(new Date(Date.now() + 60_000));
    expect(await bench.current(older)).toMatchObject({ stop_kind: 'superseded', superseded_by: newer.id });
    expect((await bench.current(newer)).stop_kind).toBeNull();
  });

  it('the head that the forge named after the other one was enqueued stays, also where that one has no time, and the other goes', async () => {
    const [older, newer] = await twoLive();
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ head_at: inHours(1) })
      .where('id', '=', older.id)
      .execute();
    await bench.sweepAt(new Date(Date.now() + 60_000));
    expect((await bench.current(older)).stop_kind).toBeNull();
    expect(await bench.current(newer)).toMatchObject({ stop_kind: 'superseded', superseded_by: older.id });
    expect(await bench.desk.enqueue(bench.request({ head_sha: newer.head_sha as Sha }), CI)).toMatchObject({
      kind: 'older_head',
      current: { id: older.id },
    });
  });
});

describe('a pull request that is put back to an older head', () => {
  /** The newer of two heads lives, the older one's run is as `leave` leaves it. */
  async function replaced(leave: (older: Run) => Promise<unknown> = async () => undefined) {
    const older = await bench.enqueue({ head_at: minute(0) });
    const head = makeSha();
    bench.ancestry.add(`${older.head_sha}<${head}`);
    const newer = await bench.enqueue({ head_sha: head, head_at: minute(1) });
    await leave(older);
    const again = (over: Partial<EnqueueRequest> = {}) =>
      bench.desk.enqueue(bench.request({ head_sha: older.head_sha as Sha, ...over }), CI);
    return { older, newer, again };
  }
  const set = (values: Partial<Run>) => (run: Run) =>
    bench.ground.db.updateTable('slipway.runs').set(values).where('id', '=', run.id).execute();
  const over = (outcome: string) => ({ status: 'finished' as const, outcome, finished_at: new Date() });

  it.each<[string, Partial<Run>]>([
    ['still stopping', {}],
    ['superseded', over('superseded')],
    ['cancelled', { ...over('cancelled'), stop_kind: 'cancelled', superseded_by: null }],
    ['rejected', { ...over('rejected'), stop_kind: null, superseded_by: null }],
    ['rolled back', over('rolled_back')],
  ])('starts it again and supersedes the newer one, once (%s)', async (_what, state) => {
    const { older, newer, again } = await replaced(async (run) => Object.keys(state).length > 0 && set(state)(run));
    const results = await Promise.all([1, 2, 3].map(() => again({ head_at: minute(2) })));
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    const [run] = await bench.desk.list({ pr_number: bench.pr, limit: 50 });
    expect(run).toMatchObject({ head_sha: older.head_sha, attempt: 2, stop_kind: null });
    expect(await liveHeads()).toEqual([older.head_sha]);
    expect(await bench.current(newer)).toMatchObject({ stop_kind: 'superseded', superseded_by: run?.id });
    expect(await again({ head_at: minute(2) })).toMatchObject({ kind: 'exists', run: { id: run?.id } });
    await bench.sweepAt(new Date(Date.now() + 60_000));
    expect(await liveHeads()).toEqual([older.head_sha]);
  });

  it('does nothing twice where what came of it is in production, or on its way, and ends the newer one', async () => {
    const done = await replaced(set({ ...over('deployed'), stop_kind: null, superseded_by: null }));
    expect(await done.again({ head_at: minute(2) })).toMatchObject({ kind: 'exists', run: { id: done.older.id } });
    expect(await bench.current(done.newer)).toMatchObject({ stop_kind: 'superseded', superseded_by: done.older.id });
    bench.pr++;
    const going = await replaced((run) =>
      openRecord(bench.ground.audit, run).append({
        stage: 'canary',
        step: 'promote',
        event: 'promotion.intended',
        rationale: 'the canary passed',
        outcome: 'intended',
        payload: {},
      }),
    );
    expect(await going.again({ head_at: minute(2) })).toMatchObject({ kind: 'exists', run: { id: going.older.id } });
    expect(await liveHeads()).toEqual([]);
    expect(await bench.desk.list({ pr_number: bench.pr, limit: 50 })).toHaveLength(2);
  });

  it('is not seen in a late request: one without a time, or with that of its own push', async () => {
    const { newer, again } = await replaced();
    for (const late of [{}, { head_at: minute(0) }])
      expect(await again(late)).toMatchObject({ kind: 'older_head', current: { id: newer.id } });
    expect(await liveHeads()).toEqual([newer.head_sha]);
  });

  it('and a late request for the head between finds it, though that head never had a run', async () => {
    const run = await bench.enqueue({ head_at: minute(0) });
    expect(
      await bench.desk.enqueue(bench.request({ head_sha: run.head_sha as Sha, head_at: minute(2) }), CI),
    ).toMatchObject({ kind: 'exists', run: { id: run.id } });
    const between = makeSha();
    bench.ancestry.add(`${run.head_sha}<${between}`);
    expect(await bench.desk.enqueue(bench.request({ head_sha: between, head_at: minute(1) }), CI)).toMatchObject({
      kind: 'older_head',
      current: { id: run.id },
    });
    expect(await liveHeads()).toEqual([run.head_sha]);
  });

  it('has another run by name too, while its own still stops', async () => {
    const { older, newer, again } = await replaced();
    await bench.desk.cancel(RunId.parse(newer.id), 'not this one', CI);
    expect(await again({ again: true })).toMatchObject({ kind: 'created', run: { attempt: 2 } });
    expect(await liveHeads()).toEqual([older.head_sha]);
  });

  it('refuses a time that would make every later head an old one', () => {
    const ahead = EnqueueRequest.safeParse({ ...bench.request(), head_at: inHours(30).toISOString() });
    expect(ahead.error?.issues).toMatchObject([{ path: ['head_at'], message: 'lies more than a day ahead' }]);
    const local = EnqueueRequest.safeParse({ ...bench.request(), head_at: '2026-11-28T10:00:00' });
    expect(local.error?.issues[0]?.message).toMatch(/must be a time with its offset/);
  });
});

const minute = (n: number) => new Date(Date.UTC(2026, 10, 28, 0, n)).toISOString();

async function liveHeads(): Promise<string[]> {
  const runs = await bench.desk.list({ pr_number: bench.pr, limit: 50 });
  return runs.filter(isLive).map((run) => run.head_sha);
}

describe('what the bench.desk tells', () => {
  it('cancels a live run once, answers for a finished one, and knows no other', async () => {
    const run = await bench.enqueue();
    expect(await bench.desk.cancel(RunId.parse(run.id), 'enough', person('mara'))).toBe('stopping');
    expect(await bench.desk.cancel(RunId.parse(run.id), 'really enough', person('jonas'))).toBe('stopping');
    expect(await bench.current(run)).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'enough' });
    expect((await bench.eventsOf(run)).filter((event) => event.startsWith('stop_'))).toEqual([
      'stop_requested:cancelled',
    ]);
    await bench.finish(run);
    expect(await bench.desk.cancel(RunId.parse(run.id), 'late', CI)).toBe('already_finished');
    expect(await bench.desk.cancel(RunId.parse('e'.repeat(32)), 'none', CI)).toBeNull();
  });

  it('shows entries after a place in the log, and pages of runs without gap or repetition', async () => {
    const run = await bench.enqueue();
    await startRun({ ...bench.ground, config: bench.config }, run, CI);
    await bench.desk.cancel(RunId.parse(run.id), 'enough', CI);
    const [first, second] = await bench.desk.entriesAfter(RunId.parse(run.id), '-1');
    expect(
      (await bench.desk.entriesAfter(RunId.parse(run.id), first?.receipt.seq ?? '')).map((e) => e.receipt.seq),
    ).toEqual([second?.receipt.seq]);
    const all = await bench.desk.list({ limit: 200 });
    const paged: string[] = [];
    for (let before: RunId | undefined; ; ) {
      const page = await bench.desk.list({ limit: 7, ...(before === undefined ? {} : { before }) });
      paged.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last === undefined || page.length < 7 || paged.length >= 200) break;
      before = RunId.parse(last.id);
    }
    expect(paged.slice(0, all.length)).toEqual(all.map(({ id }) => id).slice(0, paged.length));
  });

  it('keeps the policy behind the run as a blob by its hash', async () => {
    const run = await bench.enqueue();
    expect(run.policy_hash).toBe(digestOf(bench.config.policy_text));
    const blob = await bench.ground.db
      .selectFrom('slipway.blobs')
      .select('bytes')
      .where('digest', '=', run.policy_hash)
      .executeTakeFirst();
    expect(blob?.bytes.toString('utf8')).toBe(bench.config.policy_text);
  });

  it('a flow can be added twice without harm', async () => {
    const run = await bench.enqueue();
    await bench.ground.queues.flows.add(toFlowJob(planReleaseFlow(RunId.parse(run.id))));
    expect(await (await bench.flowOf(run))?.getState()).toBe('waiting-children');
  });
});
