import type { Price } from '../config/schema.ts';
import type { AgentRequest } from './agent-call.ts';
import { costMicroUsd } from './prices.ts';

/** Text and code come to 3 to 4 bytes a token; the lower end, so that an estimate is rather too high. */
const BYTES_PER_TOKEN = 3;

/** The most that one request may cost: all of it read for the first time, and the longest answer. Pure. */
export function estimateCall(
  request: AgentRequest,
  prices: readonly Price[],
  at: Date,
): { readonly tokens: number; readonly costMicroUsd: number } {
  const bytes = Buffer.byteLength(request.system) + Buffer.byteLength(JSON.stringify(request.input));
  const sent = Math.ceil(bytes / BYTES_PER_TOKEN);
  const outputTokens = request.max_output_tokens;
  const cost = costMicroUsd(
    prices,
    request.model,
    { inputTokens: 0, outputTokens, cacheReadTokens: 0, cacheWriteTokens: sent },
    at,
  );
  return { tokens: sent + outputTokens, costMicroUsd: cost.costMicroUsd };
}
