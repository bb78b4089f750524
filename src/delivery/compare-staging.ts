import { z } from 'zod';
import type { StagingSettings } from '../config/staging-schema.ts';
import { Digest } from '../ids.ts';
import { BlockComparison } from './compare-blocks.decide.ts';
import { ContractResult, newFailures } from './contract-result.ts';
import { findLatencyLimit } from './latency-limit.ts';
import { Measured } from './load-sample.ts';
import { Baseline } from './metric-source.ts';
import { planLoad } from './plan-load.ts';
import { SmokeResult } from './smoke.ts';

/** All that was seen of a staged version; recorded before it is judged. */
export const StagingMeasurement = z.strictObject({
  health: z.strictObject({ up: z.boolean(), detail: z.string() }),
  smoke: z.array(SmokeResult),
  /** Left out where none are declared. */
  contracts: z.array(ContractResult).optional(),
  /** null = not measured, because it never became healthy. */
  measured: Measured.nullable(),
  /** The version the merge was made from, loaded in turn with it; null where nothing is compared or it was not reached. */
  base: z
    .strictObject({ health: z.strictObject({ up: z.boolean(), detail: z.string() }), measured: Measured.nullable() })
    .nullable()
    .default(null),
  /** Both over all blocks, with the limits they were held to; null = not compared. */
  comparison: BlockComparison.nullable().default(null),
  /** Production's own figures with their window; null = there are none. */
  baseline: Baseline.nullable(),
  /** SHA-256 of the baseline as it was kept, whose text is a blob, and when it was pulled. */
  baseline_ref: z
    .strictObject({ digest: Digest, pulled_at: z.iso.datetime({ precision: 3 }) })
    .nullable()
    .default(null),
  /** Why there is none. */
  baseline_problem: z.string().nullable().default(null),
});
export type StagingMeasurement = z.infer<typeof StagingMeasurement>;

type StagingCode =
  | 'unhealthy'
  | 'smoke_failed'
  | 'contract_failed'
  | 'not_measured'
  | 'too_few_requests'
  | 'error_rate'
  | 'no_baseline'
  | 'thin_baseline'
  | 'latency_regression'
  | 'base_unhealthy'
  | 'not_compared'
  | 'regression'
  | 'error_regression';

export interface StagingVerdict {
  readonly pass: boolean;
  /** Every reason against, the gravest first; empty on a pass. */
  readonly reasons: readonly { readonly code: StagingCode; readonly text: string }[];
  /** What code can neither pass nor refuse: a person decides it. */
  readonly asks: StagingVerdict['reasons'];
}

type Reason = StagingVerdict['reasons'][number];

/** The gates by code. What is missing blocks: no smoke suite, no measurement and no baseline are no proof of health. */
export function judgeStaging(seen: StagingMeasurement, settings: StagingSettings): StagingVerdict {
  const { health, smoke, measured, base } = seen;
  const refused = (reasons: StagingVerdict['reasons']) => ({ pass: false, reasons, asks: [] });
  if (!health.up) return refused([base?.health.up === false ? bothUnhealthy(seen, base) : unhealthy(health.detail)]);
  const broken = judgeSmoke(smoke, settings);
  // What fails a check is not measured: what is missing then says nothing of its own.
  if (broken.length > 0 && measured === null) return refused(broken);
  const alone = base?.health.up === false ? [unhealthyBase(base.health.detail)] : [];
  const held = alone.length === 0 ? settings : withoutBase(settings);
  const reasons = [
    ...broken,
    ...judgeErrors(measured, held),
    ...judgeLatency(seen, held),
    ...judgeRegression(seen, held),
  ];
  return { pass: reasons.length === 0, reasons, asks: [...alone, ...judgeContracts(seen, settings)] };
}

/** The settings of a version that has nothing to be compared with. */
function withoutBase(settings: StagingSettings): StagingSettings {
  return { ...settings, regression: { ...settings.regression, compare: 'off' } };
}

function unhealthy(detail: string): Reason {
  return { code: 'unhealthy', text: `the staged version did not become healthy: ${detail}` };
}

