import { describe, expect, it } from 'vitest';
import { planCleanUp } from '../../../src/workers/release.decide.ts';
import { recorded } from '../../support/entries.ts';

const weight = recorded(3, { stage: 'canary', event: 'canary_weight.intended' });
const deployed = recorded(2, { stage: 'canary', event: 'canary_deploy.intended' });
const stopped = recorded(5, { stage: 'canary', event: 'canary_stop.completed' });
const released = recorded(6, { stage: 'canary', event: 'production_release' });
const staged = (n: number) => recorded(1, { stage: 'staging', event: 'staging_deploy.intended', n });
const tornDown = (n: number) => recorded(1, { stage: 'staging', event: 'staging_teardown.completed', n });

describe('what release cleans up', () => {
  it('is nothing when nothing was intended', () => {
    expect(planCleanUp([])).toEqual({ zeroCanary: false, tearDownStaging: null, tearDownBase: null });
  });
  it('is a canary that was intended, even if nothing says that it came to be', () => {
    expect(planCleanUp([deployed]).zeroCanary).toBe(true);
    expect(planCleanUp([weight]).zeroCanary).toBe(true);
  });
  it('is not a canary that was stopped, nor one that is production now', () => {
    expect(planCleanUp([deployed, weight, stopped]).zeroCanary).toBe(false);
    expect(planCleanUp([deployed, weight, released]).zeroCanary).toBe(false);
  });
  it('is the last staged round that was not taken down', () => {
    expect(planCleanUp([staged(0), tornDown(0), staged(1)]).tearDownStaging).toBe(1);
    expect(planCleanUp([staged(0), tornDown(0)]).tearDownStaging).toBeNull();
  });
});
