import { Counter, type Registry } from 'prom-client';
import { UsageRecord } from '../agents/usage-record.ts';
import type { Appended, AuditLog, EntryDraft } from '../audit/audit-log.ts';
import { EntryRefused } from '../audit/entry-refused.ts';
import { StoreDown } from '../errors.ts';

/** The same record, with what its reviews were sent counted, and what it did not take: `store` got no answer, `refused` was no entry, `other` is the rest. */
export function watchAppends(audit: AuditLog, registry: Registry): AuditLog {
  const failures = new Counter({
    name: 'slipway_audit_append_failures_total',
    help: 'Appends to the record that failed: store = no answer from PostgreSQL, refused = not an entry, other = e.g. a lost lease.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of ['store', 'refused', 'other']) failures.inc({ reason }, 0);

  const tokens = new Counter({
    name: 'slipway_review_tokens_total',
    help: 'Input tokens of the reviews that this replica recorded, estimated: sent = what was sent, naive = had each question come with the whole diff and files.',
    labelNames: ['kind'],
    registers: [registry],
  });
  for (const kind of ['sent', 'naive']) tokens.inc({ kind }, 0);

  /** Once for each review, however often it is appended. */
  function countTokens(drafts: readonly EntryDraft[], appended: readonly Appended[]): void {
    for (const [index, { event, payload }] of drafts.entries()) {
      const usage = event === 'review_evaluation' ? UsageRecord.safeParse(payload['usage']).data : undefined;
      if (usage === undefined || usage.naive_tokens === null || appended[index]?.dup !== false) continue;
      tokens.inc({ kind: 'sent' }, usage.sent_tokens);
      tokens.inc({ kind: 'naive' }, usage.naive_tokens);
    }
  }

  async function counting<T>(append: () => Promise<T>): Promise<T> {
    try {
      return await append();
    } catch (error) {
      const refused = error instanceof EntryRefused ? 'refused' : 'other';
      failures.inc({ reason: error instanceof StoreDown ? 'store' : refused });
      throw error;
    }
  }

  return {
    ...audit,
    async append(run, draft) {
      const appended = await counting(() => audit.append(run, draft));
      countTokens([draft], [appended]);
      return appended;
    },
    async appendAll(run, drafts) {
      const appended = await counting(() => audit.appendAll(run, drafts));
      countTokens(drafts, appended);
      return appended;
    },
  };
}
