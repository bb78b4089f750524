import type { Config } from '../config/config.ts';
import { CHANGE_CLASSES } from '../policy/change-class.ts';
import { readPolicyRecord } from '../runs/read-policy-record.ts';
import type { Entered, StagePorts } from './enter-stage.ts';

/**
 * The shares at which the canary of this change must pass before it is production, percent, in order: those of every class
 * that its review found, and of every class there is where the review cannot be read.
 */
export async function readCanarySteps(
  ports: Pick<StagePorts, 'db'> & { readonly config: Pick<Config, 'change_classes'> },
  { record }: Pick<Entered, 'record'>,
): Promise<number[]> {
  const policy = await readPolicyRecord(ports.db, await record.list());
  const steps = (policy?.classes ?? CHANGE_CLASSES).flatMap((name) => ports.config.change_classes[name].canary_steps);
  return [...new Set(steps)].toSorted((a, b) => a - b);
}
