import { z } from 'zod';
import type { ChangeRepository } from '../change/change.ts';
import { TransientFailure } from '../errors.ts';
import { Sha } from '../ids.ts';
import { performEffect } from '../runs/perform-effect.ts';
import type { Entered } from './enter-stage.ts';
import { holdMerge, type MergeRepository, mergeRequest } from './hold-merge.ts';

export type PushRepository = Pick<ChangeRepository, 'pushTarget'> & MergeRepository;

/** Where the merge that runs in production ended up. */
export type MergeStanding = { kind: 'pushed' } | { kind: 'not_pushed'; why: string };

const Pushed = z.strictObject({ result: z.enum(['pushed', 'already_there', 'moved']) });
const Step = z.object({ expected: Sha, next: Sha });

/** A branch that somebody else pushes to every time gives up here, and a person is told. */
const MAX_PUSHES = 4;

/**
 * Brings the merge that runs in production to the target branch by compare-and-swap. Where the branch moved meanwhile,
 * that merge is merged onto the new tip: left out, the next change would take it out of production again unseen.
 * Each push has its own key and its shas stand in its intent, so a repeated step goes on with the very same commit.
 */
export async function pushMerge(
  repository: PushRepository,
  entered: Entered,
  signal: AbortSignal,
): Promise<MergeStanding> {
  const { run, service } = entered;
  const merge = await holdMerge(repository, entered, signal);
  let step = { expected: Sha.parse(run.target_sha), next: merge };
  for (let n = 0; n < MAX_PUSHES; n++) {
    if (n > 0) {
      const again = await mergeOnto(repository, entered, { merge, n }, signal);
      if (again.kind === 'conflict') return { kind: 'not_pushed', why: again.why };
      step = again;
    }
    if ((await push(repository, entered, { ...step, n }, signal)) !== 'moved') return { kind: 'pushed' };
  }
  return { kind: 'not_pushed', why: `${service.target_branch} moved at each of ${MAX_PUSHES} pushes` };
}

/** The deployed merge on the tip that overtook it; a recorded intent is taken up as it stands. */
async function mergeOnto(
  repository: PushRepository,
  { run, record, service }: Entered,
  { merge, n }: { merge: Sha; n: number },
  signal: AbortSignal,
): Promise<{ kind: 'onto'; expected: Sha; next: Sha } | { kind: 'conflict'; why: string }> {
  const intended = await record.find('release', 'merge', 'merge_push.intended', n);
  const stored = intended === null ? null : Step.parse(intended.entry.payload);
  const made = await repository.resolve(
    { ...mergeRequest({ run, service }), headSha: merge, ...(stored && { targetSha: stored.expected }) },
    signal,
  );
  if (made.kind === 'resolved') return { kind: 'onto', expected: made.target_sha, next: made.merge_sha };
  if (made.reason === 'repository_unreachable')
    throw new TransientFailure('REPOSITORY_UNREACHABLE', made.detail.slice(0, 500));
  return { kind: 'conflict', why: `${made.reason}: ${made.detail}`.slice(0, 500) };
}

async function push(
  repository: PushRepository,
  { record, service, holding }: Entered,
  { expected, next, n }: { expected: Sha; next: Sha; n: number },
  signal: AbortSignal,
): Promise<z.infer<typeof Pushed>['result']> {
  const { result } = await performEffect(
    record,
    {
      stage: 'release',
      step: 'merge',
      name: 'merge_push',
      n,
      rationale: `push the merge that runs in production to ${service.target_branch}${n === 0 ? '' : ', on what was pushed meanwhile'}`,
      payload: { expected, next },
      Result: Pushed,
    },
    {
      // The push itself looks first: it answers `already_there` when an earlier one got through.
      look: () => Promise.resolve(null),
      act: async (receipt) => ({
        result: await repository.pushTarget(
          receipt,
          { repository: service.repository, targetBranch: service.target_branch, expected, next },
          signal,
        ),
      }),
    },
    holding(null),
  );
  return result.result;
}
