import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { RunId } from '../ids.ts';
import { batched } from './batched.ts';
import type { Db } from './open-database.ts';
import { runSql } from './run-sql.ts';
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
  return acquireOne(db, JSON.stringify({ name, run: runId }));
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

/** In the order of the names, so that two processes never wait for each other's leases. */
const ACQUIRE = `
  with asked as materialized (
    select q.n, a.* from (
      select * from rows from (json_to_recordset($1::json) as (name text, run text))
        with ordinality as q(name, run, n) order by name, n
    ) as q, lateral slipway.acquire_lease(q.name, q.run) as a
  )
  select token, holder, ahead from asked order by n`;

const acquireOne = batched<Db, LeaseAnswer>(async (db, items) => {
  const rows = await runSql<{ token: string | null; holder: string | null; ahead: number }>(db, ACQUIRE, [
    `[${items.join(',')}]`,
  ]);
  return rows.map(({ token, holder, ahead }) =>
    token === null ? { held: false, holder, ahead } : { held: true, token },
  );
});

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
  return (await heldLease(db, name, runId))?.token === token;
}

/** True in a statement while the run holds the lease with this very token; without a lease always. */
export function whileHeld(lease: Lease | null, runId: string): RawBuilder<boolean> {
  if (lease === null) return sql<boolean>`true`;
  return sql<boolean>`exists (select from slipway.leases l
    where l.name = ${lease.name} and l.holder = ${runId} and l.token = ${lease.token}::bigint)`;
}

/** The lease as this run holds it; null when it does not. @throws {StoreDown} */
export async function heldLease(db: Db, name: string, runId: string): Promise<Lease | null> {
  return heldOne(db, JSON.stringify({ name, run: runId }));
}

const HELD = `
  select l.name, l.token from rows from (json_to_recordset($1::json) as (name text, run text))
    with ordinality as q(name, run, n)
  left join lateral (
    select l.name, l.token from slipway.leases l where l.name = q.name and l.holder = q.run offset 0
  ) as l on true order by q.n`;

const heldOne = batched<Db, Lease | null>(async (db, items) => {
  const rows = await runSql<{ name: string | null; token: string }>(db, HELD, [`[${items.join(',')}]`]);
  return rows.map(({ name, token }) => (name === null ? null : { name, token }));
});

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

async function release(db: Db, runId: RunId, name: string | null): Promise<void> {
  await releaseOne(db, JSON.stringify({ name, run: runId }));
}

const releaseOne = batched<Db, true>(async (db, items) => {
  const asked = items.map((item): { name: string | null; run: string } => JSON.parse(item));
  const runs = asked.map(({ run }) => run);
  const names = asked.map(({ name }) => name);
  await runSql(db, 'select slipway.release_leases($1::text[], $2::text[])', [runs, names]);
  return items.map(() => true as const);
});

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
