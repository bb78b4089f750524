import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { AuditLog, EntryDraft } from '../../../src/audit/audit-log.ts';
import { watchAppends } from '../../../src/metrics/watch-appends.ts';
import { recorded } from '../../support/entries.ts';

const USAGE = {
  calls: 2,
  reused: 0,
  sent_tokens: 400,
  whole_diff_tokens: 900,
  naive_tokens: 1_000,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_microusd: 0,
  by_agent: {},
};

function draftOf(event: EntryDraft['event'], usage: object): EntryDraft {
  const { run_id, stage, step, n, actor, rationale, outcome } = recorded(1, { event, stage: 'review' }).entry;
  return { run_id, stage, step, n, actor, rationale, outcome, event, payload: { usage } } as EntryDraft;
}

/** Our own port, which answers for each draft what it is told to. */
async function tokensAfter(use: (audit: AuditLog) => Promise<unknown>, dup = false) {
  const registry = new Registry();
  const answer = ({ event }: EntryDraft) => ({ ...recorded(1, { event, stage: 'review' }), dup });
  const audit = {
    append: async (_run: unknown, draft: EntryDraft) => answer(draft),
    appendAll: async (_run: unknown, drafts: readonly EntryDraft[]) => drafts.map(answer),
  } as unknown as AuditLog;
  await use(watchAppends(audit, registry));
  const metric = await registry.getSingleMetric('slipway_review_tokens_total')?.get();
  return Object.fromEntries(metric?.values.map(({ labels, value }) => [labels['kind'], value]) ?? []);
}

it('tokens of a review are counted when it is recorded, and stand at 0 before', async () => {
  expect(await tokensAfter(async () => {})).toEqual({ sent: 0, naive: 0 });
  const review = draftOf('review_evaluation', USAGE);
  expect(await tokensAfter((audit) => audit.append(null, review))).toEqual({ sent: 400, naive: 1_000 });
  const other = draftOf('change_resolved', USAGE);
  expect(await tokensAfter((audit) => audit.appendAll(null, [other, review]))).toEqual({ sent: 400, naive: 1_000 });
});

it('a review that stood there already was counted by whoever wrote it', async () => {
  const review = draftOf('review_evaluation', USAGE);
  expect(await tokensAfter((audit) => audit.append(null, review), true)).toEqual({ sent: 0, naive: 0 });
});

it('one side is not counted without the other', async () => {
  const { naive_tokens: _, ...old } = USAGE;
  const review = draftOf('review_evaluation', old);
  expect(await tokensAfter((audit) => audit.append(null, review))).toEqual({ sent: 0, naive: 0 });
});
