import { afterEach, expect, test, vi } from 'vitest';
import type { Appended, AuditLog, Recorded } from '../../../src/audit/audit-log.ts';
import { toRecorded } from '../../../src/audit/read-entries.ts';
import { StoreDown } from '../../../src/errors.ts';
import { openStepRecord } from '../../../src/runs/record.ts';
import type { Run } from '../../../src/store/tables.ts';
import { build, makeRunFacts } from '../../support/record.ts';

afterEach(() => void vi.useRealTimers());

const run = makeRunFacts();
const draft = (n: number) =>
  ({
    stage: 'canary',
    step: 'tick',
    event: 'canary_tick',
    n,
    rationale: 'One look.',
    outcome: 'CONTINUE',
    payload: {},
  }) as const;

/** A log in memory that counts how often it is read; `others` writes beside the step. */
function makeLog() {
  const stored: Recorded[] = [];
  let reads = 0;
  let down = false;
  function write(n: number): Appended {
    const known = stored.find(({ entry }) => entry.n === n);
    if (known) return { ...known, dup: true };
    const { body } = build(run, draft(n));
    const recorded = toRecorded({
      body,
      seq: String(stored.length),
      recorded_at: new Date(),
      chain_hash: Buffer.alloc(32),
    });
    stored.push(recorded);
    return { ...recorded, dup: false };
  }
  const audit = {
    list: async () => {
      reads += 1;
      if (down) throw new StoreDown('postgres');
      return [...stored];
    },
    appendAll: async (_facts: unknown, drafts: readonly { n: number }[]) => {
      const appended = drafts.map(({ n }) => write(n));
      if (down) throw new StoreDown('postgres');
      return appended;
    },
  } as unknown as AuditLog;
  return {
    record: openStepRecord(audit, run as unknown as Run, run.policy_hash),
    others: write,
    reads: () => reads,
    goDown: (is: boolean) => {
      down = is;
    },
  };
}

const found = async (log: ReturnType<typeof makeLog>, n: number) =>
  (await log.record.find('canary', 'tick', 'canary_tick', n))?.entry.n ?? null;

test('a step reads its record once and knows what it appended', async () => {
  const log = makeLog();
  expect(await found(log, 0)).toBeNull();
  await log.record.append(draft(0));
  expect(await found(log, 0)).toBe(0);
  await log.record.append(draft(1));
  expect((await log.record.list()).map(({ receipt }) => receipt.seq)).toEqual(['0', '1']);
  expect(log.reads()).toBe(1);
});

test('an append that finds somebody else has written makes it read again', async () => {
  const log = makeLog();
  expect(await found(log, 1)).toBeNull();
  log.others(0);
  log.others(1);
  expect((await log.record.append(draft(0))).dup).toBe(true);
  expect(await found(log, 1)).toBe(1);
  log.others(2);
  expect((await log.record.append(draft(0))).dup).toBe(true);
  expect(await found(log, 2)).toBe(2);
});

test('what was read a while ago is read again', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const log = makeLog();
  expect(await found(log, 0)).toBeNull();
  log.others(0);
  vi.advanceTimersByTime(999);
  expect(await found(log, 0)).toBeNull();
  vi.advanceTimersByTime(2);
  expect(await found(log, 0)).toBe(0);
});

test('after an append without an answer it reads what stands; a read that failed is not kept', async () => {
  const log = makeLog();
  expect(await found(log, 0)).toBeNull();
  log.goDown(true);
  await expect(log.record.append(draft(0))).rejects.toThrow(StoreDown);
  await expect(found(log, 0)).rejects.toThrow(StoreDown);
  log.goDown(false);
  expect(await found(log, 0)).toBe(0);
});
