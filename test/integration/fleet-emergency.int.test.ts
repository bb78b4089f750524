import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { InputError } from '../../src/errors.ts';
import { RunId, type Sha } from '../../src/ids.ts';
import type { Run } from '../../src/store/tables.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { GOOD, useFlows, waitsFor } from '../support/flow-cases.ts';

const WHY = 'checkout is down for everybody';

describe('an emergency', () => {
  let bench: DeskBench;
  beforeAll(async () => {
    bench = await startDeskBench();
  });
  afterAll(() => bench.ground.close());
  beforeEach(() => {
    bench.pr++;
  });

  async function call(by = 'tomas'): Promise<Run> {
    const result = await bench.desk.enqueue(bench.request({ emergency: WHY }), person(by));
    if (result.kind !== 'created') throw new Error(result.kind);
    return result.run;
  }
  const end = (run: Run, outcome: string) =>
    bench.ground.db
      .updateTable('slipway.runs')
      .set({ status: 'finished', outcome, finished_at: new Date() })
      .where('id', '=', run.id)
      .execute();
  const review = (run: Run, who: string | null) =>
    bench.desk.reviewEmergency(RunId.parse(run.id), 'the revert is complete', who === null ? CI : person(who));

  it('cannot be called by a machine, and needs a reason that says something', async () => {
    const refused = bench.desk.enqueue(bench.request({ emergency: WHY }), CI);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow('needs a token that acts for a person');
    expect(() => bench.request({ emergency: 'urgent' })).toThrow('in at least 10 characters');
    for (const blank of ['\u200b', '\u2800', '\u3164', '\u00ad', '\u0001'])
      expect(() => bench.request({ emergency: blank.repeat(20) }), blank).toThrow('characters that can be seen');
  });

  it('is on the record with who called it and why', async () => {
    const run = await call();
    const [enqueued] = await bench.ground.audit.list(RunId.parse(run.id));
    expect(enqueued?.entry).toMatchObject({
      event: 'run_enqueued',
      actor: { kind: 'human', id: 'tomas' },
      payload: { emergency: WHY, emergency_by: 'tomas' },
    });
  });

  it('is nothing that a run becomes under way: who calls it is told', async () => {
    const usual = await bench.desk.enqueue(bench.request({}), CI);
    if (usual.kind !== 'created') throw new Error(usual.kind);
    const head_sha = usual.run.head_sha as Sha;
    const called = () => bench.desk.enqueue(bench.request({ head_sha, emergency: WHY }), person('tomas'));
    await expect(called()).rejects.toThrow(`${usual.run.id} of this head is under way, and was called no emergency`);
    await end(usual.run, 'cancelled');
    await expect(called()).rejects.toThrow('is finished, and was called no emergency');
    const again = await bench.desk.enqueue(bench.request({ head_sha, emergency: WHY, again: true }), person('tomas'));
    expect(again).toMatchObject({ kind: 'created', run: { emergency_by: 'tomas' } });
  });

  it('is not reviewed before it is over', async () => {
    const run = await call();
    expect(await review(run, 'mara')).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('not over yet'),
    });
    await end(run, 'deployed');
    expect(await review(run, 'mara')).toEqual({ kind: 'recorded' });
  });

  it('is reviewed afterwards by somebody who neither wrote nor called it, once', async () => {
    const run = await call();
    await end(run, 'deployed');
    expect((await bench.desk.followUps()).map(({ run: { id } }) => id)).toContain(run.id);
    expect(await review(run, null)).toMatchObject({ kind: 'refused', why: 'not_a_person' });
    expect(await review(run, 'nina')).toMatchObject({ kind: 'refused', why: 'wrote_the_change' });
    expect(await review(run, 'tomas')).toMatchObject({
      kind: 'refused',
      detail: 'who called it an emergency does not review it',
    });
    expect(await review(run, 'mara')).toEqual({ kind: 'recorded' });
    expect(await review(run, 'jonas')).toMatchObject({ kind: 'refused', why: 'nothing_due' });
    expect(await bench.eventsOf(run)).toContain('emergency_reviewed:in_time');
    expect((await bench.desk.view(RunId.parse(run.id)))?.followUp).toMatchObject({ closed_by: 'mara' });
    expect((await bench.desk.followUps()).map(({ run: { id } }) => id)).not.toContain(run.id);
  });

  it('is noted when its review is late, once; what never reached production owes none', async () => {
    const late = await call();
    await end(late, 'rolled_back');
    bench.pr++;
    const rejected = await call();
    await end(rejected, 'rejected');
    const overdue = async (run: Run) => (await bench.eventsOf(run)).filter((event) => event.includes('overdue'));
    await bench.sweepAt(inHours(47.9));
    expect(await overdue(late)).toEqual([]);
    await bench.sweepAt(inHours(48.1));
    await bench.sweepAt(inHours(49));
    expect(await overdue(late)).toEqual(['emergency_review_overdue:overdue']);
    expect(await overdue(rejected)).toEqual([]);
    expect(await review(late, 'mara')).toEqual({ kind: 'recorded' });
  });
});

describe('the flow of an emergency', () => {
  const flows = useFlows();
  const { withFlow } = flows;

  it('waits for no agent, asks two people, and goes on through staging and canary', () =>
    withFlow(async (flow) => {
      const head_sha: Sha = flow.open(1, GOOD);
      const result = await flow.desk.enqueue(
        {
          repo: `acme/${flow.service}`,
          pr_number: 1,
          head_sha,
          title: 'Revert',
          author: 'nina',
          again: false,
          dry_run: false,
          emergency: WHY,
        },
        person('nina'),
      );
      if (result.kind !== 'created') throw new Error(result.kind);
      const { id } = result.run;
      await waitsFor(flow, id, 'person');
      const evaluation = await flow.recorded(id, 'review_evaluation');
      expect(evaluation.entry).toMatchObject({
        outcome: 'inconclusive',
        payload: { inconclusive: 'emergency', agent_calls: [] },
      });
      const approve = (name: string) =>
        flow.desk.decide(
          RunId.parse(id),
          { decision: 'approve', reason: 'read the two lines', head_sha },
          person(name),
        );
      expect(await approve('nina')).toMatchObject({ kind: 'refused', why: 'wrote_the_change' });
      expect(await approve('mara')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
      expect(await approve('jonas')).toEqual({ kind: 'recorded', decision: 'approve', approvals: 2, needed: 2 });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      const review = (name: string) => flow.desk.reviewEmergency(RunId.parse(id), 'as intended', person(name));
      for (const approver of ['mara', 'jonas'])
        expect(await review(approver)).toMatchObject({
          kind: 'refused',
          why: 'wrote_the_change',
          detail: 'who approved an emergency does not review it',
        });
      // Of these three nobody is left: it stays owed until somebody else is in people.
      expect((await flow.desk.followUps()).map(({ run }) => run.id)).toContain(id);
      expect(await verifyLog(flows.ground.db)).toMatchObject({ ok: true, problems: [] });
    }));
});
