import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RunId } from '../../src/ids.ts';
import { type CanaryRig, type RigService, startCanaryRig } from '../support/canary-rig.ts';
import { type KillChain, makeKillChain } from '../support/kill-chain.ts';
import { tellService } from '../support/measured-service.ts';

const SHARE = 50;
const NOT_LATER = 1_000_000_000;
/** Requests in a second: nothing is proved while replicas die, and as good as at once when they are through. */
const FEW = 2;
const PLENTY = 80;
/** A larger share has one window: longer than a handful of replicas needs to die and be followed. */
const WHILE_THEY_DIE_MIN = 3;
const BY_STEPS = { sensitive_paths: { performance_critical: ['behaviour.json'] } };

let rig: CanaryRig;
let chain: KillChain;
beforeAll(async () => {
  rig = await startCanaryRig({
    services: 4,
    requestsPerSecond: 0,
    hearWeights: true,
    // Many deaths in a row are not what these limits are about: each one is taken over in time.
    fleet: { canary_hold_s: 3_600 },
    thresholds: {
      canary_traffic_initial_pct: SHARE,
      canary_monitoring_duration_min: 0.4,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
      canary_max_windows: 12,
      canary_metrics_freeze_s: 600,
      canary_metrics_zero_s: 1_800,
      canary_gate_min: 0.3,
    },
    serviceOverrides: [
      // Twelve of these are given up only long after all replicas died that are to.
      { thresholds: { canary_monitoring_duration_min: 1 } },
      // Never proved: it is raised without proof, then people are asked.
      {
        thresholds: {
          canary_traffic_initial_pct: 25,
          canary_step_up_max_pct: SHARE,
          canary_max_windows: 1,
          canary_monitoring_duration_min: WHILE_THEY_DIE_MIN,
          canary_hold_min: 60,
          canary_min_requests: NOT_LATER,
        },
      },
      {
        ...BY_STEPS,
        thresholds: {
          canary_traffic_initial_pct: 5,
          canary_gate_min: 60,
          canary_monitoring_duration_min: WHILE_THEY_DIE_MIN,
        },
      },
      BY_STEPS,
    ],
    // Only what is sensitive goes by steps; its factors are those of every other change.
    changeClasses: { performance_critical: { canary: {}, canary_steps: [25, 50], canary_gates: [50, 100] } },
  });
  chain = makeKillChain(rig);
});
afterAll(async () => {
  await rig?.close();
  process.stdout.write(`${chain?.report()}\n`);
});
afterEach(async () => {
  await chain.endAll();
  await rig.balancer.start();
  for (const { traffic } of rig.services) traffic.setRate(0);
});

function service(n: 1 | 2 | 3 | 4, requestsPerSecond: number): RigService {
  const found = rig.services[n - 1];
  if (found === undefined) throw new Error(`the rig has no service ${n}`);
  found.traffic.setRate(requestsPerSecond);
  return found;
}

/** What HAProxy was told of a service's canary since then; a promotion gives it all of the traffic before it takes it out. */
const toldSince = ({ name }: RigService, from: number) => rig.weights?.told(name, 'canary').slice(from) ?? [];

interface End {
  readonly outcome: string;
  readonly once: readonly string[];
}

const DEPLOYED: End = { outcome: 'deployed', once: ['promotion.completed', 'production_release'] };
const ROLLED_BACK: End = {
  outcome: 'rolled_back',
  once: ['autonomous_rollback', 'canary_stop.completed', 'incident_report'],
};

