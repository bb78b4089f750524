/** Code runs at 3 to 4 bytes a token in the models that are used here; the lower figure keeps budgets on the safe side. */
export const BYTES_PER_TOKEN = 3;

/** About how many input tokens a text costs, rounded up: for budgets and comparisons, never for billing. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}
