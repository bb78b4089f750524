import type { Price } from '../config/schema.ts';

/**
 * US dollars per million tokens, standard tier, cache writes at the five-minute rate. Source: Anthropic's pricing page
 * (platform.claude.com/docs/en/about-claude/pricing) and model overviews, read in November 2026. `prices` in the
 * configuration replaces the whole table. A date is that of a change in price, or one before the model could be called.
 */
export const SHIPPED_PRICES: readonly Price[] = [
  flat('claude-fable-5-1', '2026-06-01', [10, 50, 0.25]),
  flat('claude-opus-5-5', '2026-09-01', [4, 20, 0.2]),
  flat('claude-opus-5', '2026-07-24', [5, 25, 0.5]),
  flat('claude-sonnet-5-5', '2026-09-01', [2, 10, 0.2]),
  flat('claude-sonnet-5-5', '2026-10-07', [2, 10, 0.1]),
  flat('claude-sonnet-5', '2026-06-30', [2, 10, 0.2]),
  flat('claude-sonnet-4-6', '2026-02-01', [3, 15, 0.3]),
  flat('claude-sonnet-4-5', '2025-09-29', [3, 15, 0.3]),
  flat('claude-haiku-5-5', '2026-10-07', [0.1, 0.5, 0.01]),
  { ...flat('claude-haiku-5-5', '2026-10-07', [0.5, 2.5, 0.05]), above_input_tokens: 100_000 },
  flat('claude-haiku-4-5', '2025-10-15', [1, 5, 0.1]),
];

/** Writing to the cache costs a quarter more than reading the prompt plainly. */
function flat(
  model: string,
  effectiveFrom: string,
  usd: readonly [input: number, output: number, cacheRead: number],
): Price {
  const [input, output, cacheRead] = usd;
  return {
    model,
    effective_from: effectiveFrom,
    input_usd_per_mtok: input,
    output_usd_per_mtok: output,
    cache_read_usd_per_mtok: cacheRead,
    cache_write_usd_per_mtok: input * 1.25,
    above_input_tokens: 0,
  };
}
