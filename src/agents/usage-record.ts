import { z } from 'zod';

const count = () => z.int().min(0);

/** What one kind of agent was sent in a review, and what it was billed for, failed requests too. */
const AgentUsage = z.object({
  calls: count(),
  reused: count(),
  /** Estimated input tokens of the requests that were sent. */
  sent_tokens: count(),
  input_tokens: count(),
  cache_read_tokens: count(),
  cache_write_tokens: count(),
  output_tokens: count(),
});
export type AgentUsage = z.infer<typeof AgentUsage>;

/** What a review cost, as its entry tells it. What older versions did not record is null or empty. */
export const UsageRecord = z.object({
  calls: count(),
  /** Of them answered by an earlier head's stored answer, at no cost. */
  reused: count(),
  /** Estimated input tokens of the requests that were sent. */
  sent_tokens: count(),
  /** The same estimate had every call, reused ones too, been sent with its prompt and the whole diff. */
  whole_diff_tokens: count(),
  /**
   * The same estimate of the naive way: nothing cut, nothing cached, nothing used again. Each question is asked once (the review,
   * for a critical service each of its four kinds; each finding's check; the sceptic), with its prompt, the whole diff, and the
   * whole text at the head of every changed code file, of which a new one stands in the diff. 0 where nothing was asked.
   */
  naive_tokens: count().nullable().default(null),
  /** As billed, failed requests too. */
  input_tokens: count(),
  output_tokens: count(),
  cache_read_tokens: count(),
  cache_write_tokens: count(),
  cost_microusd: count(),
  by_agent: z.record(z.string(), AgentUsage).default({}),
});
export type UsageRecord = z.infer<typeof UsageRecord>;

/** `3,838 of 12,004 tokens (32 %) that the whole diff and files would take`; null where the record does not tell. */
export function describeSaving({ sent_tokens: sent, naive_tokens: naive }: UsageRecord): string | null {
  if (naive === null || naive === 0) return null;
  const count = new Intl.NumberFormat('en-US');
  const share = Math.round((sent / naive) * 100);
  return `${count.format(sent)} of ${count.format(naive)} tokens (${share} %) that the whole diff and files would take`;
}
