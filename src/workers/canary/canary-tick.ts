import { sql } from 'kysely';
import type { Thresholds } from '../../config/schema.ts';
import type { CanaryJudgement } from '../../delivery/judge/judgement.ts';
import { TickSample } from '../../delivery/judge/tick-sample.ts';
import { fenceOfEntry, type Hold } from '../../runs/hold.ts';
import { whileHeld } from '../../store/leases.ts';
import type { Entered } from '../enter-stage.ts';
import type { CanaryPorts } from './canary-ports.ts';

export interface TickFacts {
  readonly n: number;
  readonly intendedPct: number;
  readonly extension: number;
  /** The share that it waits for at a gate. */
  readonly gatePct: number | null;
  readonly limits: Thresholds;
  readonly hold: Hold;
}

/** First writer wins: a tick that was already taken is not taken again. Nor is one by a replica whose lease went on meanwhile. */
export async function takeTick(
  ports: CanaryPorts,
  { run }: Entered,
  { n, intendedPct, extension, gatePct, limits, hold }: TickFacts,
  signal: AbortSignal,
): Promise<void> {
  const { metrics } = ports.delivery(run);
  const elapsedS = n * limits.canary_tick_s;
  const read = await metrics.snapshot(run.service, signal).then(
    (snapshot) => ({ snapshot, problem: null }),
    (error: unknown) => {
      if (signal.aborted) throw error;
      return { snapshot: null, problem: error instanceof Error ? error.message : 'metrics could not be read' };
    },
  );
  const sample = TickSample.parse({
    n,
    at: ports.now().toISOString(),
    elapsed_s: elapsedS,
    warm_up: elapsedS <= limits.canary_warm_up_s,
    ...read,
    ...(intendedPct === limits.canary_traffic_initial_pct ? {} : { intended_pct: intendedPct }),
    ...(extension === 0 ? {} : { extension }),
    ...(gatePct === null ? {} : { gate_pct: gatePct }),
  });
  await sql`insert into slipway.canary_ticks (run_id, n, at, sample)
    select ${run.id}, ${n}::int, ${ports.now()}::timestamptz, ${JSON.stringify(sample)}::jsonb
    where ${whileHeld(hold.lease, run.id)} on conflict (run_id, n) do nothing`.execute(ports.db);
}

export async function readTicks(ports: Pick<CanaryPorts, 'db'>, runId: string): Promise<TickSample[]> {
  const rows = await ports.db
    .selectFrom('slipway.canary_ticks')
    .select('sample')
    .where('run_id', '=', runId)
    .orderBy(sql`n`)
    .execute();
  return rows.map((row) => TickSample.parse(row.sample));
}

/** What the tick means so far. Only the holder of the canary may say so. */
export async function recordTick(
  record: Entered['record'],
  hold: Hold,
  n: number,
  { why, verdict, numbers, next, missing }: CanaryJudgement,
): Promise<void> {
  await record.append({
    stage: 'canary',
    step: 'tick',
    event: 'canary_tick',
    n,
    rationale: why,
    outcome: verdict,
    payload: { numbers, next, missing, ...fenceOfEntry(hold) },
  });
}
