import type { Price } from '../config/schema.ts';

export interface BilledTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

export interface Cost {
  /** Millionths of a US dollar, a whole number, rounded up. */
  readonly costMicroUsd: number;
  /** `dearest`: the model is not in the table, so the dearest of all prices was taken. */
  readonly priced: 'listed' | 'dearest' | 'no_prices';
}

/** Prices have at most six decimals here, so all sums are exact in whole numbers. */
const SCALE = 1_000_000;

/**
 * What a reply cost by the price in force on its day. A dollar per million tokens is a micro-dollar per token. The band
 * is chosen by the whole prompt, cached part included. An unknown model is never free: it costs what the dearest would.
 */
export function costMicroUsd(prices: readonly Price[], model: string, tokens: BilledTokens, at: Date): Cost {
  const own = priceOf(prices, model, tokens, at);
  if (own !== undefined) return { costMicroUsd: costAt(own, tokens), priced: 'listed' };
  const models = [...new Set(prices.map((price) => price.model))];
  const others = models.flatMap((other) => priceOf(prices, other, tokens, at) ?? []);
  if (others.length === 0) return { costMicroUsd: 0, priced: 'no_prices' };
  return { costMicroUsd: Math.max(...others.map((price) => costAt(price, tokens))), priced: 'dearest' };
}

/** Is this model in the table on that day? Asked by `config check` and at start-up. */
export function isPriced(prices: readonly Price[], model: string, at: Date): boolean {
  return (
    priceOf(prices, model, { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }, at) !==
    undefined
  );
}

function priceOf(prices: readonly Price[], model: string, tokens: BilledTokens, at: Date): Price | undefined {
  const day = at.toISOString().slice(0, 10);
  const known = prices.filter((price) => isSameModel(price.model, model) && price.effective_from <= day);
  const newest = known.reduce((latest, price) => (price.effective_from > latest ? price.effective_from : latest), '');
  const prompt = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  return known
    .filter(
      (price) =>
        price.effective_from === newest && (price.above_input_tokens === 0 || prompt > price.above_input_tokens),
    )
    .toSorted((a, b) => b.above_input_tokens - a.above_input_tokens)[0];
}

/** A dated id (`claude-sonnet-4-5-20250929`) is a snapshot of the model without the date. */
function isSameModel(listed: string, model: string): boolean {
  return listed === model || listed === model.replace(/-\d{8}$/, '');
}

function costAt(price: Price, tokens: BilledTokens): number {
  const scaled =
    part(price.input_usd_per_mtok, tokens.inputTokens) +
    part(price.output_usd_per_mtok, tokens.outputTokens) +
    part(price.cache_read_usd_per_mtok, tokens.cacheReadTokens) +
    part(price.cache_write_usd_per_mtok, tokens.cacheWriteTokens);
  const scale = BigInt(SCALE);
  return Number((scaled + scale - 1n) / scale);
}

function part(usdPerMtok: number, tokens: number): bigint {
  return BigInt(Math.round(usdPerMtok * SCALE)) * BigInt(tokens);
}
