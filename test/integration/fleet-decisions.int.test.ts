import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLost } from '../../src/errors.ts';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import { Digest, digestOf, RunId, type Sha } from '../../src/ids.ts';
import { approvalJobId } from '../../src/queues/job-ids.ts';
import { askPeople } from '../../src/runs/escalate.ts';
import { expireQuestion } from '../../src/runs/expire-question.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { openRecord } from '../../src/runs/record.ts';
import { type DecisionRequest } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeApprovalHandler } from '../../src/workers/approvals.worker.ts';
import { ASKER } from '../support/asker.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { makeSha } from '../support/record.ts';
import { reviewQuestion } from '../support/review-question.ts';

const overtaken = () => Promise.reject(new LeaseLost('the step may be another replica’s by now'));

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});

describe('a decision', () => {
  const NINA = { name: 'Nina', email: 'nina@example.com' };
  const TOMAS = { name: 'Tomas', email: 'tomas@example.com' };
  const UMA = { name: 'Uma', email: 'uma@example.com' };

  /** A run that asks: its change was written by nina, committed by tomas, with uma as co-author. */
  async function asking(
    options: {
      contributors?: { name: string; email: string }[];
      needed?: number;
      deadlineAt?: Date;
      pusher?: string;
      reasons?: { code: string; text: string }[];
    } = {},
  ): Promise<Run> {
    const run = await bench.enqueue(options.pusher === undefined ? {} : { pusher: options.pusher });
    const record = openRecord(bench.ground.audit, run, bench.config.policy_hash);
    await record.append({
      stage: 'review',
      step: 'resolve',
      event: 'change_resolved',
      rationale: 'resolved',
      outcome: 'resolved',
      payload: { contributors: options.contributors ?? [NINA, TOMAS, UMA] },
    });
    const answer = await ask(run, options);
    if (answer.kind !== 'waiting') throw new Error('it does not wait');
    const { queue, id, data, delayMs } = answer.job;
    await bench.ground.queues.byName[queue].add(queue, data, { ...childOptions(queue, id), delay: delayMs });
    return run;
  }
  function ask(run: Run, options: Partial<Parameters<typeof reviewQuestion>[0]> = {}) {
    const question = reviewQuestion({ deadlineAt: inHours(1), ...options });
    return askPeople(
      bench.ground.db,
      openRecord(bench.ground.audit, run, bench.config.policy_hash),
      run,
      () => Promise.resolve(question),
      'review',
      new Date(),
      ASKER,
    );
  }
  const decide = (run: Run, name: string | null, over: Partial<DecisionRequest> = {}) =>
    bench.desk.decide(
      RunId.parse(run.id),
      { decision: 'approve', reason: 'looked at it', head_sha: run.head_sha as Sha, ...over },
      name === null ? CI : person(name),
    );
  const approvalJob = (run: Run) =>
    bench.ground.queues.byName.approvals.getJob(approvalJobId(RunId.parse(run.id), 'review'));

  it.each([
    ['nina', 'wrote_the_change', 'the author'],
    ['tomas', 'wrote_the_change', 'the committer'],
    ['uma', 'wrote_the_change', 'a co-author'],
    ['stranger', 'not_a_person', 'somebody the configuration does not know'],
    [null, 'not_a_person', 'a machine'],
  ])('by %s is refused (%s: %s) and the run waits on', async (name, why, _who) => {
    const run = await asking();
    expect(await decide(run, name)).toMatchObject({ kind: 'refused', why, detail: expect.any(String) });
    expect((await bench.eventsOf(run)).some((event) => event.startsWith('human_'))).toBe(false);
    expect(await (await approvalJob(run))?.getState()).toBe('delayed');
    expect(await bench.eventsOf(run)).toContain(`decision_refused:${why}`);
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'recorded', decision: 'approve' });
  });

  it('about a question that is not on the record yet is refused, so that none stands before its question', async () => {
    const run = await bench.enqueue();
    const record = openRecord(bench.ground.audit, run, bench.config.policy_hash);
    const question = () => Promise.resolve(reviewQuestion({ deadlineAt: inHours(1) }));
    const put = (by: typeof record) => askPeople(bench.ground.db, by, run, question, 'review', new Date(), ASKER);
    // It dies between the row, which people see, and the entry.
    const dying = { ...record, append: () => Promise.reject(new Error('killed')) };
    await expect(put(dying)).rejects.toThrow('killed');
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'refused', why: 'not_waiting' });
    expect(await put(record)).toMatchObject({ kind: 'waiting' });
    expect(await decide(run, 'mara', { decision: 'reject' })).toMatchObject({ kind: 'recorded', decision: 'reject' });
    const events = (await bench.eventsOf(run)).filter((event) => /^(escalated|human_decision)/.test(event));
    expect(events.map((event) => event.split(':')[0])).toEqual(['escalated', 'human_decision']);
  });

  it('is asked for by nobody whose step went on while the question was made', async () => {
    const run = await bench.enqueue();
    const record = openRecord(bench.ground.audit, run, bench.config.policy_hash);
    let woken = false;
    const question = async () => {
      woken = true;
      return reviewQuestion({ deadlineAt: inHours(1) });
    };
    const stopped = { ...ASKER, confirm: () => (woken ? overtaken() : Promise.resolve()) };
    const late = askPeople(bench.ground.db, record, run, question, 'review', new Date(), stopped);
    await expect(late).rejects.toThrow(LeaseLost);
    expect((await bench.desk.view(RunId.parse(run.id)))?.escalations).toEqual([]);
    expect(await bench.eventsOf(run)).toEqual(['run_enqueued:queued']);
  });

  it('about another base or another policy is refused, and what is not said is not compared', async () => {
    const run = await asking();
    expect(await decide(run, 'mara', { base_sha: makeSha() })).toMatchObject({ kind: 'refused', why: 'stale_base' });
    const other = digestOf('another policy');
    expect(await decide(run, 'mara', { effective_policy: other })).toMatchObject({
      kind: 'refused',
      why: 'stale_policy',
    });
    const [question] = (await bench.desk.view(RunId.parse(run.id)))?.escalations ?? [];
    const looked = Digest.parse(question?.rules?.binding.effective_policy);
    expect(await decide(run, 'mara', { effective_policy: looked })).toMatchObject({ kind: 'recorded' });
  });

  it('is void once the policy for the service is another one, and is asked for again', async () => {
    const run = await asking({ needed: 2 });
    expect(await decide(run, 'mara')).toMatchObject({ approvals: 1, needed: 2 });
    const stricter = { ...bench.config, thresholds: { ...bench.config.thresholds, risk_score_max: 5 } };
    const later = makeRunDesk({ ...bench.ground, config: stricter, repository: { isAncestor: async () => false } });
    expect((await later.view(RunId.parse(run.id)))?.escalations).toMatchObject([
      { approvals: [], void_approvals: ['mara'] },
    ]);
    const approve = (name: string) =>
      later.decide(
        RunId.parse(run.id),
        { decision: 'approve', reason: 'looked at it', head_sha: run.head_sha as Sha },
        person(name),
      );
    expect(await approve('jonas')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
    expect(await approve('mara')).toEqual({ kind: 'recorded', decision: 'approve', approvals: 2, needed: 2 });
    const given = (await bench.ground.audit.list(RunId.parse(run.id))).filter(
      (e) => e.entry.event === 'human_approval',
    );
    expect(given.map(({ entry }) => [entry.actor.id, entry.payload['void']])).toEqual([
      ['mara', []],
      ['jonas', ['mara']],
    ]);
  });

  it('stands when the configuration changes in what does not matter to the service', async () => {
    const run = await asking({ needed: 2 });
    await decide(run, 'mara');
    const config = { ...bench.config, people: { ...bench.config.people, nobody: { emails: [], logins: [] } } };
    const later = makeRunDesk({ ...bench.ground, config, repository: { isAncestor: async () => false } });
    expect((await later.view(RunId.parse(run.id)))?.escalations).toMatchObject([
      { approvals: ['mara'], void_approvals: [] },
    ]);
  });

  it('takes two people where who pushed is an agent, though the question asked for one', async () => {
    const run = await asking();
    await bench.ground.db.updateTable('slipway.runs').set({ pusher: 'up[bot]' }).where('id', '=', run.id).execute();
    expect(await decide(run, 'mara')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
  });

  it('by who pushed the head is refused', async () => {
    const run = await asking({ contributors: [NINA], pusher: 'tomas' });
    expect(await decide(run, 'tomas')).toMatchObject({ kind: 'refused', why: 'wrote_the_change' });
  });

  it('against a hard rule needs a reason that says something, and is marked', async () => {
    const run = await asking({ reasons: [{ code: 'secrets_added', text: 'a secret is added' }] });
    expect(await decide(run, 'mara', { reason: 'fine' })).toMatchObject({ kind: 'refused', why: 'reason_too_short' });
    expect(await bench.eventsOf(run)).toContain('decision_refused:reason_too_short');
    const reason = 'a test key of the vendor, published in their documents';
    expect(await decide(run, 'mara', { reason })).toMatchObject({ kind: 'recorded', decision: 'approve' });
    const entry = (await bench.ground.audit.list(RunId.parse(run.id))).at(-1)?.entry;
    expect(entry).toMatchObject({ event: 'human_decision', payload: { override: true } });
  });

  it('about another head is refused', async () => {
    const run = await asking();
    expect(await decide(run, 'mara', { head_sha: makeSha() })).toMatchObject({ kind: 'refused', why: 'stale_head' });
  });

  it('on a run that asks nobody is refused, and on none there is none', async () => {
    const run = await bench.enqueue();
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'refused', why: 'not_waiting' });
    expect(
      await bench.desk.decide(
        RunId.parse('f'.repeat(32)),
        { decision: 'approve', reason: 'x', head_sha: makeSha() },
        person('mara'),
      ),
    ).toBeNull();
  });

  it('binds to head, base and policy, names the person, and wakes the job that waits', async () => {
    const run = await asking();
    expect(await decide(run, 'mara')).toEqual({ kind: 'recorded', decision: 'approve', approvals: 1, needed: 1 });
    const entry = (await bench.ground.audit.list(RunId.parse(run.id))).find(
      (e) => e.entry.event === 'human_decision',
    )?.entry;
    expect(entry).toMatchObject({
      actor: { kind: 'human', id: 'mara' },
      outcome: 'approve',
      payload: { head_sha: run.head_sha, policy_hash: bench.config.policy_hash },
    });
    expect(await (await approvalJob(run))?.getState()).toBe('waiting');
    expect(await decide(run, 'jonas', { decision: 'reject' })).toEqual({
      kind: 'too_late',
      stored: 'approve',
      by: 'mara',
    });
  });

  it('sent twice, as by a second click, is one decision, and both are told so', async () => {
    const run = await asking({ needed: 2 });
    const refusals = async () => (await bench.eventsOf(run)).filter((event) => event.startsWith('decision_refused'));
    const one = { kind: 'recorded', decision: null, approvals: 1, needed: 2 };
    expect(await decide(run, 'mara')).toEqual(one);
    expect(await decide(run, 'mara')).toEqual(one);
    expect(await refusals()).toEqual([]);
    expect(await decide(run, 'mara', { reason: 'another one' })).toMatchObject({ why: 'already_approved' });
    expect(await refusals()).toEqual(['decision_refused:already_approved']);
    const both = { kind: 'recorded', decision: 'approve', approvals: 2, needed: 2 };
    expect(await decide(run, 'jonas')).toEqual(both);
    expect(await decide(run, 'jonas')).toEqual(both);
    expect(await decide(run, 'jonas', { decision: 'reject' })).toMatchObject({ kind: 'too_late', by: 'jonas' });
    const decisions = (await bench.eventsOf(run)).filter((event) => event.startsWith('human_'));
    expect(decisions).toEqual(['human_approval:approve', 'human_decision:approve']);
  });

  it('that is refused is on the record once for each who and why, with what they looked at', async () => {
    const run = await asking();
    const [other, base_sha] = [makeSha(), makeSha()];
    for (const _again of [1, 2]) {
      await decide(run, null);
      await decide(run, 'mara', { head_sha: other });
      await decide(run, 'mara', { base_sha });
      await decide(run, 'nina', { decision: 'approve' });
    }
    await Promise.all(['tomas', 'uma', 'stranger'].map((name) => decide(run, name)));
    const refused = (await bench.ground.audit.list(RunId.parse(run.id))).flatMap(({ entry }) =>
      entry.event === 'decision_refused' ? [entry] : [],
    );
    expect(refused.slice(0, 4)).toMatchObject([
      { actor: { kind: 'system', id: CI.name }, outcome: 'not_a_person', payload: { token: CI.tokenId } },
      { actor: { kind: 'human', id: 'mara' }, outcome: 'stale_head', payload: { head_sha: other, wanted: 'approve' } },
      { actor: { kind: 'human', id: 'mara' }, outcome: 'stale_base', payload: { base_sha } },
      { actor: { kind: 'human', id: 'nina' }, outcome: 'wrote_the_change' },
    ]);
    expect(
      refused
        .slice(4)
        .map(({ actor }) => actor.id)
        .toSorted(),
    ).toEqual(['stranger', 'tomas', 'uma']);
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'recorded' });
  });

  it('to reject needs one person, even of those who wrote the change', async () => {
    const run = await asking({ needed: 2 });
    expect(await decide(run, 'nina', { decision: 'reject' })).toMatchObject({ kind: 'recorded', decision: 'reject' });
  });

  it('needs two different people where somebody on the change is unknown', async () => {
    const run = await asking({ contributors: [NINA, { name: 'Who', email: 'who@example.org' }], needed: 2 });
    expect(await decide(run, 'mara')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
    expect(await decide(run, 'mara', { reason: 'once more' })).toMatchObject({
      kind: 'refused',
      why: 'already_approved',
    });
    expect(await bench.eventsOf(run)).not.toContain('human_decision:approve');
    expect(await decide(run, 'jonas')).toEqual({ kind: 'recorded', decision: 'approve', approvals: 2, needed: 2 });
    expect(await bench.eventsOf(run)).toContain('human_decision:approve');
  });

  it('of two approvers at the same moment counts both', async () => {
    for (let round = 0; round < 10; round++) {
      const run = await asking({ needed: 2 });
      bench.pr += 1_000;
      const results = await Promise.all([decide(run, 'mara'), decide(run, 'jonas')]);
      expect(results.map((result) => result?.kind)).toEqual(['recorded', 'recorded']);
      expect(results.filter((result) => result?.kind === 'recorded' && result.decision === 'approve')).toHaveLength(1);
    }
  });

  it('and its deadline: whoever is recorded first wins, and the loser is told', async () => {
    const won = { person: 0, deadline: 0 };
    for (let round = 0; round < 50; round++) {
      bench.pr += 1_000;
      const run = await asking();
      const [decided, expired] = await Promise.all(
        round % 2 === 0
          ? [decide(run, 'mara'), expireQuestion(bench.ground.db, bench.ground.audit, run, 'review')]
          : await Promise.resolve([
              expireQuestion(bench.ground.db, bench.ground.audit, run, 'review'),
              decide(run, 'mara'),
            ] as const).then(([e, d]) => [d, e] as const),
      );
      const stored = (await bench.eventsOf(run)).filter((event) => event.startsWith('human_decision'));
      expect(stored).toHaveLength(1);
      if (stored[0] === 'human_decision:approve') {
        won.person++;
        expect(decided).toMatchObject({ kind: 'recorded', decision: 'approve' });
      } else {
        won.deadline++;
        expect(decided).toMatchObject({ kind: 'too_late', stored: 'expired' });
      }
      expect(stored[0]).toBe(`human_decision:${expired.entry.outcome}`);
    }
    expect(won.person + won.deadline).toBe(50);
  });

  it('that nobody makes expires, by the sweeper or by the job, whoever is first', async () => {
    const bySweeper = await asking({ deadlineAt: inHours(-1) });
    bench.pr++;
    const byJob = await asking({ deadlineAt: inHours(-1) });
    const handle = makeApprovalHandler({ db: bench.ground.db, audit: bench.ground.audit, now: () => new Date() });
    const job = { run_id: RunId.parse(byJob.id), stage: 'review' as const };
    // Overtaken since it looked: it decides nothing.
    await expect(handle(job, { confirmOwner: overtaken })).rejects.toThrow(LeaseLost);
    expect(await bench.eventsOf(byJob)).not.toContain('human_decision:expired');
    expect(await handle(job, { confirmOwner: async () => undefined })).toEqual({
      kind: 'done',
      result: { decision: 'expired' },
    });
    await bench.sweepAt(new Date());
    for (const run of [bySweeper, byJob])
      expect((await bench.eventsOf(run)).filter((event) => event.startsWith('human_'))).toEqual([
        'human_decision:expired',
      ]);
    expect((await bench.desk.view(RunId.parse(bySweeper.id)))?.escalations).toMatchObject([{ decision: 'expired' }]);
    expect(await (await approvalJob(bySweeper))?.getState()).toBe('waiting');
  });

  it.each(['approve', 'reject'] as const)(
    'to %s comes too late after the deadline, also where no sweeper has come by: the question ends expired',
    async (decision) => {
      const run = await asking({ deadlineAt: inHours(-1) });
      expect(await decide(run, 'mara', { decision })).toMatchObject({ kind: 'too_late', stored: 'expired' });
      expect((await bench.eventsOf(run)).filter((event) => event.startsWith('human_'))).toEqual([
        'human_decision:expired',
      ]);
      expect((await bench.desk.view(RunId.parse(run.id)))?.escalations).toMatchObject([{ decision: 'expired' }]);
      expect(await (await approvalJob(run))?.getState()).toBe('waiting');
    },
  );

  it('about a run that was told to stop is refused, also where nobody has ended it yet', async () => {
    const run = await asking();
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ stop_kind: 'cancelled', stop_reason: 'not wanted any more' })
      .where('id', '=', run.id)
      .execute();
    expect(await decide(run, 'mara')).toEqual({
      kind: 'refused',
      why: 'not_waiting',
      detail: 'the run was cancelled: not wanted any more',
    });
    expect((await bench.eventsOf(run)).some((event) => event.startsWith('human_'))).toBe(false);
  });

  it('that nobody makes is reminded of at 30 minutes and at 4 hours, once each, and never after it is made', async () => {
    const run = await asking({ deadlineAt: inHours(72) });
    const reminders = async () => (await bench.eventsOf(run)).filter((event) => event.startsWith('reminded'));
    await bench.sweepAt(inHours(0.4));
    expect(await reminders()).toEqual([]);
    await bench.sweepAt(inHours(0.51));
    await bench.sweepAt(inHours(0.6));
    expect(await reminders()).toEqual(['reminded:reminded']);
    await bench.sweepAt(inHours(4.01));
    await bench.sweepAt(inHours(30));
    const entries = (await bench.ground.audit.list(RunId.parse(run.id))).filter((e) => e.entry.event === 'reminded');
    expect(entries.map(({ entry }) => [entry.n, entry.payload['waited_min']])).toEqual([
      [0, 30],
      [1, 240],
    ]);
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'recorded', decision: 'approve' });
  });

  it('is not asked for twice, and the first deadline stands', async () => {
    const deadlineAt = inHours(2);
    const run = await asking({ deadlineAt });
    const repeated = await ask(run, { deadlineAt: inHours(50) });
    expect(repeated.kind === 'waiting' && Math.abs(repeated.job.delayMs - 2 * 3_600_000) < 600_000).toBe(true);
    expect((await bench.eventsOf(run)).filter((event) => event.startsWith('escalated'))).toHaveLength(1);
    await decide(run, 'mara');
    expect(await ask(run)).toMatchObject({ kind: 'decided', decision: { entry: { outcome: 'approve' } } });
  });

  it.each(['with', 'without'] as const)(
    'whose author died before the wake-up (%s the question closed) is woken by the sweeper',
    async (closed) => {
      const run = await asking();
      await openRecord(bench.ground.audit, run, bench.config.policy_hash).append({
        stage: 'review',
        step: 'route',
        event: 'human_decision',
        actor: { kind: 'human', id: 'mara' },
        rationale: 'fine',
        outcome: 'approve',
        payload: {},
      });
      if (closed === 'with')
        await bench.ground.db
          .updateTable('slipway.escalations')
          .set({ decided_at: new Date(), decision: 'approve' })
          .where('run_id', '=', run.id)
          .execute();
      await bench.sweepAt(new Date());
      expect(await (await approvalJob(run))?.getState()).toBe('waiting');
      expect((await bench.desk.view(RunId.parse(run.id)))?.escalations).toMatchObject([{ decision: 'approve' }]);
    },
  );
});