/** One end, each effect with one outcome, nothing of the canary left. */
async function endsOnce(of: RigService, id: RunId, end: End): Promise<void> {
  await chain.startLast();
  expect(await rig.endOf(id)).toMatchObject({ outcome: end.outcome });
  const entries = (await rig.entries(id)).map(({ entry }) => entry);
  const events = entries.map(({ event }) => event);
  for (const once of ['canary_deploy.completed', 'canary_started', 'canary_verdict', 'run_finished', ...end.once])
    expect(`${once} ${events.filter((event) => event === once).length}`).toBe(`${once} 1`);
  const phase = (which: string) =>
    entries
      .filter(({ event }) => event.endsWith(which))
      .map(({ stage, step, event, n }) => `${stage} ${step} ${event.replace(which, '')} ${n}`)
      .toSorted();
  expect(phase('.completed')).toEqual(phase('.intended'));
  // However often it changed hands, the stored ticks give the live verdict.
  expect(await rig.judgeAgain(id)).toMatchObject({ same: true });
  expect((await rig.balancer.figures(of.name, 'canary')).weight).toBe(0);
  expect((await of.vm.deployer.describe(AbortSignal.timeout(30_000))).canary).toBeNull();
}

/** HAProxy was told a share so often and no more, and zero last, where that had to be told. */
function toldOnce(of: RigService, from: number, shares: number, zero: 'and zero' | 'no zero' = 'and zero'): void {
  const told = toldSince(of, from);
  const said = told.map((weight) => (weight > 0 ? 'share' : 'zero'));
  const due = [...Array.from({ length: shares }, () => 'share'), ...(zero === 'and zero' ? ['zero'] : [])];
  expect({ told, said }).toEqual({ told, said: due });
}

it('promoted, with its share lost on the way: deploy, share, drift, tick, promotion and the push of the merge', async () => {
  const shop = service(1, FEW);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'promoted' });
  await chain.kill(shop, id, 'deploy and first share');
  await rig.balancer.reload();
  await chain.kill(shop, id, 'drift that was told');
  await chain.kill(shop, id, 'tick');
  shop.traffic.setRate(PLENTY);
  await chain.kill(shop, id, 'promotion');
  await chain.kill(shop, id, 'merge push and end');
  await endsOnce(shop, id, DEPLOYED);
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, `drift ${SHARE}`]);
  toldOnce(shop, from, 3);
  expect(shop.targetHolds((await rig.run(id)).merge_sha ?? '')).toBe(true);
});

it('on a merge that is remade, since the target branch moves after staging; it moves once more before the merge is pushed', async () => {
  const shop = service(1, FEW);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'remade' });
  await chain.kill(shop, id, 'staging that is overtaken');
  const first = (await rig.run(id)).merge_sha;
  const before = shop.moveTarget();
  await chain.kill(shop, id, 'remade merge');
  await chain.kill(shop, id, 'staging of the remade merge');
  await chain.kill(shop, id, 'first tick');
  await rig.balancer.reload();
  await chain.kill(shop, id, 'drift that was found');
  shop.traffic.setRate(PLENTY);
  await chain.kill(shop, id, 'promotion that is overtaken');
  const after = shop.moveTarget();
  await chain.kill(shop, id, 'merge push that is overtaken');
  await endsOnce(shop, id, DEPLOYED);
  const { merge_sha, head_sha } = await rig.run(id);
  expect(merge_sha).not.toBe(first);
  for (const commit of [merge_sha ?? '', head_sha, before, after]) expect(shop.targetHolds(commit)).toBe(true);
  expect(first !== null && shop.targetHolds(first)).toBe(false);
  const pushes = (await rig.entries(id)).filter(({ entry }) => entry.event === 'merge_push.completed');
  expect(pushes.map(({ entry }) => entry.payload['result'])).toEqual([
    { result: 'moved' },
    { result: expect.stringMatching(/^(pushed|already_there)$/) },
  ]);
  toldOnce(shop, from, 3);
});

it('that fails after its share was given back: taken to zero and stopped, once', async () => {
  const shop = service(1, FEW);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'taken back' });
  await chain.kill(shop, id, 'first tick');
  await rig.balancer.reload();
  await chain.kill(shop, id, 'drift before it is given back');
  await tellService(shop.vm.ports.canary, 'errors?share=1');
  shop.traffic.setRate(PLENTY);
  await chain.kill(shop, id, 'verdict that fails');
  await chain.kill(shop, id, 'zero and stop');
  await endsOnce(shop, id, ROLLED_BACK);
  expect((await rig.recorded(id, 'canary_verdict')).entry).toMatchObject({
    outcome: 'FAIL',
    payload: { cause: 'regression' },
  });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, `drift ${SHARE}`, 'weight 0']);
  toldOnce(shop, from, 2);
});