function judgeSmoke(smoke: StagingMeasurement['smoke'], settings: StagingSettings): Reason[] {
  const failed = smoke.filter((check) => !check.passed);
  if (failed.length > 0)
    return failed.map((check) => ({ code: 'smoke_failed', text: `${check.name}: ${check.detail}` }));
  if (smoke.length >= settings.smoke.length) return [];
  return [{ code: 'smoke_failed', text: `only ${smoke.length} of ${settings.smoke.length} smoke checks were run` }];
}

/** A contract is a promise of two sides: whether its breach is the change's fault, or is meant, a person says. */
function judgeContracts({ contracts = [] }: StagingMeasurement, { contracts: declared }: StagingSettings): Reason[] {
  const failed = contracts.flatMap((contract) =>
    newFailures(contract).map(
      ({ name, detail }): Reason => ({
        code: 'contract_failed',
        text: `contract ${name}: ${detail}`,
      }),
    ),
  );
  if (contracts.length >= declared.length) return failed;
  const text = `only ${contracts.length} of ${declared.length} contracts were run`;
  return [...failed, { code: 'contract_failed', text }];
}

function judgeErrors(measured: StagingMeasurement['measured'], settings: StagingSettings): Reason[] {
  if (measured === null) return [{ code: 'not_measured', text: 'the staged version was not measured' }];
  const { requests, errors } = measured;
  const planned = planLoad(settings.duration_s, settings.load, settings.regression).requestsPerArm;
  if (requests < planned) return [{ code: 'too_few_requests', text: `${requests} of ${planned} requests were sent` }];
  if (errors <= settings.max_error_rate * requests) return [];
  return [
    {
      code: 'error_rate',
      text: `${errors} of ${requests} requests failed, at most ${settings.max_error_rate} of them may`,
    },
  ];
}

/** A merge that starts where the branch it was made from does not is what mends that branch. */
function unhealthyBase(detail: string): Reason {
  return {
    code: 'base_unhealthy',
    text: `the target branch itself does not become healthy (${detail}) and this merge does: it mends the branch and was compared with nothing, so a person decides`,
  };
}

function bothUnhealthy({ health }: StagingMeasurement, base: { readonly health: { readonly detail: string } }): Reason {
  return {
    code: 'base_unhealthy',
    text: `the target branch itself does not become healthy (${base.health.detail}), nor does this merge (${health.detail}): mend the branch first, a change whose merge starts gets through; then enqueue this one again`,
  };
}

/** The change against what it was made from, on the same machine at the same time: a test, and the numbers it rests on. */
function judgeRegression({ comparison }: StagingMeasurement, { regression }: StagingSettings): Reason[] {
  if (regression.compare === 'off') return [];
  if (comparison === null)
    return [
      { code: 'not_compared', text: `the merge was not compared with its base over ${regression.blocks} blocks` },
    ];
  const { latency, errors, blocks, latency_ratio, slack_ms } = comparison;
  const slower = latency
    .filter(({ worse }) => worse)
    .map(({ figure, head, base, ratio, p }): Reason => {
      const limit = `limit × ${latency_ratio} + ${slack_ms} ms`;
      const seen = `${figure.slice(0, 3)} is ${head} ms against ${base} ms of the base (× ${ratio ?? 'unknown'})`;
      return { code: 'regression', text: `${seen}, ${limit}, p = ${p.toPrecision(2)} over ${blocks} blocks` };
    });
  if (!errors.worse) return slower;
  const seen = `${errors.head} of ${errors.head_requests} requests failed against ${errors.base} of ${errors.base_requests} of the base`;
  const text = `${seen}, tolerance × ${errors.tolerance}, p = ${errors.p.toPrecision(2)}`;
  return [...slower, { code: 'error_regression', text }];
}

/** A budget against production, not a test of significance: another environment at another time. */
function judgeLatency(
  { measured, baseline, baseline_problem }: StagingMeasurement,
  settings: StagingSettings,
): Reason[] {
  const limit = findLatencyLimit(baseline, baseline_problem, settings);
  if (limit.kind === 'none') return [{ code: limit.code, text: limit.text }];
  if (measured === null) return [];
  const { limitMs, against } = limit;
  if (measured.p99_ms !== null && measured.p99_ms <= limitMs) return [];
  const seen = measured.p99_ms === null ? 'no request was answered' : `p99 is ${measured.p99_ms.toFixed(1)} ms`;
  return [{ code: 'latency_regression', text: `${seen}, limit ${limitMs.toFixed(1)} ms (${against})` }];
}
