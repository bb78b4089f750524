import { type Kysely, sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import type { Event } from '../audit/entry.ts';
import { GUARD_LOST_MS } from '../guard/known-guard.ts';
import type { Database } from '../store/tables.ts';

interface Row {
  readonly live: number;
  readonly unguarded: number;
  readonly unsafe: number;
  readonly guards_live: number;
  readonly guards_lost: number;
}

/** Which canaries have traffic, and who would take them out with every store gone. */
export function makeGuardGauges(registry: Registry, db: Kysely<Database>): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
  const live = new Gauge({
    name: 'slipway_canaries_live',
    help: 'Canaries that have ticks and whose run holds the lease: they have traffic.',
    registers,
  });
  const unguarded = new Gauge({
    name: 'slipway_canaries_unguarded',
    help: 'Of these, those that no living guard has in its file. Nobody would take them out with the stores gone.',
    registers,
  });
  const unsafe = new Gauge({
    name: 'slipway_canaries_unsafe',
    help: 'Canaries that their run wants out of traffic for more than 30 s without having read zero back.',
    registers,
  });
  const share = new Gauge({
    name: 'slipway_canary_share_percent',
    help: 'Share of traffic that a live canary was last meant to have, percent.',
    labelNames: ['service'],
    registers,
  });
  const guards = new Gauge({
    name: 'slipway_guards',
    help: 'Guards by state: live, or lost without a goodbye.',
    labelNames: ['state'],
    registers,
  });
  return {
    async read() {
      const lostAfter = sql`make_interval(secs => ${GUARD_LOST_MS / 1000})`;
      const { rows } = await sql<Row>`
        with living as (select id from slipway.guards where seen_at > clock_timestamp() - ${lostAfter}),
        canaries as (
          select r.id from slipway.leases l join slipway.runs r on r.id = l.holder
          where l.name ^@ 'canary:' and r.status <> 'finished'
            and exists (select from slipway.canary_ticks t where t.run_id = r.id)
        )
        select (select count(*)::int from canaries) as live,
          (select count(*)::int from canaries c where not exists (
            select from slipway.guard_notes n join living on living.id = n.guard_id where n.run_id = c.id)) as unguarded,
          (select count(*)::int from slipway.leases l join slipway.runs r on r.id = l.holder
            where l.name ^@ 'canary:' and r.status <> 'finished' and not r.dry_run
              and exists (select from audit.entry e where e.trace_id = r.id and ${isZero('canary_weight.intended')}
                and e.recorded_at < clock_timestamp() - interval '30 seconds')
              and not exists (select from audit.entry e where e.trace_id = r.id and ${isZero('canary_weight.completed')})
          ) as unsafe,
          (select count(*)::int from living) as guards_live,
          (select count(*)::int from slipway.guards) - (select count(*)::int from living) as guards_lost`.execute(db);
      const [row] = rows;
      const shares = await readShares(db);
      share.reset();
      for (const { service, pct } of shares) share.set({ service }, pct);
      live.set(row?.live ?? 0);
      unguarded.set(row?.unguarded ?? 0);
      unsafe.set(row?.unsafe ?? 0);
      guards.set({ state: 'live' }, row?.guards_live ?? 0);
      guards.set({ state: 'lost' }, row?.guards_lost ?? 0);
    },
    reset() {
      for (const gauge of [live, unguarded, unsafe, share, guards]) gauge.reset();
      for (const gauge of [live, unguarded, unsafe]) gauge.remove();
    },
  };
}

/** Of an entry `e`: a weight of zero. */
function isZero(event: Event) {
  return sql`e.body::jsonb ->> 'event' = ${event} and e.body::jsonb #>> '{payload,pct}' = '0'`;
}

async function readShares(db: Kysely<Database>): Promise<{ service: string; pct: number }[]> {
  const { rows } = await sql<{ service: string; pct: number }>`
    select r.service, weight.pct
    from slipway.leases l join slipway.runs r on r.id = l.holder
    cross join lateral (
      select (e.body::jsonb #>> '{payload,pct}')::float8 as pct from audit.entry e
      where e.trace_id = r.id and e.body::jsonb ->> 'event' = 'canary_weight.intended'
      order by e.seq desc limit 1
    ) weight
    where l.name ^@ 'canary:' and r.status <> 'finished'`.execute(db);
  return rows;
}
