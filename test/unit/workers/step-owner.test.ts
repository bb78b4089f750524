import { describe, expect, test } from 'vitest';
import { LeaseLost } from '../../../src/errors.ts';
import { makeStepOwner } from '../../../src/workers/step-owner.ts';

function makeOwner(over: { lockAgeMs?: number; extend?: () => boolean } = {}) {
  let now = 1_000;
  let asked = 0;
  const abort = new AbortController();
  const { confirm, assertHeld } = makeStepOwner({
    lockMs: 10_000,
    lockAgeMs: over.lockAgeMs ?? 0,
    extend: async () => {
      asked += 1;
      return over.extend?.() ?? true;
    },
    signal: abort.signal,
    clock: () => now,
  });
  return { confirm, assertHeld, abort, asked: () => asked, pass: (ms: number) => (now += ms) };
}

describe('the owner of a step', () => {
  test('is certain while its lock cannot have run out, without asking', async () => {
    const owner = makeOwner();
    owner.pass(7_999);
    await owner.confirm();
    expect(owner.asked()).toBe(0);
  });

  test('asks for the lock after that, and is certain again for as long as it lasts', async () => {
    const owner = makeOwner();
    owner.pass(8_000);
    await owner.confirm();
    owner.pass(7_999);
    await owner.confirm();
    expect(owner.asked()).toBe(1);
  });

  test('a replica that was stopped and wakes finds its step gone', async () => {
    const owner = makeOwner({ extend: () => false });
    owner.pass(15_000);
    await expect(owner.confirm()).rejects.toBeInstanceOf(LeaseLost);
    await expect(owner.confirm()).rejects.toThrow('another replica');
  });

  test('time between the fetch of the job and its first line counts too', async () => {
    const owner = makeOwner({ lockAgeMs: 9_000, extend: () => false });
    await expect(owner.confirm()).rejects.toBeInstanceOf(LeaseLost);
  });

  test('an extension that took so long that it is over again is none', async () => {
    const slow = makeOwner({
      extend: () => {
        slow.pass(20_000);
        return true;
      },
    });
    slow.pass(9_000);
    await expect(slow.confirm()).rejects.toThrow('may be another replica’s');
  });

  test('what was certain a moment ago is asked again without waiting, for the turn of the act', async () => {
    const owner = makeOwner();
    await owner.confirm();
    owner.assertHeld();
    owner.pass(8_000);
    expect(owner.assertHeld).toThrow(LeaseLost);
    expect(owner.asked()).toBe(0);
  });

  test('a step that is to end does not act', async () => {
    const owner = makeOwner();
    owner.abort.abort('drain');
    await expect(owner.confirm()).rejects.toThrow('the step was ended: drain');
  });
});
