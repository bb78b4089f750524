import { describe, expect, it } from 'vitest';
import { TransientFailure } from '../../src/errors.ts';
import { type Digest, digestOf, RunId } from '../../src/ids.ts';
import { acquireLease, readLease, releaseAllLeases } from '../../src/store/leases.ts';
import { CI, type Flow, person } from '../support/fleet-flow.ts';
import { EVERY_EFFECT, effectsOf, GOOD, MIGRATION, useFlows, waitsFor } from '../support/flow-cases.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';

const flows = useFlows();
const { withFlow } = flows;

const OLD = digestOf('production');

function pushedMain(flow: Flow): string {
  return flow.repo.git('ls-remote', 'origin', 'refs/heads/main').split('\t')[0] ?? '';
}

async function answer(flow: Flow, id: string, decision: 'approve' | 'reject'): Promise<void> {
  await flow.recorded(id, 'escalated');
  const { head_sha } = await flow.run(id);
  const result = await flow.desk.decide(
    RunId.parse(id),
    { decision, reason: 'looked at it', head_sha: head_sha as never },
    person('mara'),
  );
  expect(result).toMatchObject({ kind: 'recorded', decision });
}

/** Somebody else holds a lease until the returned function is called. */
async function occupy(name: string): Promise<() => Promise<void>> {
  const other = makeRunFacts({ repo: 'acme/other' });
  await insertRun(flows.ground.db, other);
  expect(await acquireLease(flows.ground.db, name, other.id)).toMatchObject({ held: true });
  return () => releaseAllLeases(flows.ground.db, other.id);
}

/** Moves the target branch, as somebody else's merge would. */
function moveMain(flow: Flow, files: Record<string, string>): string {
  const sha = flow.repo.commit({ files, message: 'Somebody else', email: 'owner@example.com' });
  flow.repo.push('main');
  return sha;
}

describe('the flow', () => {
  it.concurrent('deploys what nothing speaks against, each effect once and in order, and pushes the very merge', () =>
    withFlow(async (flow) => {
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      const ended = await flow.finished(run.id);
      expect(ended).toMatchObject({ outcome: 'deployed', route: 'automated', waiting_for: null });
      expect(effectsOf(flow)).toEqual(EVERY_EFFECT);
      expect(flow.target.world).toMatchObject({
        production: ended.artifact,
        canary: null,
        staging: null,
        weight: 0,
        peakWeight: 5,
      });
      expect(pushedMain(flow)).toBe(ended.merge_sha);
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: null, waiting: [] });
      expect(await readLease(flows.ground.db, `staging:${flow.service}`)).toMatchObject({ holder: null, waiting: [] });
    }));

  it.concurrent('blocks what staging rejects: no canary, nothing left staged, nothing pushed', () =>
    withFlow(async (flow) => {
      flow.target.world.stagedStatus = 500;
      const before = pushedMain(flow);
      const run = await flow.enqueue(2, flow.open(2, GOOD));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'smoke_failed' });
      expect(effectsOf(flow)).toEqual(['deploy staging', 'retire staging']);
      expect(pushedMain(flow)).toBe(before);
    }));

  it.concurrent('rolls back what fails under traffic, although a person approved the review', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 500, errors: 150 };
      const before = pushedMain(flow);
      const run = await flow.enqueue(3, flow.open(3, MIGRATION));
      await answer(flow, run.id, 'approve');
      const ended = await flow.finished(run.id);
      expect(ended.outcome).toBe('rolled_back');
      expect(effectsOf(flow)).toEqual([...EVERY_EFFECT.slice(0, 4), 'weight 0', 'retire canary']);
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
      const events = await flow.events(run.id);
      expect(events).not.toContain('promotion.intended');
      const entries = await flow.entries(run.id);
      const zero = entries.find(({ entry }) => entry.event === 'canary_weight.completed' && entry.payload['pct'] === 0);
      expect(zero?.entry.payload['result']).toEqual({ pct: 0 });
      const report = entries.find(({ entry }) => entry.event === 'incident_report');
      expect(report?.entry.payload).toMatchObject({
        cause: 'regression',
        runbook: 'docs/runbooks/canary-regression.md',
        incident: { impact: { failed: expect.any(Number) }, times: { rollback_s: expect.any(Number) } },
      });
      expect(events.indexOf('incident_report')).toBe(events.indexOf('autonomous_rollback') + 1);
      const opinion = entries.find(({ entry }) => entry.event === 'incident_opinion');
      expect(opinion?.entry.payload).toMatchObject({ missing: null, answer: { summary: expect.any(String) } });
      expect(opinion?.entry.causation_seq).toBe(report?.receipt.seq);
      expect(pushedMain(flow)).toBe(before);
    }));

  it.concurrent('never promotes without proof: a canary that nobody used is rolled back as no_proof', () =>
    withFlow(
      async (flow) => {
        flow.target.world.traffic = { requests: 0, errors: 0 };
        const run = await flow.enqueue(4, flow.open(4, GOOD));
        expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_proof' });
        expect((await flow.recorded(run.id, 'canary_verdict')).entry.outcome).toBe('INCONCLUSIVE');
        expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
      },
      { config: { thresholds: { canary_max_windows: 1 } } },
    ));

  it.concurrent('rolls back a canary that never becomes healthy, without ever giving it traffic', () =>
    withFlow(
      async (flow) => {
        flow.target.world.canaryUp = false;
        const run = await flow.enqueue(5, flow.open(5, GOOD));
        expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'canary_down' });
        expect(flow.target.world).toMatchObject({ production: OLD, canary: null, peakWeight: 0 });
      },
      { config: { staging: { health_deadline_s: 0.3 } } },
    ));
});

