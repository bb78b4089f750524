import { describe, expect, it } from 'vitest';
import type { RunUsage } from '../../../src/agents/usage.ts';
import { UsageRecord } from '../../../src/agents/usage-record.ts';
import { type SentRequest, sumReviewUsage } from '../../../src/workers/review/sum-review-usage.ts';

const PROMPT = 300;
const DIFF = 'd'.repeat(3_000);
const TEXTS = ['a'.repeat(6_000), 'b'.repeat(9_000)];
/** Prompt, diff and both files, once, at three bytes a token. */
const ONE_READING = 100 + 1_000 + 2_000 + 3_000;

function request(over: Partial<SentRequest> = {}): SentRequest {
  return { agent: 'review', n: 0, lens: null, reused_from: null, bytes: 900, prompt_bytes: PROMPT, ...over };
}

function billing(over: Partial<RunUsage> = {}): RunUsage {
  const tokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  return { ...tokens, costMicroUsd: 0, requests: 1, ...over };
}

function sumOf(requests: readonly SentRequest[], billed: Record<string, RunUsage> = {}): UsageRecord {
  return sumReviewUsage({ requests, billed: new Map(Object.entries(billed)), diff: DIFF, texts: TEXTS });
}

describe('by agent', () => {
  const usage = sumOf(
    [
      request({ bytes: 3_000 }),
      request({ n: 1, bytes: 6_001, reused_from: 'earlier' }),
      request({ agent: 'verify', n: 7, bytes: 1_501 }),
    ],
    {
      review: billing({
        inputTokens: 900,
        outputTokens: 40,
        cacheReadTokens: 5,
        cacheWriteTokens: 6,
        costMicroUsd: 70,
      }),
      verify: billing({ inputTokens: 500, outputTokens: 20, costMicroUsd: 30 }),
      sceptic: billing({ inputTokens: 1, costMicroUsd: 2 }),
    },
  );

  it('counts what was sent, and what an earlier head had asked as not sent', () => {
    expect(usage.by_agent['review']).toEqual({
      calls: 2,
      reused: 1,
      sent_tokens: 1_000,
      input_tokens: 900,
      cache_read_tokens: 5,
      cache_write_tokens: 6,
      output_tokens: 40,
    });
    expect(usage.by_agent['verify']).toMatchObject({ calls: 1, reused: 0, sent_tokens: 501, input_tokens: 500 });
  });

  it('has one that was billed and whose call is not there', () => {
    expect(usage.by_agent['sceptic']).toMatchObject({ calls: 0, sent_tokens: 0, input_tokens: 1 });
  });

  it('adds up to what stands beside it', () => {
    expect(usage).toMatchObject({
      calls: 3,
      reused: 1,
      sent_tokens: 1_501,
      input_tokens: 1_401,
      output_tokens: 60,
      cache_read_tokens: 5,
      cache_write_tokens: 6,
      cost_microusd: 102,
    });
  });

  it('is what a reader of the record takes', () => {
    expect(UsageRecord.parse(JSON.parse(JSON.stringify(usage)))).toEqual(usage);
  });
});

describe('the naive way', () => {
  const naive = (requests: readonly SentRequest[]) => sumOf(requests).naive_tokens;
  const parts = (count: number, over: Partial<SentRequest> = {}) =>
    Array.from({ length: count }, (_, n) => request({ n, ...over }));

  it('asks once about a change that was read in parts: one whole reading, never less', () => {
    for (const count of [1, 2, 27]) expect(naive(parts(count)), `${count} parts`).toBe(ONE_READING);
  });

  it('uses no earlier answer', () => {
    expect(naive(parts(3, { reused_from: 'earlier' }))).toBe(ONE_READING);
  });

  it('asks a critical service’s four questions, each finding’s check, and the sceptic, each with everything', () => {
    const lenses = ['security', 'performance', 'breaking', 'coverage'];
    expect(naive(lenses.flatMap((lens) => parts(2, { lens })))).toBe(4 * ONE_READING);
    expect(naive([request(), ...[5, 9].map((n) => request({ agent: 'verify', n }))])).toBe(3 * ONE_READING);
    expect(naive([request(), ...parts(4, { agent: 'sceptic' })])).toBe(2 * ONE_READING);
  });

  it('is nothing where nothing was asked, so that what nobody reads saves nothing', () => {
    expect(sumOf([])).toMatchObject({ calls: 0, sent_tokens: 0, naive_tokens: 0, by_agent: {} });
  });

  it('may be less than what was sent: each part has its prompt', () => {
    const usage = sumOf(parts(27, { bytes: 1_200 }));
    expect(usage.sent_tokens).toBe(27 * 400);
    expect(usage.naive_tokens).toBeLessThan(usage.sent_tokens);
  });
});
