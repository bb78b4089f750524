import { z } from 'zod';
import type { StagingMeasurement } from '../delivery/compare-staging.ts';
import { measureEndpoint } from '../delivery/measure.ts';
import { SmokeResult } from '../delivery/smoke.ts';
import type { Health } from '../delivery/target.ts';
import type { Entered } from './enter-stage.ts';
import { runSmokeSuite } from './run-smoke-suite.ts';
import type { StagingPorts } from './staging.worker.ts';
import { openStagingParts } from './staging-parts.ts';

const STAGING_CONCURRENCY = 8;
const Smoke = z.array(SmokeResult);

/** Smoke suite, then load, then production's own figures. What is unhealthy or fails a check is not measured further. */
export async function measureStaging(
  ports: StagingPorts,
  entered: Entered,
  staged: { health: Health; endpoint: string; round: number; signal: AbortSignal },
): Promise<StagingMeasurement> {
  const { run, service } = entered;
  const { health, endpoint, round, signal } = staged;
  if (run.dry_run || !health.up) return { health, smoke: [], measured: null, baseline: null };
  const parts = openStagingParts(ports.db, run.id, round);
  const smoke =
    (await parts.read('smoke', Smoke)) ??
    (await parts.keep('smoke', Smoke, await runSmokeSuite(ports, entered, { endpoint, round, signal })));
  if (smoke.some(({ passed }) => !passed)) return { health, smoke, measured: null, baseline: null };
  const measured = await measureEndpoint({
    endpoint,
    paths: service.staging.paths,
    requests: service.staging.requests,
    concurrency: STAGING_CONCURRENCY,
    signal,
  });
  return { health, smoke, measured, baseline: await ports.delivery(run).metrics.baseline(run.service, signal) };
}
