import { describe, expect, it } from 'vitest';
import { SHIPPED_PRICES } from '../../../src/agents/price-table.ts';
import { costMicroUsd, isPriced } from '../../../src/agents/prices.ts';

const NOVEMBER = new Date('2026-11-23T10:00:00Z');

function tokens(inputTokens: number, outputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0) {
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
}

function cost(model: string, billed: ReturnType<typeof tokens>, at = NOVEMBER) {
  return costMicroUsd(SHIPPED_PRICES, model, billed, at);
}

describe('costMicroUsd', () => {
  it('adds all four kinds of token', () => {
    expect(cost('claude-sonnet-5-5', tokens(1000, 100, 10_000, 2000))).toEqual({
      costMicroUsd: 2000 + 1000 + 1000 + 5000,
      priced: 'listed',
    });
  });

  it('takes the price of the day', () => {
    expect(cost('claude-sonnet-5-5', tokens(0, 0, 1_000_000), new Date('2026-10-06T23:59:59Z')).costMicroUsd).toBe(
      200_000,
    );
    expect(cost('claude-sonnet-5-5', tokens(0, 0, 1_000_000), new Date('2026-10-07T00:00:00Z')).costMicroUsd).toBe(
      100_000,
    );
  });

  it('takes the band of the whole prompt, cached part included', () => {
    expect(cost('claude-haiku-5-5', tokens(100_000, 1000)).costMicroUsd).toBe(10_500);
    expect(cost('claude-haiku-5-5', tokens(100_001, 1000)).costMicroUsd).toBe(Math.ceil(50_000.5) + 2500);
    expect(cost('claude-haiku-5-5', tokens(1, 0, 100_000)).costMicroUsd).toBe(5001);
  });

  it('rounds up to whole micro-dollars, exactly', () => {
    expect(cost('claude-haiku-5-5', tokens(1)).costMicroUsd).toBe(1);
    expect(cost('claude-haiku-5-5', tokens(30)).costMicroUsd).toBe(3);
  });

  it('knows a dated snapshot', () => {
    expect(cost('claude-sonnet-4-5-20250929', tokens(10)).priced).toBe('listed');
  });

  it('prices an unknown model at the dearest and says so', () => {
    expect(cost('claude-unheard-of', tokens(1000, 1000))).toEqual({ costMicroUsd: 60_000, priced: 'dearest' });
    expect(cost('claude-sonnet-5-5', tokens(1000), new Date('2026-08-01T00:00:00Z')).priced).toBe('dearest');
    expect(isPriced(SHIPPED_PRICES, 'claude-unheard-of', NOVEMBER)).toBe(false);
    expect(isPriced(SHIPPED_PRICES, 'claude-sonnet-5-5', NOVEMBER)).toBe(true);
  });

  it('drops bands that a newer price list no longer has', () => {
    const price = {
      input_usd_per_mtok: 1,
      output_usd_per_mtok: 1,
      cache_read_usd_per_mtok: 1,
      cache_write_usd_per_mtok: 1,
    };
    const list = [
      { ...price, model: 'm', effective_from: '2026-01-01', above_input_tokens: 10, input_usd_per_mtok: 9 },
      { ...price, model: 'm', effective_from: '2026-02-01', above_input_tokens: 0 },
    ];
    expect(costMicroUsd(list, 'm', tokens(100), NOVEMBER).costMicroUsd).toBe(100);
  });

  it('says when there are no prices at all', () => {
    expect(costMicroUsd([], 'm', tokens(100), NOVEMBER)).toEqual({ costMicroUsd: 0, priced: 'no_prices' });
  });
});
