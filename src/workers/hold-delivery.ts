import { decideWindow } from '../delivery/deploy-window.ts';
import { readFreeze, readPause } from '../fleet/read-controls.ts';
import { type Entered, type StagePorts, waiting } from './enter-stage.ts';
import { decideHold } from './hold.decide.ts';
import type { StageStep } from './step.ts';

/**
 * Waits while a freeze, a pause or a closed deploy window keeps the next delivery from happening; null when nothing does.
 * A dry run delivers nothing and is not held.
 */
export async function holdDelivery(
  ports: Pick<StagePorts, 'db' | 'now'>,
  { run, service }: Entered,
  gate: { readonly environment: 'staging' | 'canary'; readonly begun: boolean },
): Promise<StageStep | null> {
  if (run.dry_run) return null;
  const canary = gate.environment === 'canary';
  const now = ports.now();
  const hold = decideHold({
    freeze: await readFreeze(ports.db, run.service),
    pause: canary ? await readPause(ports.db, 'canary') : null,
    window: canary ? decideWindow(service.deploy_windows, now) : { open: true },
    begun: gate.begun,
    now,
  });
  return hold === null ? null : waiting(ports, run, { kind: 'delay', ...hold });
}
