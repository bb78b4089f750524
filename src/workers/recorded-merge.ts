import type { Recorded } from '../audit/audit-log.ts';
import { ResolvedChange } from '../change/change.ts';
import type { RunMerge } from '../runs/read-run.ts';
import { wholePayload } from '../runs/whole-payload.ts';
import type { Db } from '../store/open-database.ts';

const Merge = ResolvedChange.pick({ target_sha: true, base_sha: true, merge_sha: true, artifact: true }).loose();

/** The merge that a `change_resolved` speaks of: of several replicas that made one, the first that recorded it. */
export async function readRecordedMerge(db: Db, recorded: Recorded): Promise<RunMerge> {
  const { target_sha, base_sha, merge_sha, artifact } = Merge.parse(await wholePayload(db, recorded));
  return { target_sha, base_sha, merge_sha, artifact };
}
