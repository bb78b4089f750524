import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgentCall, readAgentCall } from '../../src/agents/call-agent.ts';
import type { Config } from '../../src/config/config.ts';
import { InputError } from '../../src/errors.ts';
import { planReleaseFlow } from '../../src/flows/release-flow.ts';
import { childOptions, toFlowJob } from '../../src/flows/to-flow-job.ts';
import { digestOf, RunId, type Sha } from '../../src/ids.ts';
import { approvalJobId, stageJobId } from '../../src/queues/job-ids.ts';
import { startRun } from '../../src/runs/enqueue-run.ts';
import { askPeople } from '../../src/runs/escalate.ts';
import { expireQuestion } from '../../src/runs/expire-question.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { readRun } from '../../src/runs/read-run.ts';
import { openRecord } from '../../src/runs/record.ts';
import { type DecisionRequest, EnqueueRequest, type RunDesk } from '../../src/runs/run-desk.ts';
import { startSweeper, sweep } from '../../src/runs/sweep.ts';
import type { Run } from '../../src/store/tables.ts';
import { askAgent } from '../../src/workers/ask-agent.ts';
import { makeApprovalHandler } from '../../src/workers/approvals.worker.ts';
import { stop } from '../../src/workers/step.ts';
import { makeAgentRequest } from '../support/agent-request.ts';
import { eventually } from '../support/eventually.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { makeSha } from '../support/record.ts';

let ground: FleetGround;
let config: Config;
let desk: RunDesk;
let pr = 0;
/** `inner<outer` for each pair of heads of which git would say that one holds the other. */
const ancestry = new Set<string>();

beforeAll(async () => {
  ground = await makeFleetGround();
  const service = { repository: '/nowhere', delivery: { kind: 'local', command: ['node', 'server.js'] } };
  config = await ground.config({
    services: { shop: { ...service, repo: 'acme/shop' }, api: { ...service, repo: 'acme/mono' }, web: { ...service, repo: 'acme/mono' } },
    people: {
      nina: { emails: ['nina@example.com'], logins: ['nina'] },
      tomas: { emails: ['tomas@example.com'], logins: ['tomas'] },
      uma: { emails: ['uma@example.com'], logins: ['uma'] },
      mara: { emails: ['mara@example.com'], logins: ['mara'] },
      jonas: { emails: ['jonas@example.com'], logins: ['jonas'] },
    },
  });
  const repository = { isAncestor: (_url: string, inner: Sha, outer: Sha) => Promise.resolve(ancestry.has(`${inner}<${outer}`)) };
  desk = makeRunDesk({ ...ground, config, repository });
});
afterAll(() => ground.close());
beforeEach(() => {
  pr++;
});

function request(over: Partial<EnqueueRequest> = {}): EnqueueRequest {
  return EnqueueRequest.parse({ repo: 'acme/shop', pr_number: pr, head_sha: makeSha(), title: 'A change', author: 'nina', ...over });
}

async function enqueue(over: Partial<EnqueueRequest> = {}): Promise<Run> {
  const result = await desk.enqueue(request(over), CI);
  if (result.kind !== 'created') throw new Error(`not created but ${result.kind}`);
  return result.run;
}

async function current(run: Pick<Run, 'id'>): Promise<Run> {
  const found = await readRun(ground.db, RunId.parse(run.id));
  if (found === null) throw new Error('the run is gone');
  return found;
}

async function eventsOf(run: Pick<Run, 'id'>): Promise<string[]> {
  return (await ground.audit.list(RunId.parse(run.id))).map(({ entry }) => `${entry.event}:${entry.outcome}`);
}

function finish(run: Run, outcome = 'blocked'): Promise<unknown> {
  return ground.db.updateTable('slipway.runs').set({ status: 'finished', outcome, finished_at: new Date() }).where('id', '=', run.id).execute();
}

const flowOf = (run: Pick<Run, 'id'>) => ground.queues.byName.release.getJob(stageJobId(RunId.parse(run.id), 'release'));
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
const sweepAt = (now: Date) => sweep({ ...ground, config }, now);

