import type { Job } from 'bullmq';
import { StageResult } from '../queues/stage-job.ts';

const LooseResult = StageResult.strip();

/** The result of the stage below, only if it is there and well-formed; a run-time child never counts as one. */
export async function readUpstream(job: Job): Promise<StageResult | null> {
  const values = await job.getChildrenValues();
  for (const [key, value] of Object.entries(values)) {
    const [, queue, id] = splitKey(key);
    if (
      queue === undefined ||
      id === undefined ||
      queue === 'agents' ||
      queue === 'approvals' ||
      id.split('~').length !== 2
    )
      continue;
    const parsed = LooseResult.safeParse(value);
    return parsed.success ? parsed.data : null;
  }
  return null;
}

/** Why a stage that was added at run time failed; null when none did. */
export async function readFailedStage(job: Job): Promise<string | null> {
  for (const [key, reason] of Object.entries(await job.getIgnoredChildrenFailures())) {
    const [, queue, id] = splitKey(key);
    if (queue !== 'agents' && queue !== 'approvals' && id?.split('~').length !== 2) return `${id}: ${reason}`;
  }
  return null;
}

/** A job's key: prefix, queue, id. */
export function splitKey(key: string): [string?, string?, string?] {
  const at = key.lastIndexOf(':');
  const before = key.lastIndexOf(':', at - 1);
  return at < 0 || before < 0 ? [] : [key.slice(0, before), key.slice(before + 1, at), key.slice(at + 1)];
}
