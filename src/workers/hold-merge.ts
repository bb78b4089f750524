import type { ChangeRepository } from '../change/change.ts';
import { PermanentFailure, TransientFailure } from '../errors.ts';
import { Sha } from '../ids.ts';
import type { Run } from '../store/tables.ts';
import type { Entered } from './enter-stage.ts';

export type MergeRepository = Pick<ChangeRepository, 'holds' | 'resolve'>;

/** What the merge of a run is made from. The same inputs give the same commit on every machine. */
export function mergeRequest({ run, service }: Pick<Entered, 'run' | 'service'>) {
  const { repository, target_branch: targetBranch } = service;
  return { repository, targetBranch, headSha: Sha.parse(run.head_sha), prNumber: run.pr_number, at: run.created_at };
}

/**
 * The run's merge, on this machine. Until it is pushed only the machine that made it has it, so another replica makes it
 * again from the recorded target, and goes on only if it is the very same commit.
 */
export async function holdMerge(
  repository: MergeRepository,
  entered: Pick<Entered, 'run' | 'service'>,
  signal: AbortSignal,
): Promise<Sha> {
  const merge = readMerge(entered.run);
  const request = mergeRequest(entered);
  if (await repository.holds(request.repository, merge, signal)) return merge;
  const made = await repository.resolve({ ...request, targetSha: Sha.parse(entered.run.target_sha) }, signal);
  if (made.kind === 'unresolvable')
    throw new TransientFailure('MERGE_NOT_MADE', `${made.reason}: ${made.detail}`.slice(0, 500));
  if (made.merge_sha !== merge)
    throw new PermanentFailure('MERGE_DIFFERS', `made again, the merge is ${made.merge_sha} and not ${merge}`);
  return merge;
}

function readMerge(run: Run): Sha {
  const merge = Sha.safeParse(run.merge_sha);
  if (!merge.success) throw new PermanentFailure('NO_MERGE', `run ${run.id} has no merge yet`);
  return merge.data;
}
