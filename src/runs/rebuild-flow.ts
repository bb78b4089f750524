import { crashPoint } from '../crash-point.ts';
import { toFlowJob } from '../flows/to-flow-job.ts';
import { RunId } from '../ids.ts';
import { approvalJobId, migrationJobId, stageJobId, stagingRoundJobId } from '../queues/job-ids.ts';
import type { QueueName } from '../queues/registry.ts';
import { ApprovalJob, MAX_STAGING_ROUND } from '../queues/stage-job.ts';
import type { Run } from '../store/tables.ts';
import { type EnqueueDeps, startRun } from './enqueue-run.ts';
import { openRecord } from './record.ts';

type RebuildDeps = Pick<EnqueueDeps, 'db' | 'audit' | 'queues' | 'config'>;

/**
 * Removes what is left of a run's flow and adds it anew. Every stage finds what is recorded and goes on behind it, and
 * answers of the model are stored by call, so nothing is done or paid twice. Of a run that ended on the record only the
 * finaliser is added, to write the rest of that end.
 * @returns false when a job of it is with a worker: that one goes on first, and the next look comes again.
 */
export async function rebuildFlow(deps: RebuildDeps, run: Run): Promise<boolean> {
  const { queues } = deps;
  const id = RunId.parse(run.id);
  for (const [queue, jobId] of await readJobIds(deps, id)) {
    // With all below it; 0 while a worker holds one of them, and then nothing was removed.
    if ((await queues.byName[queue].remove(jobId)) === 0) return false;
  }
  crashPoint('reconcile:after-removal');
  if ((await openRecord(deps.audit, run).find('release', 'finish', 'run_finished')) === null)
    await startRun(deps, run, { name: 'slipway', person: null });
  else await queues.flows.add(toFlowJob({ queue: 'release', id: stageJobId(id, 'release'), data: { run_id: id } }));
  return true;
}

/** Every job that the run may have: parents before children, so that no removal wakes one. */
async function readJobIds({ db }: RebuildDeps, id: RunId): Promise<[QueueName, string][]> {
  const calls = await db.selectFrom('slipway.agent_calls').select('id').where('run_id', '=', id).execute();
  const questions = await db.selectFrom('slipway.escalations').select('stage').where('run_id', '=', id).execute();
  const rounds = Array.from({ length: MAX_STAGING_ROUND + 1 }, (_, round) => round);
  return [
    ['release', stageJobId(id, 'release')],
    ['canary', stageJobId(id, 'canary')],
    ...rounds.map((round): [QueueName, string] => ['staging', stagingRoundJobId(id, round)]),
    ...rounds.map((round): [QueueName, string] => ['test-gen', migrationJobId(id, round)]),
    ['test-gen', stageJobId(id, 'test-gen')],
    ['review', stageJobId(id, 'review')],
    ...calls.map((call): [QueueName, string] => ['agents', call.id]),
    ...questions.map(({ stage }): [QueueName, string] => [
      'approvals',
      approvalJobId(id, ApprovalJob.shape.stage.parse(stage)),
    ]),
  ];
}
