import { Counter, type Registry } from 'prom-client';
import type { AuditLog } from '../audit/audit-log.ts';
import { EntryRefused } from '../audit/entry-refused.ts';
import { StoreDown } from '../errors.ts';

/** The same record, with what it did not take counted: `store` got no answer, `refused` was no entry, `other` is the rest. */
export function watchAppends(audit: AuditLog, registry: Registry): AuditLog {
  const failures = new Counter({
    name: 'slipway_audit_append_failures_total',
    help: 'Appends to the record that failed: store = no answer from PostgreSQL, refused = not an entry, other = e.g. a lost lease.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of ['store', 'refused', 'other']) failures.inc({ reason }, 0);

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
    append: (run, draft) => counting(() => audit.append(run, draft)),
    appendAll: (run, drafts) => counting(() => audit.appendAll(run, drafts)),
  };
}
