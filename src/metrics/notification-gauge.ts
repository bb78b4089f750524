import { type Kysely, sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../store/tables.ts';

/** What people outside were not told yet, or were never told. */
export function makeNotificationGauge(
  registry: Registry,
  db: Kysely<Database>,
): { read(): Promise<void>; reset(): void } {
  const gauge = new Gauge({
    name: 'slipway_notifications',
    help: 'Notifications that nobody has taken, by channel and status: pending are still tried, dead were given up until somebody has them sent again.',
    labelNames: ['channel', 'status'],
    registers: [registry],
  });
  return {
    async read() {
      const { rows } = await sql<{ channel: string; status: string; n: number }>`
        select channel, status, count(n.run_id)::int as n
        from (values ('webhook'), ('slack')) c (channel) cross join (values ('pending'), ('dead')) s (status)
        left join slipway.notifications n using (channel, status) group by 1, 2`.execute(db);
      for (const { channel, status, n } of rows) gauge.set({ channel, status }, n);
    },
    reset: () => gauge.reset(),
  };
}