it('that fails with the balancer gone: stopped by the second actuator, once, and not over before zero is read back', async () => {
  const shop = service(1, FEW);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'without a balancer' });
  await chain.kill(shop, id, 'first tick');
  await tellService(shop.vm.ports.canary, 'errors?share=1');
  shop.traffic.setRate(PLENTY);
  await chain.kill(shop, id, 'verdict that fails');
  await rig.balancer.kill();
  await chain.kill(shop, id, 'stop without a balancer');
  expect((await rig.run(id)).status).not.toBe('finished');
  expect((await shop.vm.deployer.describe(AbortSignal.timeout(30_000))).canary).toBeNull();
  await rig.balancer.start();
  await endsOnce(shop, id, { ...ROLLED_BACK, once: [...ROLLED_BACK.once, 'canary_halt.completed'] });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, 'weight 0']);
  // Its file has the canary at zero, so nobody has to say so.
  toldOnce(shop, from, 1, 'no zero');
});

it('that can be neither proved nor suspected: raised, put to people, watched on by their word, and made production by it', async () => {
  const shop = service(2, 20);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'held' });
  await chain.kill(shop, id, 'first tick');
  await chain.kill(shop, id, 'share raised without proof');
  await chain.kill(shop, id, 'question of a hold');
  await rig.decide(id, 'extend');
  await chain.kill(shop, id, 'hold that is extended');
  await chain.kill(shop, id, 'question of a hold');
  await rig.decide(id, 'approve');
  await chain.kill(shop, id, 'hold that is let go');
  await endsOnce(shop, id, DEPLOYED);
  const asked = (await rig.entries(id)).filter(
    ({ entry: { event } }) => event === 'escalated' || event === 'human_decision',
  );
  expect(asked.map(({ entry }) => `${entry.n} ${entry.outcome}`)).toEqual([
    '0 waiting_for_a_person',
    '0 extend',
    '1 waiting_for_a_person',
    '1 approve',
  ]);
  expect(await rig.shares(id)).toEqual(['weight 25', `step ${SHARE}`]);
  toldOnce(shop, from, 3);
});

it('by steps 5, 25, 50 and 100 %, with people asked before 50 % and before production', async () => {
  const shop = service(3, 120);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'by steps' });
  await chain.kill(shop, id, 'first tick');
  await chain.kill(shop, id, 'step');
  await chain.kill(shop, id, 'question at a gate');
  await chain.kill(shop, id, 'wait at a gate');
  await rig.decide(id, 'approve');
  await chain.kill(shop, id, 'step through a gate');
  await chain.kill(shop, id, 'gate before production');
  await chain.startLast();
  await rig.recorded(id, 'escalated', ({ entry }) => entry.n === 1);
  await chain.endAll();
  await rig.decide(id, 'approve');
  await chain.kill(shop, id, 'production through a gate');
  await endsOnce(shop, id, DEPLOYED);
  expect((await rig.recorded(id, 'canary_verdict')).entry).toMatchObject({
    outcome: 'PASS',
    payload: { decision: 'approve' },
  });
  expect(await rig.shares(id)).toEqual(['weight 5', 'step 25', 'step 50']);
  toldOnce(shop, from, 4);
});

it('that nobody lets past its gate in time: taken back as such, once', async () => {
  const shop = service(4, PLENTY);
  const from = toldSince(shop, 0).length;
  const id = await shop.enqueue({ name: 'nobody answers' });
  await chain.kill(shop, id, 'gate that closes');
  await endsOnce(shop, id, ROLLED_BACK);
  expect(await rig.run(id)).toMatchObject({ outcome_reason: 'gate_closed' });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, 'weight 0']);
  toldOnce(shop, from, 1);
});

it('at every place that is named there', () => {
  expect(chain.unused()).toEqual([]);
});