describe('enqueue', () => {
  it('a hundred times at once is one run, one flow and one entry', async () => {
    const wanted = request();
    const results = await Promise.all(Array.from({ length: 100 }, () => desk.enqueue(wanted, CI)));
    const ids = new Set(results.map((result) => (result.kind === 'older_head' ? 'older' : result.run.id)));
    expect(ids.size).toBe(1);
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'exists')).toHaveLength(99);
    const [id = ''] = ids;
    expect(await eventsOf({ id })).toEqual(['run_enqueued:queued']);
    expect(await desk.list({ pr_number: pr, limit: 50 })).toHaveLength(1);
    expect(await (await flowOf({ id }))?.getState()).toBe('waiting-children');
    const reviews = await ground.queues.byName.review.getJobs(['waiting', 'active', 'delayed', 'completed']);
    expect(reviews.filter((job) => job.id?.startsWith(id))).toHaveLength(1);
  });

  it('again starts another run of a head only when its run is finished', async () => {
    const wanted = request();
    const first = await desk.enqueue(wanted, CI);
    expect(first.kind).toBe('created');
    if (first.kind === 'older_head') return;
    expect(await desk.enqueue({ ...wanted, again: true }, CI)).toMatchObject({ kind: 'exists', run: { id: first.run.id } });
    await finish(first.run);
    expect(await desk.enqueue(wanted, CI)).toMatchObject({ kind: 'exists', run: { id: first.run.id } });
    const second = await Promise.all([1, 2, 3].map(() => desk.enqueue({ ...wanted, again: true }, CI)));
    expect(second.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(second.every((result) => result.kind !== 'older_head' && result.run.attempt === 2)).toBe(true);
  });

  it.each([
    [{ repo: 'acme/unknown' }, 'repo', 'no service is built from acme/unknown'],
    [{ repo: 'acme/shop', service: 'cart' }, 'service', 'acme/shop has no service cart'],
    [{ repo: 'acme/mono' }, 'service', 'acme/mono holds several services'],
  ])('of %j names the field and leaves nothing behind', async (over, field, problem) => {
    const refused = await desk.enqueue(request(over), CI).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect(refused).toMatchObject({ status: 422, problems: [{ field, problem, fix: expect.any(String) }] });
    expect(await desk.list({ pr_number: pr, limit: 50 })).toEqual([]);
  });

  it('of a dry run is no answer for the real one, and ends no real run', async () => {
    const wanted = request();
    const dry = await desk.enqueue({ ...wanted, dry_run: true }, CI);
    const real = await desk.enqueue(wanted, CI);
    expect([dry.kind, real.kind]).toEqual(['created', 'created']);
    await desk.enqueue(request({ dry_run: true }), CI);
    if (real.kind === 'older_head') return;
    expect((await current(real.run)).stop_kind).toBeNull();
  });
});

describe('heads of one pull request', () => {
  it('a newer one supersedes the live run, and the older one is answered with the newest', async () => {
    const [a, b, c] = [await enqueue(), await enqueue(), await enqueue()];
    expect(await current(a)).toMatchObject({ stop_kind: 'superseded', superseded_by: b.id });
    expect(await current(b)).toMatchObject({ stop_kind: 'superseded', superseded_by: c.id });
    expect((await current(c)).stop_kind).toBeNull();
    expect(await eventsOf(a)).toEqual(['run_enqueued:queued', 'stop_requested:superseded']);
    const again = await desk.enqueue(request({ head_sha: a.head_sha as Sha }), CI);
    expect(again).toMatchObject({ kind: 'older_head', current: { id: c.id } });
  });

  it('an older one that never had a run starts none', async () => {
    const live = await enqueue();
    const older = makeSha();
    ancestry.add(`${older}<${live.head_sha}`);
    expect(await desk.enqueue(request({ head_sha: older }), CI)).toMatchObject({ kind: 'older_head', current: { id: live.id } });
    expect(await desk.list({ pr_number: pr, limit: 50 })).toHaveLength(1);
    expect((await current(live)).stop_kind).toBeNull();
  });

  it.each(['unrelated', 'the first is older', 'the second is older'] as const)('enqueued at the same moment leave one live run (%s)', async (relation) => {
    for (let round = 0; round < 8; round++) {
      pr = 100_000 + pr + 1;
      const [a, b] = [makeSha(), makeSha()];
      if (relation === 'the first is older') ancestry.add(`${a}<${b}`);
      if (relation === 'the second is older') ancestry.add(`${b}<${a}`);
      await Promise.all([a, b].map((head_sha) => desk.enqueue(request({ head_sha }), CI)));
      const live = (await desk.list({ pr_number: pr, limit: 50 })).filter((run) => run.stop_kind === null);
      expect(live).toHaveLength(1);
      if (relation === 'the first is older') expect(live[0]?.head_sha).toBe(b);
      if (relation === 'the second is older') expect(live[0]?.head_sha).toBe(a);
    }
  });

  /** Rows and flows as an enqueue leaves them that died before it stopped the older run. */
  async function twoLive(): Promise<[Run, Run]> {
    const older = await enqueue();
    await finish(older);
    const newer = await enqueue();
    await ground.db.updateTable('slipway.runs').set({ status: 'running', outcome: null, finished_at: null }).where('id', '=', older.id).execute();
    return [older, newer];
  }

  it('an enqueue that died before it superseded is completed by its repetition', async () => {
    const [older, newer] = await twoLive();
    expect(await desk.enqueue(request({ head_sha: newer.head_sha as Sha }), CI)).toMatchObject({ kind: 'exists', run: { id: newer.id } });
    expect(await current(older)).toMatchObject({ stop_kind: 'superseded', superseded_by: newer.id });
  });

  it('or by the sweeper, once two heads of one moment have had time to settle', async () => {
    const [older, newer] = await twoLive();
    await sweepAt(new Date());
    expect((await current(older)).stop_kind).toBeNull();
    await sweepAt(new Date(Date.now() + 60_000));
    expect(await current(older)).toMatchObject({ stop_kind: 'superseded', superseded_by: newer.id });
    expect((await current(newer)).stop_kind).toBeNull();
  });
});

