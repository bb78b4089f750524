import { type Kysely, sql } from 'kysely';
import type { RunId } from '../ids.ts';
import type { Db } from './open-database.ts';
import type { Database } from './tables.ts';

export type LeaseAnswer =
  /** `token` grows with every grant of this lease: whoever acts under it shows it, and an older one is refused. */
  | { readonly held: true; readonly token: string }
  /** `holder` is null while the lease is free but another run is first in line; `ahead` counts runs in line before this one. */
  | { readonly held: false; readonly holder: string | null; readonly ahead: number };

/** A lease as its holder names it: whoever acts under it shows both. */
export interface Lease {
  readonly name: string;
  readonly token: string;
}

export interface LeaseState {
  readonly token: string;
  readonly holder: string | null;
  readonly grantedAt: Date | null;
  /** Runs in line, first first. */
  readonly waiting: readonly string[];
}

/**
 * Asks for a lease; ask again until it is held, the place in line stays. First come, first served, but for runs that an
 * operator moved to the front: asking is serialised on the lease's row, so places are given in the order of the asking.
 * Runs that are finished neither hold nor block. A rollback stands in no line: it is given the lease as soon as it is free.
 * Asking for a lease that is already held by this run answers with the same token.
 * @throws {StoreDown}
 */
export async function acquireLease(db: Db, name: string, runId: RunId): Promise<LeaseAnswer> {
  return await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('slipway.leases')
      .values({ name, token: 0, holder: null, granted_at: null })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const lease = await trx
      .selectFrom('slipway.leases')
      .select(['token', 'holder'])
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (lease.holder === runId) return { held: true, token: lease.token };

    const holder = (await isFinished(trx, lease.holder)) ? null : lease.holder;
    if (await isFinished(trx, runId)) return { held: false, holder, ahead: 0 };
    await trx
      .insertInto('slipway.lease_requests')
      .values({ name, run_id: runId })
      .onConflict((conflict) => conflict.columns(['run_id', 'name']).doNothing())
      .execute();
    const ahead = (await readLine(trx, name)).indexOf(runId);
    if (holder !== null || ahead > 0) return { held: false, holder, ahead };
    return { held: true, token: await grant(trx, name, runId) };
  });
}

/**
 * Takes a lease from the one run that holds it: that run's token is void from here on, and it stands in line anew when it
 * asks again. Only for a holder that has done nothing under it and can begin nothing now.
 * @returns the new token; null when the lease has another holder by now. @throws {StoreDown}
 */
export async function takeLeaseFrom(db: Db, name: string, holder: string, runId: RunId): Promise<string | null> {
  return await db.transaction().execute(async (trx) => {
    const lease = await trx
      .selectFrom('slipway.leases')
      .select('name')
      .where('name', '=', name)
      .where('holder', '=', holder)
      .forUpdate()
      .executeTakeFirst();
    return lease === undefined ? null : await grant(trx, name, runId);
  });
}

/** Gives a lease back, or leaves the line. Does nothing where the run has neither. @throws {StoreDown} */
export async function releaseLease(db: Db, name: string, runId: RunId): Promise<void> {
  await release(db, runId, name);
}

/** Gives back every lease of a run and takes it out of every line. @throws {StoreDown} */
export async function releaseAllLeases(db: Db, runId: RunId): Promise<void> {
  await release(db, runId, null);
}

/** Does the run hold the lease, with this token, at this moment? @throws {StoreDown} */
export async function isLeaseHeld(db: Db, { name, token }: Lease, runId: string): Promise<boolean> {
  const held = await db
    .selectFrom('slipway.leases')
    .select('name')
    .where('name', '=', name)
    .where('token', '=', token)
    .where('holder', '=', runId)
    .executeTakeFirst();
  return held !== undefined;
}

/** @throws {StoreDown} */
export async function readLease(db: Db, name: string): Promise<LeaseState | null> {
  const lease = await db.selectFrom('slipway.leases').selectAll().where('name', '=', name).executeTakeFirst();
  if (lease === undefined) return null;
  return { token: lease.token, holder: lease.holder, grantedAt: lease.granted_at, waiting: await readLine(db, name) };
}

async function grant(trx: Kysely<Database>, name: string, runId: RunId): Promise<string> {
  await trx.deleteFrom('slipway.lease_requests').where('name', '=', name).where('run_id', '=', runId).execute();
  const { token } = await trx
    .updateTable('slipway.leases')
    .set({ token: sql`token + 1`, holder: runId, granted_at: sql`now()` })
    .where('name', '=', name)
    .returning('token')
    .executeTakeFirstOrThrow();
  return token;
}

/** The lease before the line, in this order everywhere: two callers can then never wait for each other. */
async function release(db: Db, runId: RunId, name: string | null): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('slipway.leases')
      .set({ holder: null, granted_at: null })
      .where('holder', '=', runId)
      .$if(name !== null, (query) => query.where('name', '=', name ?? ''))
      .execute();
    await trx
      .deleteFrom('slipway.lease_requests')
      .where('run_id', '=', runId)
      .$if(name !== null, (query) => query.where('name', '=', name ?? ''))
      .execute();
  });
}

async function readLine(db: Kysely<Database>, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('slipway.lease_requests as request')
    .innerJoin('slipway.runs as run', 'run.id', 'request.run_id')
    .select('request.run_id')
    .where('request.name', '=', name)
    .where('run.status', '<>', 'finished')
    .orderBy('run.front_at', (order) => order.desc().nullsLast())
    .orderBy('request.id')
    .execute();
  return rows.map((row) => row.run_id);
}

async function isFinished(trx: Kysely<Database>, runId: string | null): Promise<boolean> {
  if (runId === null) return false;
  const run = await trx.selectFrom('slipway.runs').select('status').where('id', '=', runId).executeTakeFirst();
  return run?.status === 'finished';
}
