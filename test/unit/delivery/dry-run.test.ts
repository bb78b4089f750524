import { expect, it } from 'vitest';
import { makeDryRunDelivery } from '../../../src/delivery/dry-run.ts';
import type { ServiceState } from '../../../src/delivery/target.ts';
import { digestOf } from '../../../src/ids.ts';
import { makeLogger } from '../../../src/log.ts';
import { RECEIPT } from '../../contract/delivery-target.ts';

const old = { version: digestOf('old'), endpoint: 'http://127.0.0.1:1' };
const standing: ServiceState = {
  production: old,
  canary: null,
  staging: null,
  base: null,
  canaryPct: 0,
  publicEndpoint: 'http://127.0.0.1:2',
};
const signal = new AbortController().signal;

function refuse(): never {
  throw new Error('the real target was touched');
}

function describedOnly() {
  const lines: string[] = [];
  const log = makeLogger({ level: 'info', name: 'test' }, { write: (line: string) => lines.push(line) });
  const target = {
    describe: () => Promise.resolve(standing),
    deploy: refuse,
    health: refuse,
    setWeight: refuse,
    getWeight: refuse,
    promote: refuse,
    retire: refuse,
  };
  const arm = { version: 'a', total: 9, errors: 0, slow: 0, histogram: [], up: true };
  const at = '2026-11-23T10:00:00.000Z';
  const metrics = {
    baseline: () => Promise.resolve(null),
    snapshot: () => Promise.resolve({ at, control: arm, canary: arm, canary_pct: 5 }),
  };
  return { ...makeDryRunDelivery({ target, metrics }, log), lines };
}

it('describes a whole release, agrees with itself, and touches nothing', async () => {
  const { target, lines } = describedOnly();
  const artifact = { digest: digestOf('new'), directory: '/x' };
  const effect = { id: 'e', fence: '1' };
  const deployment = await target.deploy(RECEIPT, { service: 'shop', environment: 'canary', artifact, effect }, signal);
  expect(deployment.endpoint).toBe('dry-run://shop/canary');
  await target.setWeight(RECEIPT, { service: 'shop', canaryPct: 5, effect }, signal);
  expect(await target.describe('shop', signal)).toEqual({ ...standing, canary: deployment, canaryPct: 5 });
  expect(await target.getWeight('shop', signal)).toBe(5);
  expect(await target.describe('other', signal)).toEqual(standing);
  expect((await target.health('shop', 'canary', signal)).up).toBe(true);
  await target.promote(RECEIPT, { service: 'shop', version: artifact.digest, effect }, signal);
  expect(await target.describe('shop', signal)).toMatchObject({
    production: { version: artifact.digest },
    canary: null,
    canaryPct: 0,
  });
  await target.retire(RECEIPT, { service: 'shop', environment: 'staging', effect }, signal);
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'would deploy',
    'would set the canary weight',
    'would promote',
    'would retire',
  ]);
});

it('shows production as it is and no figures of a canary that was only imagined', async () => {
  const { metrics } = describedOnly();
  expect(await metrics.snapshot('shop', signal)).toMatchObject({ control: { total: 9 }, canary: null, canary_pct: 0 });
  expect(await metrics.baseline('shop', signal)).toBeNull();
});