describe('a decision', () => {
  const NINA = { name: 'Nina', email: 'nina@example.com' };
  const TOMAS = { name: 'Tomas', email: 'tomas@example.com' };
  const UMA = { name: 'Uma', email: 'uma@example.com' };

  /** A run that asks: its change was written by nina, committed by tomas, with uma as co-author. */
  async function asking(options: { contributors?: { name: string; email: string }[]; needed?: number; deadlineAt?: Date } = {}): Promise<Run> {
    const run = await enqueue();
    const record = openRecord(ground.audit, run, config.policy_hash);
    await record.append({ stage: 'review', step: 'resolve', event: 'change_resolved', rationale: 'resolved', outcome: 'resolved', payload: { contributors: options.contributors ?? [NINA, TOMAS, UMA] } });
    const answer = await ask(run, options);
    if (answer.kind !== 'waiting') throw new Error('it does not wait');
    const { queue, id, data, delayMs } = answer.job;
    await ground.queues.byName[queue].add(queue, data, { ...childOptions(queue, id), delay: delayMs });
    return run;
  }
  function ask(run: Run, { needed = 1, deadlineAt = inHours(1) }: { needed?: number; deadlineAt?: Date } = {}) {
    const contextPackage = { title: 'A change', reasons: [], diff_summary: null, findings: [], score: { total: null, terms: [] }, facts: {}, evidence: [], baseline: null, agent_reasoning: null, excluded_approvers: [] };
    const question = { stage: 'review' as const, reasons: [{ code: 'risk_score', text: 'risky' }], contextPackage, approvalsNeeded: needed, deadlineAt };
    return askPeople(ground.db, openRecord(ground.audit, run, config.policy_hash), run, () => Promise.resolve(question), 'review', new Date());
  }
  const decide = (run: Run, name: string | null, over: Partial<DecisionRequest> = {}) =>
    desk.decide(RunId.parse(run.id), { decision: 'approve', reason: 'looked at it', head_sha: run.head_sha as Sha, ...over }, name === null ? CI : person(name));
  const approvalJob = (run: Run) => ground.queues.byName.approvals.getJob(approvalJobId(RunId.parse(run.id), 'review'));

  it.each([
    ['nina', 'wrote_the_change', 'the author'],
    ['tomas', 'wrote_the_change', 'the committer'],
    ['uma', 'wrote_the_change', 'a co-author'],
    ['stranger', 'not_a_person', 'somebody the configuration does not know'],
    [null, 'not_a_person', 'a machine'],
  ])('by %s is refused (%s: %s) and the run waits on', async (name, why, _who) => {
    const run = await asking();
    expect(await decide(run, name)).toMatchObject({ kind: 'refused', why, detail: expect.any(String) });
    expect((await eventsOf(run)).some((event) => event.startsWith('human_'))).toBe(false);
    expect(await (await approvalJob(run))?.getState()).toBe('delayed');
    if (name !== null) expect(await eventsOf(run)).toContain(`decision_refused:${why}`);
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'recorded', decision: 'approve' });
  });

  it('about another head is refused', async () => {
    const run = await asking();
    expect(await decide(run, 'mara', { head_sha: makeSha() })).toMatchObject({ kind: 'refused', why: 'stale_head' });
  });

  it('on a run that asks nobody is refused, and on none there is none', async () => {
    const run = await enqueue();
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'refused', why: 'not_waiting' });
    expect(await desk.decide(RunId.parse('f'.repeat(32)), { decision: 'approve', reason: 'x', head_sha: makeSha() }, person('mara'))).toBeNull();
  });

  it('binds to head, base and policy, names the person, and wakes the job that waits', async () => {
    const run = await asking();
    expect(await decide(run, 'mara')).toEqual({ kind: 'recorded', decision: 'approve', approvals: 1, needed: 1 });
    const entry = (await ground.audit.list(RunId.parse(run.id))).find((e) => e.entry.event === 'human_decision')?.entry;
    expect(entry).toMatchObject({ actor: { kind: 'human', id: 'mara' }, outcome: 'approve', payload: { head_sha: run.head_sha, policy_hash: config.policy_hash } });
    expect(await (await approvalJob(run))?.getState()).toBe('waiting');
    expect(await decide(run, 'jonas', { decision: 'reject' })).toEqual({ kind: 'too_late', stored: 'approve' });
  });

  it('to reject needs one person, even of those who wrote the change', async () => {
    const run = await asking({ needed: 2 });
    expect(await decide(run, 'nina', { decision: 'reject' })).toMatchObject({ kind: 'recorded', decision: 'reject' });
  });

  it('needs two different people where somebody on the change is unknown', async () => {
    const run = await asking({ contributors: [NINA, { name: 'Who', email: 'who@example.org' }], needed: 2 });
    expect(await decide(run, 'mara')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
    expect(await decide(run, 'mara')).toMatchObject({ kind: 'refused', why: 'already_approved' });
    expect(await eventsOf(run)).not.toContain('human_decision:approve');
    expect(await decide(run, 'jonas')).toEqual({ kind: 'recorded', decision: 'approve', approvals: 2, needed: 2 });
    expect(await eventsOf(run)).toContain('human_decision:approve');
  });

  it('of two approvers at the same moment counts both', async () => {
    for (let round = 0; round < 10; round++) {
      const run = await asking({ needed: 2 });
      pr += 1_000;
      const results = await Promise.all([decide(run, 'mara'), decide(run, 'jonas')]);
      expect(results.map((result) => result?.kind)).toEqual(['recorded', 'recorded']);
      expect(results.filter((result) => result?.kind === 'recorded' && result.decision === 'approve')).toHaveLength(1);
    }
  });

  it('and its deadline: whoever is recorded first wins, and the loser is told', async () => {
    const won = { person: 0, deadline: 0 };
    for (let round = 0; round < 50; round++) {
      pr += 1_000;
      const run = await asking();
      const [decided, expired] = await Promise.all(
        round % 2 === 0
          ? [decide(run, 'mara'), expireQuestion(ground.db, ground.audit, run, 'review')]
          : await Promise.resolve([expireQuestion(ground.db, ground.audit, run, 'review'), decide(run, 'mara')] as const).then(([e, d]) => [d, e] as const),
      );
      const stored = (await eventsOf(run)).filter((event) => event.startsWith('human_decision'));
      expect(stored).toHaveLength(1);
      if (stored[0] === 'human_decision:approve') {
        won.person++;
        expect(decided).toMatchObject({ kind: 'recorded', decision: 'approve' });
      } else {
        won.deadline++;
        expect(decided).toEqual({ kind: 'too_late', stored: 'expired' });
      }
      expect(stored[0]).toBe(`human_decision:${expired.entry.outcome}`);
    }
    expect(won.person + won.deadline).toBe(50);
  });

  it('that nobody makes expires, by the sweeper or by the job, whoever is first', async () => {
    const bySweeper = await asking({ deadlineAt: inHours(-1) });
    pr++;
    const byJob = await asking({ deadlineAt: inHours(-1) });
    const handle = makeApprovalHandler({ db: ground.db, audit: ground.audit, now: () => new Date() });
    expect(await handle({ run_id: RunId.parse(byJob.id), stage: 'review' })).toEqual({ kind: 'done', result: { decision: 'expired' } });
    await sweepAt(new Date());
    for (const run of [bySweeper, byJob]) expect((await eventsOf(run)).filter((event) => event.startsWith('human_'))).toEqual(['human_decision:expired']);
    expect((await desk.view(RunId.parse(bySweeper.id)))?.escalations).toMatchObject([{ decision: 'expired' }]);
    expect(await (await approvalJob(bySweeper))?.getState()).toBe('waiting');
  });

  it('is not asked for twice, and the first deadline stands', async () => {
    const deadlineAt = inHours(2);
    const run = await asking({ deadlineAt });
    const repeated = await ask(run, { deadlineAt: inHours(50) });
    expect(repeated.kind === 'waiting' && Math.abs(repeated.job.delayMs - 2 * 3_600_000) < 600_000).toBe(true);
    expect((await eventsOf(run)).filter((event) => event.startsWith('escalated'))).toHaveLength(1);
    await decide(run, 'mara');
    expect(await ask(run)).toMatchObject({ kind: 'decided', decision: { entry: { outcome: 'approve' } } });
  });

  it.each(['with', 'without'] as const)('whose author died before the wake-up (%s the question closed) is woken by the sweeper', async (closed) => {
    const run = await asking();
    await openRecord(ground.audit, run, config.policy_hash).append({ stage: 'review', step: 'route', event: 'human_decision', actor: { kind: 'human', id: 'mara' }, rationale: 'fine', outcome: 'approve', payload: {} });
    if (closed === 'with') await ground.db.updateTable('slipway.escalations').set({ decided_at: new Date(), decision: 'approve' }).where('run_id', '=', run.id).execute();
    await sweepAt(new Date());
    expect(await (await approvalJob(run))?.getState()).toBe('waiting');
    expect((await desk.view(RunId.parse(run.id)))?.escalations).toMatchObject([{ decision: 'approve' }]);
  });
});

