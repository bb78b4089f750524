import type { AuditLog } from '../audit/audit-log.ts';
import type { Run } from '../store/tables.ts';
import { openRecord, type RunRecord } from './record.ts';

/**
 * A rollback has a record of its own, under its own id: the run whose release it takes back has ended, and its record with
 * it. Its entries repeat that run's change, and its first one names the run.
 */
export function openRollbackRecord(audit: AuditLog, released: Run, rollbackId: string, policyHash?: string): RunRecord {
  return openRecord(audit, { ...released, id: rollbackId }, policyHash);
}
