import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { z } from 'zod';
import type { LockSeen } from '../delivery/migration-check.ts';

const LOOK_EVERY_MS = 100;

export interface ScratchLimits {
  readonly maxLockMs: number;
  readonly maxDatabaseMb: number;
}

export interface ScratchWatch {
  /** Ends the looking. @returns the longest lock, and why the step was ended, if it was. */
  end(): Promise<{ lock: Omit<LockSeen, 'step'> | null; problem: string | null }>;
}

const Held = z.array(
  z.object({ pid: z.int(), table: z.string(), mode: z.string(), statement: z.string(), held_ms: z.coerce.number() }),
);

/** Locks that keep out writers, or readers too, on tables that others may already use; a transaction keeps what it took to its end. */
const LOCKS = `
  select a.pid, l.relation::regclass::text as table, l.mode, left(a.query, 500) as statement,
    extract(epoch from clock_timestamp() - greatest(a.xact_start, s.since)) * 1000 as held_ms
  from pg_locks l join pg_stat_activity a using (pid)
  join (select unnest($1::oid[]) as relation, $2::timestamptz as since) s on s.relation = l.relation
  where l.granted and a.pid <> pg_backend_pid() and a.xact_start is not null
    and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  order by held_ms desc`;

/**
 * Looks while a migration runs how long it locks tables that were there before, by the database's clock, and ends its session
 * when that is too long or the database grows too large. The time counts from the transaction's start, which is when the lock
 * may have been taken at the earliest: a look later than the lock never makes it shorter.
 */
export async function watchScratch(admin: Client, limits: ScratchLimits): Promise<ScratchWatch> {
  const { rows } = await admin.query<{ oid: string; now: string }>(
    `select c.oid::text, clock_timestamp()::text as now from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  const tables = rows.map(({ oid }) => oid);
  const since = rows[0]?.now ?? null;
  const over = new AbortController();
  let lock: Omit<LockSeen, 'step'> | null = null;
  let problem: string | null = null;

  async function look(): Promise<void> {
    const found = tables.length === 0 ? [] : Held.parse((await admin.query(LOCKS, [tables, since])).rows);
    const [longest] = found;
    if (longest !== undefined && longest.held_ms > (lock?.held_ms ?? 0)) {
      const { pid, ...seen } = longest;
      const ended = seen.held_ms > limits.maxLockMs;
      lock = { ...seen, held_ms: Math.round(seen.held_ms), ended };
      if (ended) {
        problem ??= `it held ${seen.mode} on ${seen.table} for longer than ${limits.maxLockMs / 1000} s (migrations.max_lock_s), in: ${seen.statement}`;
        await admin.query('select pg_terminate_backend($1)', [pid]);
      }
    }
    const size = await admin.query<{ mb: string }>(`select pg_database_size(current_database()) / 1048576 as mb`);
    if (Number(size.rows[0]?.mb) <= limits.maxDatabaseMb) return;
    problem ??= `the database grew beyond ${limits.maxDatabaseMb} MB (migrations.max_database_mb)`;
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'migrator'`);
  }

  async function keepLooking(): Promise<void> {
    while (!over.signal.aborted) {
      await look();
      await pause(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  }
  const looking = keepLooking().catch((error: unknown) => {
    problem ??= `the scratch database could not be watched: ${error instanceof Error ? error.message : 'unknown error'}`;
  });
  return {
    async end() {
      over.abort();
      await looking;
      return { lock, problem };
    },
  };
}