describe('the sweeper', () => {
  it('gives a run its flow when the enqueue died in between, and only then', async () => {
    const run = await enqueue();
    const root = await flowOf(run);
    await root?.remove();
    expect(await flowOf(run)).toBeUndefined();
    await sweepAt(new Date());
    expect(await flowOf(run), 'it is too young: its enqueue may still be at it').toBeUndefined();
    await sweepAt(new Date(Date.now() + 10_000));
    expect(await (await flowOf(run))?.getState()).toBe('waiting-children');
    expect(await eventsOf(run)).toEqual(['run_enqueued:queued']);
  });

  it('repairs the rest although one cannot be repaired', async () => {
    const bad = await enqueue();
    await (await flowOf(bad))?.remove();
    await ground.db.updateTable('slipway.runs').set({ service: 'gone\u200b', created_at: new Date('2020-01-01') }).where('id', '=', bad.id).execute();
    pr += 1;
    const good = await enqueue();
    await (await flowOf(good))?.remove();
    await sweepAt(new Date(Date.now() + 10_000));
    expect(await (await flowOf(good))?.getState()).toBe('waiting-children');
    await finish(bad);
  });

  it('carries out a stop that stands on the record only', async () => {
    const run = await enqueue();
    await openRecord(ground.audit, run, config.policy_hash).append({ stage: 'operator', step: 'stop', event: 'stop_requested', actor: { kind: 'human', id: 'mara' }, rationale: 'not today', outcome: 'cancelled', payload: { superseded_by: null } });
    await sweepAt(new Date());
    expect(await current(run)).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'not today' });
  });

  it('sets the agent cap again when Redis lost it', async () => {
    const { agents } = ground.queues.byName;
    await agents.setGlobalConcurrency(77);
    await sweepAt(new Date());
    expect(await agents.getGlobalConcurrency()).toBe(config.orchestration.max_concurrent_agents);
    await agents.obliterate({ force: true });
    expect(await agents.getGlobalConcurrency()).toBeNull();
    await sweepAt(new Date());
    expect(await agents.getGlobalConcurrency()).toBe(5);
  });

  it('ends an agent call past its deadline, and the stage that waits for it goes on', async () => {
    const run = await enqueue();
    const id = RunId.parse(run.id);
    const outcomes: string[] = [];
    const ports = { db: ground.db, config, now: () => new Date(), prompts: {} } as unknown as Parameters<typeof askAgent>[0];
    const replica = ground.replica('review', async (job) => {
      if (job.run_id !== id) return stop('another run');
      const outcome = await askAgent(ports, run, { stage: 'review', agent: 'review', n: 0 }, () => makeAgentRequest());
      if (outcome.kind === 'waiting') return { kind: 'await_children', children: [outcome.child], why: 'for an answer' };
      outcomes.push(outcome.kind === 'inconclusive' ? outcome.reason : outcome.kind);
      return stop('no answer');
    });
    try {
      await ensureAgentCall(ground.db, { runId: id, stage: 'review', agent: 'review', n: 0, request: makeAgentRequest(), deadlineAt: inHours(0.4) });
      const job = await ground.queues.byName.review.getJob(stageJobId(id, 'review'));
      await eventually('the review waits', () => job?.isWaitingChildren());
      await sweepAt(new Date());
      expect(await job?.isWaitingChildren()).toBe(true);
      await sweepAt(inHours(0.5));
      await eventually('the review goes on', () => outcomes.length > 0);
      expect(outcomes).toEqual(['deadline']);
      expect(await readAgentCall(ground.db, `${id}~review~review~0`)).toMatchObject({ kind: 'inconclusive', reason: 'deadline' });
    } finally {
      await replica.stop();
    }
  });

  it('wakes the stage of a call whose end was stored by a sweeper that died right after', async () => {
    const run = await enqueue();
    const id = RunId.parse(run.id);
    await ensureAgentCall(ground.db, { runId: id, stage: 'review', agent: 'review', n: 0, request: makeAgentRequest(), deadlineAt: inHours(-1) });
    await ground.db.updateTable('slipway.agent_calls').set({ status: 'done', kind: 'inconclusive', reason: 'deadline', done_at: new Date() }).where('run_id', '=', id).execute();
    const call = `${id}~review~review~0`;
    await ground.queues.byName.agents.add('agents', { run_id: id, call_id: call }, childOptions('agents', call));
    await sweepAt(new Date());
    expect(await ground.queues.byName.agents.getJob(call)).toBeUndefined();
  });

  it('sweeps on start, on one replica at a time, and ends cleanly', async () => {
    await ground.queues.redis.del('{slipway}:sweeper');
    await ground.queues.byName.agents.setGlobalConcurrency(77);
    const first = startSweeper({ ...ground, config });
    await eventually('it swept', async () => (await ground.queues.byName.agents.getGlobalConcurrency()) === 5);
    await ground.queues.byName.agents.setGlobalConcurrency(78);
    const second = startSweeper({ ...ground, config });
    await second.close();
    expect(await ground.queues.byName.agents.getGlobalConcurrency()).toBe(78);
    await first.close();
  });
});

