import { type Kysely, sql } from 'kysely';

/**
 * How far the sweeper has read the record for orders that were not carried out and heads that nobody superseded, each entry
 * once. It begins before the first entry of the runs that live now: what went before is of runs that are over.
 */
export async function stopScan(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.stop_scan (
      only_row boolean primary key default true check (only_row),
      orders_to bigint not null,
      rivals_to bigint not null
    )`.execute(db);
  await sql`
    insert into slipway.stop_scan (orders_to, rivals_to)
    select first.seq - 1, first.seq - 1 from (
      select coalesce(
        (select min(e.seq) from slipway.runs r, lateral (
          select e.seq from audit.entry e where e.trace_id = r.id order by e.seq limit 1
        ) as e where r.status <> 'finished'),
        (select max(e.seq) + 1 from audit.entry e), 0) as seq
    ) as first`.execute(db);
}
