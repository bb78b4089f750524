import type { Kysely } from 'kysely';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { StagingSettings } from '../config/staging-schema.ts';
import { hourOfWeek } from '../delivery/baseline-window.ts';
import { Baseline, type MetricSource } from '../delivery/metric-source.ts';
import { PermanentFailure } from '../errors.ts';
import { type Digest, digestOf } from '../ids.ts';
import type { Database } from '../store/tables.ts';

interface StoredBaseline {
  /** SHA-256 of `body`. */
  readonly digest: Digest;
  /** The baseline as canonical text. */
  readonly body: string;
  readonly baseline: Baseline;
  readonly pulledAt: Date;
}

export type Pulled =
  | ({ readonly kind: 'pulled' } & StoredBaseline)
  /** The source has figures, or says that it has none, and they must not be used. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

export interface BaselinePorts {
  readonly db: Kysely<Database>;
  readonly metrics: Pick<MetricSource, 'baseline'>;
  readonly settings: StagingSettings['baseline'];
  readonly now: () => Date;
}

/**
 * Asks the metric source for production's own figures and keeps them for the service.
 * @throws {TransientFailure} METRICS_UNAVAILABLE when it cannot be asked now. {StoreDown}
 */
export async function pullBaseline(ports: BaselinePorts, service: string, signal: AbortSignal): Promise<Pulled> {
  const pulledAt = ports.now();
  let baseline: Baseline | null;
  try {
    baseline = await ports.metrics.baseline(service, signal);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof PermanentFailure) return { kind: 'refused', code: cause.code, detail: cause.message };
    throw error;
  }
  if (baseline === null)
    return { kind: 'refused', code: 'NO_BASELINE', detail: 'production has measured nothing; give it traffic first' };
  const { min_days } = ports.settings;
  const days = baseline.days ?? 0;
  if (days < min_days) {
    const detail = `production has figures of ${days} day(s), ${min_days} are needed (staging.baseline.min_days); until then set staging.p99_budget_ms`;
    return { kind: 'refused', code: 'BASELINE_TOO_YOUNG', detail };
  }
  const body = canonicalJson(baseline);
  const digest = digestOf(body);
  await ports.db
    .insertInto('slipway.baselines')
    .values({ service, digest, body, pulled_at: pulledAt })
    .onConflict((c) => c.column('service').doUpdateSet({ digest, body, pulled_at: pulledAt }))
    .execute();
  return { kind: 'pulled', digest, body, baseline, pulledAt };
}

/** What is kept for the service, if it is of this hour and fresh; otherwise it is pulled now. */
export async function currentBaseline(ports: BaselinePorts, service: string, signal: AbortSignal): Promise<Pulled> {
  const row = await ports.db
    .selectFrom('slipway.baselines')
    .selectAll()
    .where('service', '=', service)
    .executeTakeFirst();
  if (row !== undefined && isCurrent(row.pulled_at, ports.now(), ports.settings))
    return {
      kind: 'pulled',
      digest: digestOf(row.body),
      body: row.body,
      baseline: Baseline.parse(JSON.parse(row.body)),
      pulledAt: row.pulled_at,
    };
  return pullBaseline(ports, service, signal);
}

/** Twice as old as it should ever be means that nobody keeps it fresh; another hour of the week is another baseline. */
export function isCurrent(pulledAt: Date, now: Date, settings: StagingSettings['baseline']): boolean {
  const ageMs = now.getTime() - pulledAt.getTime();
  if (ageMs < 0 || ageMs > 2 * settings.pull_every_min * 60_000) return false;
  return settings.hours === 'all' || hourOfWeek(pulledAt.getTime()) === hourOfWeek(now.getTime());
}
