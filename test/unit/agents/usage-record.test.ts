import { expect, it } from 'vitest';
import { describeSaving, UsageRecord } from '../../../src/agents/usage-record.ts';

/** As a review of version 0.1 wrote it. */
const OLD = {
  calls: 3,
  reused: 0,
  sent_tokens: 3838,
  whole_diff_tokens: 179644,
  input_tokens: 3900,
  output_tokens: 410,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_microusd: 10168,
};

it('an entry of an older version is read; what it does not tell is not made up', () => {
  expect(UsageRecord.parse(OLD)).toEqual({ ...OLD, naive_tokens: null, by_agent: {} });
  expect(describeSaving(UsageRecord.parse(OLD))).toBeNull();
});

it('an entry of a newer version may tell more', () => {
  expect(UsageRecord.parse({ ...OLD, later: 1 })).not.toHaveProperty('later');
});

it('what is no count is not taken for one', () => {
  expect(UsageRecord.safeParse({ ...OLD, sent_tokens: -1 }).success).toBe(false);
  expect(UsageRecord.safeParse({ ...OLD, naive_tokens: 'many' }).success).toBe(false);
  expect(UsageRecord.safeParse(undefined).success).toBe(false);
});

it('the saving is said with both figures, also where there is none', () => {
  const saving = (sent_tokens: number, naive_tokens: number) =>
    describeSaving(UsageRecord.parse({ ...OLD, sent_tokens, naive_tokens }));
  expect(saving(3838, 12_004)).toBe('3,838 of 12,004 tokens (32 %) that the whole diff and files would take');
  expect(saving(13_000, 10_000)).toBe('13,000 of 10,000 tokens (130 %) that the whole diff and files would take');
  expect(saving(0, 0), 'nothing was asked').toBeNull();
});
