import { describeSaving, type UsageRecord } from '../agents/usage-record.ts';
import { printable } from './printable.ts';

/** What the review of a run was sent, beside what the whole change would have been, and a line for each kind of agent. */
export function formatUsage(usage: UsageRecord | null): string {
  if (usage === null) return '';
  const saving = describeSaving(usage);
  const agents = Object.entries(usage.by_agent).map(([agent, sums]) => {
    const { calls, reused, sent_tokens, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens } = sums;
    const again = reused === 0 ? '' : ` (${reused} answered before)`;
    const billed = `${input_tokens} in, ${cache_read_tokens} from cache, ${cache_write_tokens} to cache, ${output_tokens} out`;
    return `  ${printable(agent).padEnd(12)}${calls} ${calls === 1 ? 'call' : 'calls'}${again}, about ${sent_tokens} sent; billed ${billed}\n`;
  });
  return `${saving === null ? '' : `sent          ${saving}\n`}${agents.join('')}`;
}
