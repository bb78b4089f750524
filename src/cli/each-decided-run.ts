import type { DecidedRun } from '../policy/decided-run.ts';
import { countDecidedRuns, readDecidedRuns } from '../runs/read-decided-runs.ts';
import type { Db } from '../store/open-database.ts';
import type { CliIo } from './cli-io.ts';
import { makeRunCount } from './show-count.ts';

/** Hands every reviewed run since a moment to `take`, oldest first, and says how far it is. @throws {StoreDown} */
export async function eachDecidedRun(
  db: Db,
  since: Date,
  io: Pick<CliIo, 'err' | 'live'>,
  take: (run: DecidedRun) => void,
): Promise<void> {
  const progress = makeRunCount(io, await countDecidedRuns(db, since));
  for await (const run of readDecidedRuns(db, since)) {
    take(run);
    progress.add();
  }
  progress.end();
}
