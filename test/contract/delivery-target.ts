import { expect, it } from 'vitest';
import type { Receipt } from '../../src/audit/audit-log.ts';
import type { Artifact, DeliveryTarget, Environment } from '../../src/delivery/target.ts';
import { eventually } from '../support/eventually.ts';

/** Stands in for a committed entry: a target only passes on its number. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- receipts are made by the record alone
export const RECEIPT = { seq: '1', chainHash: '00' } as unknown as Receipt;

export interface ContractSubject {
  readonly target: DeliveryTarget;
  readonly service: string;
  /** The version that production runs. */
  readonly production: Artifact;
  readonly artifact: (name: string) => Promise<Artifact>;
  /** Of a target that can stop a canary without what routes traffic; absent where one part does both. */
  readonly secondWay?: {
    /** Ends what routes traffic. */
    readonly loseRouter: () => Promise<unknown>;
    /** Asked without what routes traffic. */
    readonly runsCanary: () => Promise<boolean>;
  };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

export async function becomeHealthy(target: DeliveryTarget, service: string, environment: Environment): Promise<void> {
  await eventually(`${environment} is healthy`, async () => (await target.health(service, environment, never())).up);
}

/** What every delivery target must do. `withSubject` hands out a target whose service has a production version only. */
export function testDeliveryTarget(
  withSubject: (work: (subject: ContractSubject) => Promise<void>) => Promise<void>,
): void {
  const deployed = (work: (subject: ContractSubject & { canary: Artifact }) => Promise<void>) =>
    withSubject(async (subject) => {
      const canary = await subject.artifact('canary');
      const request = {
        service: subject.service,
        environment: 'canary',
        artifact: canary,
        effect: { id: 'deploy', fence: '1' },
      } as const;
      await subject.target.deploy(RECEIPT, request, never());
      await work({ ...subject, canary });
    });

  it('does one effect once: the same id answers as it did then', () =>
    deployed(async ({ target, service, canary }) => {
      const again = { service, environment: 'canary', artifact: canary, effect: { id: 'deploy', fence: '1' } } as const;
      const [first, second] = await Promise.all([
        target.deploy(RECEIPT, again, never()),
        target.deploy(RECEIPT, again, never()),
      ]);
      expect(first).toEqual(second);
      expect((await target.describe(service, never())).canary).toEqual(first);
    }));

  it('refuses an id that stood for another effect', () =>
    deployed(async ({ target, service }) => {
      const reused = target.setWeight(
        RECEIPT,
        { service, canaryPct: 5, effect: { id: 'deploy', fence: '1' } },
        never(),
      );
      await expect(reused).rejects.toMatchObject({ code: 'EFFECT_REUSED' });
      expect((await target.describe(service, never())).canaryPct).toBe(0);
    }));

  it('refuses a fence older than one it has seen, but answers what that holder had done', () =>
    deployed(async ({ target, service, canary }) => {
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w1', fence: '7' } }, never());
      const stale = target.setWeight(RECEIPT, { service, canaryPct: 50, effect: { id: 'w2', fence: '6' } }, never());
      await expect(stale).rejects.toMatchObject({ code: 'STALE_FENCE', name: 'UnrecoverableError' });
      expect((await target.describe(service, never())).canaryPct).toBe(5);
      const known = { service, environment: 'canary', artifact: canary, effect: { id: 'deploy', fence: '1' } } as const;
      await expect(target.deploy(RECEIPT, known, never())).resolves.toMatchObject({ version: canary.digest });
    }));

  it('keeps the leases of staging and canary apart', () =>
    deployed(async ({ target, service, canary }) => {
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w1', fence: '9' } }, never());
      const staged = { service, environment: 'staging', artifact: canary, effect: { id: 's1', fence: '1' } } as const;
      await expect(target.deploy(RECEIPT, staged, never())).resolves.toMatchObject({ version: canary.digest });
      await target.retire(RECEIPT, { service, environment: 'staging', effect: { id: 's2', fence: '1' } }, never());
      expect((await target.describe(service, never())).staging).toBeNull();
    }));

  it('runs a base beside what is staged, and stops each alone', () =>
    deployed(async ({ target, service, canary }) => {
      const put = (environment: 'staging' | 'base', fence: string) =>
        target.deploy(
          RECEIPT,
          { service, environment, artifact: canary, effect: { id: `put-${environment}`, fence } },
          never(),
        );
      const stop = (environment: 'staging' | 'base', fence: string) =>
        target.retire(RECEIPT, { service, environment, effect: { id: `stop-${environment}`, fence } }, never());
      const staged = await put('staging', '3');
      const base = await put('base', '3');
      expect(base.endpoint).not.toBe(staged.endpoint);
      expect(await target.describe(service, never())).toMatchObject({ staging: staged, base });
      // One lease for both: who lost it can do nothing to either.
      await expect(stop('base', '2')).rejects.toMatchObject({ code: 'STALE_FENCE' });
      await stop('staging', '3');
      expect(await target.describe(service, never())).toMatchObject({ staging: null, base });
    }));

  it('reads back the weight that was set, both ways', () =>
    deployed(async ({ target, service }) => {
      expect(await target.getWeight(service, never())).toBe(0);
      for (const canaryPct of [12.5, 50, 0]) {
        const effect = { id: `w${canaryPct}`, fence: '1' };
        await target.setWeight(RECEIPT, { service, canaryPct, effect }, never());
        expect(await target.getWeight(service, never())).toBe(canaryPct);
        expect((await target.describe(service, never())).canaryPct).toBe(canaryPct);
      }
    }));

  it('does nothing for a run that was stopped, and says why', () =>
    deployed(async ({ target, service, canary }) => {
      await becomeHealthy(target, service, 'canary');
      const stopped = AbortSignal.abort(new Error('the run was stopped'));
      const effect = (id: string) => ({ id, fence: '1' });
      const asked: Record<string, Promise<unknown>> = {
        describe: target.describe(service, stopped),
        getWeight: target.getWeight(service, stopped),
        setWeight: target.setWeight(RECEIPT, { service, canaryPct: 5, effect: effect('w') }, stopped),
        promote: target.promote(RECEIPT, { service, version: canary.digest, effect: effect('p') }, stopped),
        retire: target.retire(RECEIPT, { service, environment: 'canary', effect: effect('r') }, stopped),
      };
      const said = await Promise.all(
        Object.entries(asked).map(([verb, answer]) =>
          answer.then(
            () => `${verb} answered`,
            (error: unknown) => `${verb}: ${error instanceof Error ? error.message : String(error)}`,
          ),
        ),
      );
      expect(said).toEqual(Object.keys(asked).map((verb) => `${verb}: the run was stopped`));
      const state = await target.describe(service, never());
      expect(state).toMatchObject({ canary: { version: canary.digest }, canaryPct: 0 });
      // Nothing is remembered of what was not done.
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: effect('w') }, never());
      expect(await target.getWeight(service, never())).toBe(5);
    }));

  it('gives no weight to nothing', () =>
    withSubject(async ({ target, service }) => {
      const weight = (canaryPct: number) =>
        target.setWeight(RECEIPT, { service, canaryPct, effect: { id: `w${canaryPct}`, fence: '1' } }, never());
      await expect(weight(5)).rejects.toMatchObject({ code: 'NO_CANARY' });
      await expect(weight(0)).resolves.toBeUndefined();
    }));

  it('neither retires nor replaces a canary that has weight', () =>
    deployed(async ({ target, service, canary, artifact }) => {
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w1', fence: '1' } }, never());
      const retire = (id: string) =>
        target.retire(RECEIPT, { service, environment: 'canary', effect: { id, fence: '1' } }, never());
      await expect(retire('r1')).rejects.toMatchObject({ code: 'CANARY_HAS_WEIGHT' });
      const other = {
        service,
        environment: 'canary',
        artifact: await artifact('other'),
        effect: { id: 'd2', fence: '1' },
      } as const;
      await expect(target.deploy(RECEIPT, other, never())).rejects.toMatchObject({ code: 'CANARY_HAS_WEIGHT' });
      expect((await target.describe(service, never())).canary?.version).toBe(canary.digest);
      await target.setWeight(RECEIPT, { service, canaryPct: 0, effect: { id: 'w2', fence: '1' } }, never());
      // A refusal is not remembered: the same effect may be done once its ground is gone.
      await retire('r1');
      expect((await target.describe(service, never())).canary).toBeNull();
    }));

  it('stops a canary that has traffic while what routes it is gone, once, and finds that it is stopped', () =>
    deployed(async ({ target, service, secondWay }) => {
      const { stopCanary } = { stopCanary: target.stopCanary?.bind(target) };
      // Where one part routes and runs, no second way is pretended.
      if (secondWay === undefined) {
        expect(stopCanary).toBeUndefined();
        return;
      }
      if (stopCanary === undefined) throw new Error('it has no second way');
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w1', fence: '7' } }, never());
      await secondWay.loseRouter();
      const stop = (id: string, fence: string, signal = never()) =>
        stopCanary(RECEIPT, { service, effect: { id, fence } }, signal);
      await expect(stop('h1', '6')).rejects.toMatchObject({ code: 'STALE_FENCE' });
      await expect(stop('w1', '7')).rejects.toMatchObject({ code: 'EFFECT_REUSED' });
      await expect(stop('h1', '7', AbortSignal.abort(new Error('the run was stopped')))).rejects.toThrow(
        'the run was stopped',
      );
      expect(await secondWay.runsCanary()).toBe(true);
      await Promise.all([stop('h1', '7'), stop('h1', '7')]);
      expect(await secondWay.runsCanary()).toBe(false);
      await expect(stop('h1', '7')).resolves.toBeUndefined();
      await expect(stop('h2', '8')).resolves.toBeUndefined();
    }));

  it('promotes the canary: production is the new version, weight zero, no canary', () =>
    deployed(async ({ target, service, canary }) => {
      await becomeHealthy(target, service, 'canary');
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w1', fence: '1' } }, never());
      await target.promote(RECEIPT, { service, version: canary.digest, effect: { id: 'p1', fence: '1' } }, never());
      const state = await target.describe(service, never());
      expect(state).toMatchObject({ production: { version: canary.digest }, canary: null, canaryPct: 0 });
      await target.promote(RECEIPT, { service, version: canary.digest, effect: { id: 'p2', fence: '1' } }, never());
    }));

  it('promotes nothing else than the canary that is there', () =>
    deployed(async ({ target, service, production, artifact }) => {
      const { digest: version } = await artifact('other');
      const promoted = target.promote(RECEIPT, { service, version, effect: { id: 'p1', fence: '1' } }, never());
      await expect(promoted).rejects.toMatchObject({ code: 'NOT_THE_CANARY' });
      expect((await target.describe(service, never())).production?.version).toBe(production.digest);
    }));

  it('does not promote a canary that is not healthy', () =>
    withSubject(async ({ target, service, production, artifact }) => {
      const canary = await artifact('unhealthy');
      await target.deploy(
        RECEIPT,
        { service, environment: 'canary', artifact: canary, effect: { id: 'd', fence: '1' } },
        never(),
      );
      const promoted = target.promote(
        RECEIPT,
        { service, version: canary.digest, effect: { id: 'p', fence: '1' } },
        never(),
      );
      await expect(promoted).rejects.toMatchObject({ code: 'CANARY_DOWN', name: 'TransientFailure' });
      expect((await target.describe(service, never())).production?.version).toBe(production.digest);
    }));

  it('says that nothing is deployed', () =>
    withSubject(async ({ target, service }) => {
      expect(await target.health(service, 'canary', never())).toEqual({
        up: false,
        detail: 'nothing is deployed to canary',
      });
      await expect(target.describe('unknown', never())).rejects.toMatchObject({ code: 'UNKNOWN_SERVICE' });
    }));
}
