import { type Kysely, sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../store/tables.ts';

/** How far signed heads lag behind the record; nothing where none are wanted. */
export function makeCheckpointGauges(
  registry: Registry,
  db: Kysely<Database>,
  wanted: boolean,
): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
  const entries = new Gauge({
    name: 'slipway_checkpoint_lag_entries',
    help: 'Entries that no checkpoint in the database covers.',
    registers,
  });
  const seconds = new Gauge({
    name: 'slipway_checkpoint_lag_seconds',
    help: 'Age of the oldest entry that no checkpoint in the database covers; 0 = all are.',
    registers,
  });
  const gauges = [entries, seconds];
  const reset = () => {
    for (const gauge of gauges) gauge.remove();
  };
  reset();
  return {
    async read() {
      if (!wanted) return;
      const { rows } = await sql<{ entries: number; seconds: number }>`
        with covered as (select coalesce(max(size), 0) as size from audit.checkpoint)
        select (coalesce((select max(seq) + 1 from audit.entry), 0) - size)::float8 as entries,
          coalesce((select extract(epoch from clock_timestamp() - e.recorded_at)::float8
            from audit.entry e where e.seq = size), 0) as seconds
        from covered`.execute(db);
      entries.set(Math.max(0, rows[0]?.entries ?? 0));
      seconds.set(Math.max(0, rows[0]?.seconds ?? 0));
    },
    reset,
  };
}