describe('what cannot be merged or judged', () => {
  it.concurrent('ends blocked(merge_conflict)', () =>
    withFlow(async (flow) => {
      const head = flow.open(6, { 'server.js': "console.log('mine');\n" });
      moveMain(flow, { 'server.js': "console.log('theirs');\n" });
      const run = await flow.enqueue(6, head);
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'merge_conflict' });
      expect(flow.target.calls).toEqual([]);
    }));

  it.concurrent('ends blocked(unknown_sha)', () =>
    withFlow(async (flow) => {
      const run = await flow.enqueue(7, 'd'.repeat(40));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'unknown_sha' });
    }));

  it.concurrent('goes to a person as inconclusive(no_model) where no model is configured, and is rejected when they say so', () =>
    withFlow(
      async (flow) => {
        const run = await flow.enqueue(8, flow.open(8, GOOD));
        await answer(flow, run.id, 'reject');
        expect(await flow.finished(run.id)).toMatchObject({
          outcome: 'rejected',
          outcome_reason: 'reject',
          route: 'human',
        });
        const evaluation = await flow.recorded(run.id, 'review_evaluation');
        expect(evaluation.entry).toMatchObject({
          outcome: 'inconclusive',
          payload: { inconclusive: 'no_model', route: 'human' },
        });
        expect(flow.target.calls).toEqual([]);
      },
      { modelUrl: null },
    ));

  it.concurrent('goes to a person when a line is too long for any reviewer to see', () =>
    withFlow(async (flow) => {
      const run = await flow.enqueue(
        25,
        flow.open(25, { 'server.js': `console.log('two');\nconst data = '${'x'.repeat(130_000)}';\n` }),
      );
      const evaluation = await flow.recorded(run.id, 'review_evaluation');
      expect(evaluation.entry.payload).toMatchObject({
        route: 'human',
        reasons: expect.arrayContaining([
          { code: 'unreadable', text: 'server.js: 1 of 3 changed lines were not read (line too long)' },
        ]),
      });
      await answer(flow, run.id, 'reject');
      expect((await flow.finished(run.id)).outcome).toBe('rejected');
    }));

  it.concurrent('does not take findings for absent when the review is too long for one entry', () =>
    withFlow(async (flow) => {
      const many = Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [
          `docs/a-rather-long-directory-name/page-with-a-long-name-${i}.md`,
          `# Page ${i}\n`,
        ]),
      );
      const code = { 'src/price.js': 'export function discountFor(quantity) {\n  return quantity > 9 ? 0.1 : 0;\n}\n' };
      const run = await flow.enqueue(9, flow.open(9, { ...many, ...code }));
      const generation = await Promise.race([
        flow.recorded(run.id, 'test_generation'),
        answer(flow, run.id, 'approve').then(() => flow.recorded(run.id, 'test_generation')),
      ]);
      const evaluation = await flow.recorded(run.id, 'review_evaluation');
      expect(evaluation.entry.payload).toMatchObject({ blob: expect.any(String) });
      expect(evaluation.entry.payload['findings']).toBeUndefined();
      expect(generation.entry.payload['end']).toEqual({ kind: 'no_tests_configured' });
      await flow.desk.cancel(RunId.parse(run.id), 'seen enough', CI);
      await flow.finished(run.id);
    }));
});

