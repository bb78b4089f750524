import type { AuditLog } from '../../audit/audit-log.ts';
import { readFreeze } from '../../fleet/read-controls.ts';
import { RunId } from '../../ids.ts';
import { findEntry } from '../../runs/authorise.ts';
import { acquireLease, type LeaseAnswer, takeLeaseFrom } from '../../store/leases.ts';
import type { Db } from '../../store/open-database.ts';

/**
 * The canary's lease of a service, for a rollback. A run may have been granted it and then wait for hours for a deploy
 * window, or for the end of the very freeze that the rollback brought: that one makes way. It can begin nothing while the
 * service is frozen, since its next entry under the lease is refused and the target asks for freezes last before it acts.
 * A run whose canary stands is ended by the freeze itself and is waited for.
 */
export async function takeRollbackLease(
  { db, audit }: { readonly db: Db; readonly audit: AuditLog },
  service: string,
  rollbackId: RunId,
): Promise<LeaseAnswer> {
  const name = `canary:${service}`;
  const lease = await acquireLease(db, name, rollbackId);
  const holder = lease.held ? null : RunId.safeParse(lease.holder);
  if (holder?.success !== true || (await readFreeze(db, service)) === null) return lease;
  // Read after the freeze: what is not begun by now is refused.
  if (findEntry(await audit.list(holder.data), 'canary_deploy.intended', 'canary') !== undefined) return lease;
  const token = await takeLeaseFrom(db, name, holder.data, rollbackId);
  return token === null ? lease : { held: true, token };
}
