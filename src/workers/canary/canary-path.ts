import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { branchOfRecord } from '../../policy/branch-record.ts';
import { type CanaryPath, resolveCanaryPath } from '../../policy/canary-path.ts';
import { findEntry } from '../../runs/authorise.ts';
import { readLastBranch } from '../../runs/read-approval-rules.ts';
import { readPolicyRecord } from '../../runs/read-policy-record.ts';
import type { Entered, StagePorts } from '../enter-stage.ts';

const Recorded = z.object({ steps: z.array(z.number()), gates: z.array(z.number()) });

/** The path of a run's canary: that which it was started with, else by the review's classes and the configuration of now. */
export async function readCanaryPath(
  ports: Pick<StagePorts, 'db'> & { readonly config: Pick<Config, 'change_classes'> },
  { record }: Pick<Entered, 'record'>,
): Promise<CanaryPath> {
  const entries = await record.list();
  const started = Recorded.safeParse(findEntry(entries, 'canary_started', 'canary')?.entry.payload);
  if (started.success) return started.data;
  const policy = await readPolicyRecord(ports.db, entries);
  return resolveCanaryPath({
    classes: policy?.classes ?? null,
    configured: ports.config.change_classes,
    branch: branchOfRecord(readLastBranch(entries, policy)),
  });
}
