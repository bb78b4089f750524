import { sql } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import { crashPoint } from '../crash-point.ts';
import { judgeCanary } from '../delivery/judge/judge-canary.ts';
import { TickSample } from '../delivery/judge/tick-sample.ts';
import { assertNever } from '../errors.ts';
import { watchLimitS } from '../guard/watch-limit.ts';
import { WAITS } from '../runs/wait-words.ts';
import { dueTick, isDrifted, msUntilTick, whyUnwatched } from './canary.decide.ts';
import type { CanaryPorts } from './canary.worker.ts';
import type { UnderTraffic } from './canary-start.ts';
import { setCanaryWeight } from './delivery-effects.ts';
import { type Entered, waiting } from './enter-stage.ts';
import type { StageStep } from './step.ts';

export interface Verdict {
  readonly kind: 'verdict';
  readonly entry: Recorded;
}

/** Takes the tick that is due, stores it, judges all stored ticks, and records a verdict once there is one. */
export async function watchCanary(
  ports: CanaryPorts,
  entered: Entered,
  traffic: UnderTraffic,
  signal: AbortSignal,
): Promise<StageStep | Verdict> {
  const { run, record, service } = entered;
  const existing = await record.find('canary', 'verdict', 'canary_verdict');
  if (existing) return { kind: 'verdict', entry: existing };
  if (run.dry_run) return { kind: 'verdict', entry: await recordDescribed(entered) };

  const tickSeconds = service.limits.canary_tick_s;
  const n = dueTick(traffic.at, tickSeconds, ports.now());
  await takeTick(ports, entered, n, signal);
  crashPoint('canary:after-tick-row');
  const ticks = await readTicks(ports, run.id);
  const unwatched = whyUnwatched({
    trafficAt: traffic.at,
    ticks,
    holdS: watchLimitS(ports.config.fleet.canary_hold_s, tickSeconds),
  });
  if (unwatched !== null) return { kind: 'verdict', entry: await recordUnwatched(entered, unwatched, ticks.length) };
  const judgement = judgeCanary({ ticks, limits: service.limits });
  await record.append({
    stage: 'canary',
    step: 'tick',
    event: 'canary_tick',
    n,
    rationale: judgement.why,
    outcome: judgement.verdict,
    payload: { numbers: judgement.numbers, next: judgement.next, missing: judgement.missing },
  });
  crashPoint('canary:after-tick-entry');
  switch (judgement.verdict) {
    case 'CONTINUE':
      if (isDrifted(ticks, service.limits.canary_traffic_initial_pct)) await giveWeightBack(n);
      return nextTick(n + 1);
    case 'PASS':
    case 'FAIL':
    case 'INCONCLUSIVE':
      return {
        kind: 'verdict',
        entry: await record.append({
          stage: 'canary',
          step: 'verdict',
          event: 'canary_verdict',
          rationale: judgement.why,
          outcome: judgement.verdict,
          payload: {
            artifact: run.artifact,
            cause: judgement.cause,
            ticks: ticks.length,
            missing: judgement.missing,
            numbers: judgement.numbers,
          },
        }),
      };
    default:
      return assertNever(judgement.verdict);
  }

  async function giveWeightBack(tick: number): Promise<void> {
    const scope = { target: ports.delivery(run).target, record, run, hold: traffic.hold, signal };
    await setCanaryWeight(scope, service.limits.canary_traffic_initial_pct, tick, 'canary', 'drift');
  }

  function nextTick(next: number): Promise<StageStep> {
    const ms = msUntilTick(traffic.at, tickSeconds, next, ports.now());
    return waiting(ports, run, { kind: 'delay', ms, why: WAITS.tick });
  }
}

/** First writer wins: a tick that was already taken is not taken again. */
async function takeTick(ports: CanaryPorts, { run, service }: Entered, n: number, signal: AbortSignal): Promise<void> {
  const { metrics } = ports.delivery(run);
  const elapsedS = n * service.limits.canary_tick_s;
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
    warm_up: elapsedS <= service.limits.canary_warm_up_s,
    ...read,
  });
  await ports.db
    .insertInto('slipway.canary_ticks')
    .values({ run_id: run.id, n, at: ports.now(), sample: JSON.stringify(sample) })
    .onConflict((c) => c.columns(['run_id', 'n']).doNothing())
    .execute();
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

function recordUnwatched({ record, run }: Entered, why: string, ticks: number): Promise<Recorded> {
  return record.append({
    stage: 'canary',
    step: 'verdict',
    event: 'canary_verdict',
    rationale: why,
    outcome: 'INCONCLUSIVE',
    payload: { artifact: run.artifact, cause: 'unwatched', ticks },
  });
}

function recordDescribed({ record, run }: Entered): Promise<Recorded> {
  return record.append({
    stage: 'canary',
    step: 'verdict',
    event: 'canary_verdict',
    rationale: 'dry run: no traffic was given, so nothing was watched',
    outcome: 'PASS',
    payload: { artifact: run.artifact, cause: null, described: true },
  });
}