describe('what the desk tells', () => {
  it('cancels a live run once, answers for a finished one, and knows no other', async () => {
    const run = await enqueue();
    expect(await desk.cancel(RunId.parse(run.id), 'enough', person('mara'))).toBe('stopping');
    expect(await desk.cancel(RunId.parse(run.id), 'really enough', person('jonas'))).toBe('stopping');
    expect(await current(run)).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'enough' });
    expect((await eventsOf(run)).filter((event) => event.startsWith('stop_'))).toEqual(['stop_requested:cancelled']);
    await finish(run);
    expect(await desk.cancel(RunId.parse(run.id), 'late', CI)).toBe('already_finished');
    expect(await desk.cancel(RunId.parse('e'.repeat(32)), 'none', CI)).toBeNull();
  });

  it('shows entries after a place in the log, and pages of runs without gap or repetition', async () => {
    const run = await enqueue();
    await startRun({ ...ground, config }, run, CI);
    await desk.cancel(RunId.parse(run.id), 'enough', CI);
    const [first, second] = await desk.entriesAfter(RunId.parse(run.id), '-1');
    expect((await desk.entriesAfter(RunId.parse(run.id), first?.receipt.seq ?? '')).map((e) => e.receipt.seq)).toEqual([second?.receipt.seq]);
    const all = await desk.list({ limit: 200 });
    const paged: string[] = [];
    for (let before: RunId | undefined; ; ) {
      const page = await desk.list({ limit: 7, ...(before === undefined ? {} : { before }) });
      paged.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last === undefined || page.length < 7 || paged.length >= 200) break;
      before = RunId.parse(last.id);
    }
    expect(paged.slice(0, all.length)).toEqual(all.map(({ id }) => id).slice(0, paged.length));
  });

  it('keeps the policy behind the run as a blob by its hash', async () => {
    const run = await enqueue();
    expect(run.policy_hash).toBe(digestOf(config.policy_text));
    const blob = await ground.db.selectFrom('slipway.blobs').select('bytes').where('digest', '=', run.policy_hash).executeTakeFirst();
    expect(blob?.bytes.toString('utf8')).toBe(config.policy_text);
  });

  it('a flow can be added twice without harm', async () => {
    const run = await enqueue();
    await ground.queues.flows.add(toFlowJob(planReleaseFlow(RunId.parse(run.id))));
    expect(await (await flowOf(run))?.getState()).toBe('waiting-children');
  });
});
