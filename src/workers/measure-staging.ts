import type { ResolvedService } from '../config/config.ts';
import type { StagingMeasurement } from '../delivery/compare-staging.ts';
import { measureEndpoint } from '../delivery/measure.ts';
import type { MetricSource } from '../delivery/metric-source.ts';
import { runSmoke } from '../delivery/smoke.ts';
import type { Health } from '../delivery/target.ts';
import type { Run } from '../store/tables.ts';

const STAGING_CONCURRENCY = 8;

/** Smoke suite, then load, then production's own figures. An unhealthy version is not measured further. */
export async function measureStaging(request: {
  run: Run;
  service: ResolvedService;
  health: Health;
  endpoint: string;
  metrics: MetricSource;
  signal: AbortSignal;
}): Promise<StagingMeasurement> {
  const { run, service, health, endpoint, metrics, signal } = request;
  if (run.dry_run) return { health, smoke: [], measured: null, baseline: null };
  if (!health.up) return { health, smoke: [], measured: null, baseline: null };
  const smoke = await runSmoke(endpoint, service.staging.smoke, signal);
  const measured = await measureEndpoint({
    endpoint,
    paths: service.staging.paths,
    requests: service.staging.requests,
    concurrency: STAGING_CONCURRENCY,
    signal,
  });
  return { health, smoke, measured, baseline: await metrics.baseline(run.service, signal) };
}
