import { listEntries } from '../audit/read-entries.ts';
import type { Thresholds } from '../config/schema.ts';
import type { SaidTick } from '../delivery/judge/compare-replay.ts';
import type { TickSample } from '../delivery/judge/tick-sample.ts';
import { InputError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import { findEntry } from '../runs/authorise.ts';
import { type CanaryEnding, readCanaryEnding } from '../runs/canary-ending.ts';
import { readStartLimits } from '../runs/start-limits.ts';
import type { Db } from '../store/open-database.ts';
import { readTicks } from '../workers/canary/canary-tick.ts';

/** A canary as it was watched. */
export interface JudgedCanary {
  /** In order; those on which its verdict rests, where there is one. */
  readonly ticks: readonly TickSample[];
  /** As they stand in `canary_started`: what the configuration says today may be another policy. */
  readonly limits: Thresholds;
  /** What was said at these ticks while it ran. A sample that nobody came to judge has none. */
  readonly said: readonly SaidTick[];
  readonly ending: CanaryEnding;
}

/** @throws {InputError} where there is nothing that could be judged again, with the reason. */
export async function readJudgedCanary(db: Db, run: RunId): Promise<JudgedCanary> {
  const entries = await listEntries(db, run);
  const ending = readCanaryEnding(entries);
  const started = findEntry(entries, 'canary_started', 'canary');
  const limits = started === undefined ? null : readStartLimits(started);
  if (limits === null)
    throw refuse(
      ending.verdict === null ? `${run} has no canary on the record` : `nothing was watched of ${run}: ${ending.why}`,
    );
  const stored = await readTicks({ db }, run);
  // One that waited to be signed for was watched on; those ticks came after its verdict.
  const count = ending.verdict?.entry.payload['ticks'];
  const ticks = stored.slice(0, typeof count === 'number' ? count : stored.length);
  const last = ticks.at(-1);
  if (last === undefined) throw refuse(`no tick of ${run} is stored: ${ending.why}`);
  const said = entries.flatMap(({ entry: { event, stage, n, outcome, payload } }) =>
    stage === 'canary' && event === 'canary_tick' && n <= last.n
      ? [{ tick: n, verdict: outcome, next: payload['next'] }]
      : [],
  );
  return { ticks, limits, said, ending };
}

function refuse(problem: string): InputError {
  return new InputError([{ field: '--run', problem, fix: 'see slipway status' }]);
}