describe('a target branch that moves', () => {
  it.concurrent('before the canary lease is granted: the merge is remade, staging repeated, and the approval survives', () =>
    withFlow(async (flow) => {
      const free = await occupy(`canary:${flow.service}`);
      const run = await flow.enqueue(10, flow.open(10, MIGRATION));
      await answer(flow, run.id, 'approve');
      await waitsFor(flow, run.id, 'canary lease');
      const first = await flow.run(run.id);
      const moved = moveMain(flow, { 'README.md': '# Shop, moved\n' });
      await free();
      const ended = await flow.finished(run.id);
      expect(ended).toMatchObject({ outcome: 'deployed', target_sha: moved });
      expect(ended.artifact).not.toBe(first.artifact);
      expect(flow.target.world.production).toBe(ended.artifact);
      expect((await flow.recorded(run.id, 'staging_validation', 1)).entry.payload['artifact']).toBe(ended.artifact);
      expect(
        (await flow.events(run.id)).filter((event) => event === 'human_decision' || event === 'escalated'),
      ).toEqual(['escalated', 'human_decision']);
      expect(effectsOf(flow)).toEqual(['deploy staging', 'retire staging', ...EVERY_EFFECT]);
      expect(pushedMain(flow)).toBe(ended.merge_sha);
    }));

  it.concurrent('and brings a stricter policy: the approval is void, and people are asked again before anything is staged', () =>
    withFlow(async (flow) => {
      const free = await occupy(`canary:${flow.service}`);
      const run = await flow.enqueue(17, flow.open(17, MIGRATION));
      await answer(flow, run.id, 'approve');
      await waitsFor(flow, run.id, 'canary lease');
      moveMain(flow, { '.slipway/policy.yaml': 'thresholds:\n  risk_score_max: 3\n' });
      await free();
      await waitsFor(flow, run.id, 'person to decide again');
      const asked = (await flow.entries(run.id)).findLast(({ entry }) => entry.event === 'escalated')?.entry;
      expect(asked).toMatchObject({ stage: 'staging', payload: { reasons: [{ code: 'approval_void' }] } });
      expect(effectsOf(flow)).toEqual(['deploy staging', 'retire staging']);
      await answer(flow, run.id, 'approve');
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      const bound = (await flow.entries(run.id))
        .filter(({ entry }) => entry.event === 'human_decision')
        .map(({ entry }) => entry.payload['effective_policy']);
      expect(new Set(bound).size).toBe(2);
    }));

  it.concurrent('and brings a policy under which a person decides: what was automated is asked about', () =>
    withFlow(async (flow) => {
      const free = await occupy(`canary:${flow.service}`);
      const run = await flow.enqueue(18, flow.open(18, GOOD));
      await waitsFor(flow, run.id, 'canary lease');
      moveMain(flow, { '.slipway/policy.yaml': 'thresholds:\n  risk_score_max: 0.1\n' });
      await free();
      await waitsFor(flow, run.id, 'person to decide again');
      const asked = (await flow.entries(run.id)).find(({ entry }) => entry.event === 'escalated')?.entry;
      expect(asked).toMatchObject({
        stage: 'staging',
        payload: { reasons: [{ code: 'approval_void', text: expect.stringContaining('is not below 0.1') }] },
      });
      await answer(flow, run.id, 'approve');
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed', route: 'automated' });
    }));

  it.concurrent('and now conflicts: blocked(merge_conflict), no canary', () =>
    withFlow(async (flow) => {
      const free = await occupy(`canary:${flow.service}`);
      const run = await flow.enqueue(11, flow.open(11, GOOD));
      await waitsFor(flow, run.id, 'canary lease');
      moveMain(flow, { 'server.js': "console.log('theirs');\n" });
      await free();
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'merge_conflict' });
      expect(effectsOf(flow)).toEqual(['deploy staging', 'retire staging']);
    }));

  /** Deploys, and lets somebody else move the target branch while the canary comes up. */
  async function deployWhileMoving(flow: Flow, pr: number, theirs: Record<string, string>) {
    flow.target.world.canaryUp = false;
    const run = await flow.enqueue(pr, flow.open(pr, GOOD));
    await flow.recorded(run.id, 'canary_deploy.completed');
    const moved = moveMain(flow, theirs);
    await waitsFor(flow, run.id, 'to become healthy');
    flow.target.world.canaryUp = true;
    const ended = await flow.finished(run.id);
    expect(ended.outcome).toBe('deployed');
    expect(effectsOf(flow)).toEqual(EVERY_EFFECT);
    expect(flow.target.world.production).toBe(ended.artifact);
    expect((await flow.recorded(run.id, 'merge_push.completed', 0)).entry.payload['result']).toEqual({
      result: 'moved',
    });
    return { ended, moved };
  }

  it.concurrent('while the canary comes up: what was watched is promoted, and pushed on top of what came in between', () =>
    withFlow(async (flow) => {
      const { ended, moved } = await deployWhileMoving(flow, 12, { 'README.md': '# Shop, moved\n' });
      const { payload } = (await flow.recorded(ended.id, 'merge_push.completed', 1)).entry;
      expect(payload).toMatchObject({ expected: moved, next: pushedMain(flow), result: { result: 'pushed' } });
      flow.repo.git('fetch', '--quiet', 'origin', 'main');
      const parents = flow.repo.git('rev-list', '--parents', '-n', '1', 'FETCH_HEAD').trim().split(' ').slice(1);
      expect(parents).toEqual([moved, ended.merge_sha]);
      expect((await flow.recorded(ended.id, 'run_finished')).entry.payload['merge']).toBe('pushed');
    }));

  it.concurrent('and conflicts with what reached production: it says so, and the next change waits for a person to merge', () =>
    withFlow(async (flow) => {
      const { ended, moved } = await deployWhileMoving(flow, 17, { 'server.js': "console.log('theirs');\n" });
      expect(pushedMain(flow)).toBe(moved);
      const { payload, rationale } = (await flow.recorded(ended.id, 'run_finished')).entry;
      expect(payload['merge']).toBe('not_pushed');
      expect(rationale).toMatch(/not on main: merge_conflict: conflict in server\.js/);

      const next = await flow.enqueue(18, flow.open(18, { 'NEXT.md': 'next\n' }));
      expect(await flow.finished(next.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'production_ahead' });
      expect((await flow.recorded(next.id, 'change_resolved')).entry.rationale).toContain(`merge ${ended.head_sha}`);

      flow.repo.git('merge', '--quiet', '-X', 'theirs', '-m', 'By hand', ended.head_sha);
      flow.repo.push('main');
      const after = await flow.enqueue(19, flow.open(19, { 'AFTER.md': 'after\n' }));
      expect((await flow.finished(after.id)).outcome).toBe('deployed');
    }));

  it.concurrent('production moved instead: staging is repeated against the new one', () =>
    withFlow(async (flow) => {
      const free = await occupy(`canary:${flow.service}`);
      const run = await flow.enqueue(13, flow.open(13, GOOD));
      await waitsFor(flow, run.id, 'canary lease');
      const other: Digest = digestOf('another production');
      flow.target.world.production = other;
      await free();
      expect((await flow.finished(run.id)).outcome).toBe('deployed');
      expect((await flow.recorded(run.id, 'staging_validation', 1)).entry.payload['production_version']).toBe(other);
    }));

  it.concurrent('and staging cannot be repeated: the run fails instead of waiting for ever', () =>
    withFlow(async (flow) => {
      const free = await occupy(`canary:${flow.service}`);
      const run = await flow.enqueue(14, flow.open(14, GOOD));
      await waitsFor(flow, run.id, 'canary lease');
      flow.target.before = ({ id }) => {
        if (id.endsWith('staging~deploy~1')) throw new TransientFailure('BROKEN', 'cannot deploy');
      };
      moveMain(flow, { 'README.md': '# Shop, moved\n' });
      await free();
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'failed' });
      const job = await flow.queues.byName.canary.getJob(`${run.id}~canary`);
      expect(job?.failedReason).toMatch(/^\[CHILD_FAILED\] .*staging~1: \[BROKEN\]/);
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: null });
    }));
});

describe('a dry run', () => {
  it.concurrent('goes all the way, marks every entry and touches nothing', () =>
    withFlow(async (flow) => {
      const before = pushedMain(flow);
      const run = await flow.enqueue(15, flow.open(15, GOOD), { dry_run: true });
      expect((await flow.finished(run.id)).outcome).toBe('deployed');
      expect((await flow.entries(run.id)).every(({ entry }) => entry.dry_run)).toBe(true);
      expect(flow.target.calls).toEqual([]);
      expect(pushedMain(flow)).toBe(before);
    }));

  it.concurrent('answers for nothing but itself: the same head is then really enqueued', () =>
    withFlow(async (flow) => {
      const head = flow.open(16, GOOD);
      const described = await flow.enqueue(16, head, { dry_run: true });
      await flow.finished(described.id);
      const real = await flow.enqueue(16, head);
      expect(real).toMatchObject({ dry_run: false, attempt: 2 });
      expect((await flow.finished(real.id)).outcome).toBe('deployed');
      expect(flow.target.world.production).toBe((await flow.run(real.id)).artifact);
    }));
});
