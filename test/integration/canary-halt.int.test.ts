import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicyCheck } from '../../src/audit/verify-policy.ts';
import { TransientFailure } from '../../src/errors.ts';
import { takeOutOfTraffic } from '../../src/workers/canary/take-out-of-traffic.ts';
import type { EffectScope } from '../../src/workers/delivery-effects.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type LiveCanary, makeLiveCanary, startGuardStage } from '../support/guard-stage.ts';

vi.setConfig({ testTimeout: 240_000 });
const HALT_AFTER_MS = 30_000;
/** Also where the first try was a moment after the order. */
const LATE_MS = 2 * HALT_AFTER_MS;

let ground: FleetGround;
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());

async function withCanary(use: (canary: LiveCanary) => Promise<void>): Promise<void> {
  const canary = await makeLiveCanary(ground);
  try {
    await use(canary);
  } finally {
    await canary.close();
  }
}

/** A target whose weight its worker cannot set; the guard's way is another. */
function loseWeight({ target }: LiveCanary): void {
  target.before = ({ verb, id }) => {
    if (verb === 'weight' && !id.includes('weight-guard')) throw new TransientFailure('UNREACHABLE', 'no balancer');
  };
}

/** A second actuator that remembers what it was asked for. */
function giveStop({ target }: LiveCanary, answer: () => Promise<void> = () => Promise.resolve()): string[] {
  const asked: string[] = [];
  target.stopCanary = (_receipt, { effect }) => {
    asked.push(effect.id);
    return answer();
  };
  return asked;
}

/** `lateMs` after the weight could first not be set. */
const zero = (scope: EffectScope, lateMs: number) =>
  takeOutOfTraffic(scope, { n: 1, stage: 'canary', now: new Date(Date.now() + lateMs), haltAfterMs: HALT_AFTER_MS });

async function eventsOf({ record }: LiveCanary): Promise<string[]> {
  const entries = await record.list();
  const check = makePolicyCheck();
  expect(entries.flatMap(({ receipt, entry }) => check.add(receipt.seq, entry))).toEqual([]);
  return entries.flatMap(({ entry }) => (entry.event.startsWith('canary_halt') ? entry.event : []));
}

describe('a canary whose weight cannot be set to zero', () => {
  it('is stopped once that failed for its time, is unsafe until zero is read back, and is stopped once', () =>
    withCanary(async (canary) => {
      loseWeight(canary);
      const asked = giveStop(canary);
      expect(await zero(canary.scope, 0)).toMatchObject({ kind: 'unsafe', why: { code: 'UNREACHABLE' } });
      expect(await zero(canary.scope, HALT_AFTER_MS / 2)).toMatchObject({ kind: 'unsafe' });
      expect(asked).toEqual([]);
      for (let again = 0; again < 3; again++)
        expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'unsafe' });
      expect(asked).toEqual([`${canary.runId}~canary~halt-canary~0`]);
      expect(await eventsOf(canary)).toEqual(['canary_halt.intended', 'canary_halt.completed']);

      canary.target.before = () => undefined;
      expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'out' });
      expect(canary.target.world.weight).toBe(0);
    }));

  it('that the target cannot stop either is the guard’s at its next look, long before it would miss a tick', () =>
    withCanary(async (canary) => {
      loseWeight(canary);
      const stage = await startGuardStage(ground, { targets: [canary], holdS: 100_000 });
      try {
        expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'unsafe' });
        expect(await eventsOf(canary)).toEqual(['canary_halt.intended', 'canary_halt.failed']);
        const zeroed = await eventually(
          'the guard’s entry',
          () => canary.record.find('canary', 'guard', 'guard_zeroed'),
          120_000,
        );
        expect(zeroed?.entry).toMatchObject({ payload: { cause: 'handed_over', from_pct: 5 } });
        expect(zeroed?.entry.rationale).toContain('its worker could not take it out of traffic');
        // Its own run reads the guard's zero back.
        expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'out' });
      } finally {
        await stage.leave();
      }
    }));

  it('is the guard’s as well while the second way fails, and not any more once that worked', () =>
    withCanary(async (canary) => {
      canary.target.before = ({ verb }) => {
        if (verb === 'weight') throw new TransientFailure('UNREACHABLE', 'no balancer');
      };
      let works = false;
      const asked = giveStop(canary, () =>
        works ? Promise.resolve() : Promise.reject(new TransientFailure('PRODUCTION_DOWN', 'it would leave nothing')),
      );
      expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'unsafe' });
      expect(await eventsOf(canary)).toEqual(['canary_halt.intended', 'canary_halt.unknown']);
      works = true;
      expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'unsafe' });
      expect(new Set(asked).size).toBe(1);
      expect(await eventsOf(canary)).toContain('canary_halt.completed');
    }));

  it.each([
    ['before', 'canary_halt.intended', 1],
    ['after', 'canary_halt.intended', 1],
    ['before', 'canary_halt.completed', 2],
    ['after', 'canary_halt.completed', 1],
  ] as const)('ends the same when its worker dies %s %s', (moment, event, times) =>
    withCanary(async (canary) => {
      loseWeight(canary);
      const asked = giveStop(canary);
      let alive = true;
      const { record } = canary.scope;
      /** Nothing of a dead process is recorded any more. */
      const writes = async <T>(drafts: readonly { readonly event: string }[], write: () => Promise<T>): Promise<T> => {
        const dies = drafts.some((draft) => draft.event === event);
        if (dies && moment === 'before') alive = false;
        if (!alive) throw new Error('died');
        const stored = await write();
        if (dies) alive = false;
        if (!alive) throw new Error('died');
        return stored;
      };
      const mortal: EffectScope = {
        ...canary.scope,
        record: {
          ...record,
          append: (draft) => writes([draft], () => record.append(draft)),
          appendAll: (drafts) => writes(drafts, () => record.appendAll(drafts)),
        },
      };
      await zero(mortal, LATE_MS).catch(() => undefined);
      expect(alive).toBe(false);
      expect(await zero(canary.scope, LATE_MS)).toMatchObject({ kind: 'unsafe' });
      // The target does an effect once by its id, which is the same for whoever comes next.
      expect(new Set(asked).size).toBe(1);
      expect(asked).toHaveLength(times);
      expect(await eventsOf(canary)).toEqual(['canary_halt.intended', 'canary_halt.completed']);
    }),
  );
});
