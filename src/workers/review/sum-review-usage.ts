import type { RunUsage } from '../../agents/usage.ts';
import type { AgentUsage, UsageRecord } from '../../agents/usage-record.ts';
import { BYTES_PER_TOKEN, estimateTokens } from '../../change/estimate-tokens.ts';

/** One question of a review as it is stored. */
export interface SentRequest {
  readonly agent: string;
  readonly n: number;
  readonly lens: string | null;
  /** The call whose stored answer was taken; null for one that was sent. */
  readonly reused_from: string | null;
  readonly bytes: number;
  readonly prompt_bytes: number;
}

export interface UsageFacts {
  readonly requests: readonly SentRequest[];
  readonly billed: ReadonlyMap<string, RunUsage>;
  readonly diff: string;
  /** Whole texts at the head of the changed code files that are not new. */
  readonly texts: readonly string[];
}

type Billed = Pick<RunUsage, 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'>;
const NOTHING_BILLED: Billed = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

/** What a review was sent and billed, in all and by agent, beside what it would have been sent had nothing been left out. Pure. */
export function sumReviewUsage({ requests, billed, diff, texts }: UsageFacts): UsageRecord {
  const wholeDiff = estimateTokens(diff);
  const names = [...new Set([...requests.map(({ agent }) => agent), ...billed.keys()])].toSorted();
  const by_agent = Object.fromEntries(
    names.map((name) => [
      name,
      agentUsage(
        requests.filter(({ agent }) => agent === name),
        billed.get(name) ?? NOTHING_BILLED,
      ),
    ]),
  );
  const all = Object.values(by_agent);
  const sum = (field: keyof AgentUsage) => all.reduce((total, one) => total + one[field], 0);
  return {
    calls: sum('calls'),
    reused: sum('reused'),
    sent_tokens: sum('sent_tokens'),
    whole_diff_tokens: requests.reduce((total, { prompt_bytes }) => total + tokens(prompt_bytes) + wholeDiff, 0),
    naive_tokens: naiveTokens(requests, wholeDiff + texts.reduce((total, text) => total + estimateTokens(text), 0)),
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_write_tokens: sum('cache_write_tokens'),
    cost_microusd: [...billed.values()].reduce((total, { costMicroUsd }) => total + costMicroUsd, 0),
    by_agent,
  };
}

function agentUsage(requests: readonly SentRequest[], billed: Billed): AgentUsage {
  const sent = requests.filter(({ reused_from }) => reused_from === null);
  return {
    calls: requests.length,
    reused: requests.length - sent.length,
    sent_tokens: sent.reduce((total, { bytes }) => total + tokens(bytes), 0),
    input_tokens: billed.inputTokens,
    cache_read_tokens: billed.cacheReadTokens,
    cache_write_tokens: billed.cacheWriteTokens,
    output_tokens: billed.outputTokens,
  };
}

/** Parts of a change are one question; a finding's check is one of its own. Where nothing was asked, nothing would have been. */
function naiveTokens(requests: readonly SentRequest[], whole: number): number {
  const questions = new Map(
    requests.map(({ agent, n, lens, prompt_bytes }) => [
      `${agent} ${agent === 'verify' ? n : (lens ?? '')}`,
      prompt_bytes,
    ]),
  );
  return [...questions.values()].reduce((total, promptBytes) => total + tokens(promptBytes) + whole, 0);
}

function tokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}
