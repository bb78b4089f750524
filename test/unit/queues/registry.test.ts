import { describe, expect, it } from 'vitest';
import { RunId } from '../../../src/ids.ts';
import { agentCallId, approvalJobId, stagingRoundJobId } from '../../../src/queues/job-ids.ts';
import { backoffMs, QUEUE_NAMES, registry } from '../../../src/queues/registry.ts';

describe('backoff', () => {
  const backoff = { baseMs: 1_000, capMs: 30_000 };
  it('doubles and is capped, half of it spread', () => {
    expect([1, 2, 3, 9].map((n) => backoffMs(backoff, n, 0))).toEqual([500, 1_000, 2_000, 15_000]);
    expect([1, 2, 3, 9].map((n) => backoffMs(backoff, n, 0.999_999))).toEqual([1_000, 2_000, 4_000, 30_000]);
  });
});

describe('the registry', () => {
  it('lists every queue it defines', () => {
    expect([...QUEUE_NAMES].sort()).toEqual(Object.keys(registry).sort());
  });
  it('refuses a payload with anything but ids', () => {
    expect(registry.review.Data.safeParse({ run_id: 'a'.repeat(32), diff: 'text' }).success).toBe(false);
  });
});

describe('job ids', () => {
  const run = RunId.parse('a'.repeat(32));
  it('hold the stage, and no colon', () => {
    const ids = [
      agentCallId(run, 'review', 'review', 0),
      agentCallId(run, 'staging', 'validation', 0),
      approvalJobId(run, 'review'),
      stagingRoundJobId(run, 0),
      stagingRoundJobId(run, 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).not.toContain(':');
  });
  it('of the first staging round is the id in the tree', () => {
    expect(stagingRoundJobId(run, 0)).toBe(`${run}~staging`);
  });
});
