import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { type StoredRow, toRecorded } from '../audit/read-entries.ts';
import { storeReceipt } from '../audit/stored-receipt.ts';
import { RunId } from '../ids.ts';
import { findEntry } from '../runs/authorise.ts';
import type { Database } from '../store/tables.ts';
import { CANARY_EVENTS, type CanaryPhase, isHandedOver, phaseOf } from './canary-sight.ts';
import type { GuardedCanary } from './guard-state.ts';
import { watchLimitS } from './watch-limit.ts';

/** A canary as the record knows it at this moment. */
export type SeenCanary = Omit<GuardedCanary, 'watched_at' | 'zeroed'> & {
  /** Since the newest tick or entry of it, milliseconds, by the database's clock. */
  readonly silentMs: number;
  /** Its worker cannot take it out. */
  readonly handedOver: boolean;
};

export interface SightSettings {
  readonly canaryHoldS: number;
  /** How long a promotion of the service may take, beyond the hold, seconds. */
  readonly promotionS: (service: string) => number;
}

interface Row {
  readonly run_id: string;
  readonly service: string;
  readonly fence: string;
  readonly now: Date;
  readonly tick_at: Date | null;
  readonly entries: readonly Omit<StoredRow, 'chain_hash' | 'recorded_at'>[] | null;
}

/** Every canary that may have traffic or soon will. Whoever has a canary's lease may have one. @throws {StoreDown} */
export async function readSight(db: Kysely<Database>, settings: SightSettings): Promise<SeenCanary[]> {
  const { rows } = await sql<Row>`
    select r.id as run_id, r.service, l.token::text as fence, clock_timestamp() as now,
      (select max(t.stored_at) from slipway.canary_ticks t where t.run_id = r.id) as tick_at,
      (select jsonb_agg(jsonb_build_object('seq', e.seq::text, 'body', e.body, 'chain_hash', encode(e.chain_hash, 'hex'),
          'recorded_at', e.recorded_at) order by e.seq)
        from audit.entry e
        where e.trace_id = r.id and e.body::jsonb ->> 'event' = any(${[...CANARY_EVENTS]})) as entries
    from slipway.leases l join slipway.runs r on r.id = l.holder
    where l.name ^@ 'canary:' and r.status <> 'finished' and not r.dry_run`.execute(db);
  return rows.flatMap((row) => {
    const entries = z
      .array(AsJson)
      .parse(row.entries ?? [])
      .map(toRow)
      .map(toRecorded);
    const phase = phaseOf(entries);
    return phase === 'over' ? [] : [see(row, entries, phase, settings)];
  });
}

const AsJson = z.strictObject({
  seq: z.string(),
  body: z.string(),
  chain_hash: z.string(),
  recorded_at: z.coerce.date(),
});

function toRow({ chain_hash, ...rest }: z.infer<typeof AsJson>): StoredRow {
  return { ...rest, chain_hash: Buffer.from(chain_hash, 'hex') };
}

const Limits = z.object({ limits: z.object({ canary_tick_s: z.number().positive() }) });

function see(
  row: Row,
  entries: readonly Recorded[],
  phase: Exclude<CanaryPhase, 'over'>,
  { canaryHoldS, promotionS }: SightSettings,
): SeenCanary {
  const started = findEntry(entries, 'canary_started');
  if (started === undefined) throw new Error('a canary that did not start is over');
  const { limits } = Limits.parse(started.entry.payload);
  const holdS = watchLimitS(canaryHoldS, limits.canary_tick_s);
  const newest = Math.max(row.tick_at?.getTime() ?? 0, ...entries.map(({ recordedAt }) => recordedAt.getTime()));
  return {
    run_id: RunId.parse(row.run_id),
    service: row.service,
    fence: row.fence,
    started: storeReceipt(started.receipt),
    traffic: phase !== 'started',
    promoting: phase === 'promoting',
    limit_ms: (phase === 'promoting' ? holdS + promotionS(row.service) : holdS) * 1000,
    handedOver: isHandedOver(entries),
    silentMs: Math.max(0, row.now.getTime() - newest),
  };
}
