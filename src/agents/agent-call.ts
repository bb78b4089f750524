import { z } from 'zod';
import { FindingCategory } from '../policy/finding.ts';

export const AgentName = z.enum(['review', 'verify', 'sceptic', 'test-gen', 'validation', 'incident']);
export type AgentName = z.infer<typeof AgentName>;

/**
 * What is sent to the model for one call; stored as a blob before it is sent. `system` is the prompt file's text,
 * `input` is untrusted data and travels as one JSON document in the user turn, never mixed with instructions.
 */
export const AgentRequest = z.strictObject({
  agent: AgentName,
  model: z.string().min(1),
  max_output_tokens: z.int(),
  system: z.string(),
  input: z.json(),
  /** Asked of the same input as others, which is then cached in front of it: a review for one category alone. */
  lens: FindingCategory.optional(),
});
export type AgentRequest = z.infer<typeof AgentRequest>;

const INCONCLUSIVE_REASONS = [
  'no_model',
  'refusal',
  'output_cut',
  'context_exceeded',
  'unexpected_stop',
  'bad_json',
  'wrong_shape',
  'wrong_change',
  'wrong_model',
  'rejected_request',
  'spend_limit',
  'budget',
  'transport',
  'deadline',
  'diff_too_large',
  'nothing_readable',
  'coverage_incomplete',
] as const;
export type InconclusiveReason = (typeof INCONCLUSIVE_REASONS)[number];

export interface Usage {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costMicroUsd: number;
  readonly latencyMs: number;
}

/** What came of one request to the model. `usage` is booked whenever the server said what it billed. */
export type ModelReply =
  | { kind: 'answer'; text: string; model: string; requestId: string | null; usage: Usage }
  | { kind: 'inconclusive'; reason: InconclusiveReason; detail: string; requestId: string | null; usage: Usage | null }
  /** The whole fleet backs off; no attempt is spent. */
  | { kind: 'back_off'; retryAfterMs: number; detail: string }
  /** Money: the queue is paused and a person told. */
  | { kind: 'spend_limit'; detail: string }
  /** 5xx, 529, connection: an attempt is spent. `maybeBilled` when the request had left. */
  | { kind: 'retry'; detail: string; maybeBilled: boolean; usage: Usage | null };

export interface ModelClient {
  /** `look` is asked in the very turn in which the request is written; where it throws, nothing was sent, and `send` throws that. */
  send(request: AgentRequest, signal: AbortSignal, look?: () => void): Promise<ModelReply>;
}
