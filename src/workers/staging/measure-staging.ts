import { z } from 'zod';
import { compareBlocks } from '../../delivery/compare-blocks.decide.ts';
import type { StagingMeasurement } from '../../delivery/compare-staging.ts';
import { ContractResult } from '../../delivery/contract-result.ts';
import { joinSamples, summarise } from '../../delivery/load-sample.ts';
import { SmokeResult } from '../../delivery/smoke.ts';
import type { Health } from '../../delivery/target.ts';
import { Sha } from '../../ids.ts';
import { currentBaseline } from '../../runs/pull-baseline.ts';
import { putBlob } from '../../store/blobs.ts';
import { deployTo, type EffectScope } from '../delivery-effects.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import type { StageStep } from '../step.ts';
import { loadBlocks } from './load-blocks.ts';
import { runContracts } from './run-contracts.ts';
import { runSmokeSuite } from './run-smoke-suite.ts';
import { openStagingParts, type StagingParts } from './staging-parts.ts';
import type { StagingPorts } from './staging-ports.ts';

const Smoke = z.array(SmokeResult);
const Contracts = z.array(ContractResult);
const BaseHealth = z.strictObject({ up: z.boolean(), detail: z.string() });
const NO_BASELINE = { baseline_ref: null, baseline_problem: null };
const BARE = { smoke: [], measured: null, base: null, comparison: null, baseline: null, ...NO_BASELINE };

type Ended = StageStep | { kind: 'seen'; measurement: StagingMeasurement };

/**
 * Health, smoke suite, contracts, then both versions under load, then production's own figures. What is unhealthy or fails its smoke
 * suite is not measured further; a person who decides about a failed contract is shown the rest. Each part is kept when it is done, so any replica goes on from there.
 */
export async function measureStaging(
  ports: StagingPorts,
  entered: Entered,
  scope: EffectScope,
  staged: { readonly endpoint: string; readonly deployedAt: Date; readonly round: number },
): Promise<Ended> {
  const { run, service } = entered;
  const { endpoint, round } = staged;
  const { signal } = scope;
  const health = await readHealth(ports, entered, scope, 'staging', staged.deployedAt);
  if (health.kind !== 'health') return health;
  if (run.dry_run) return seen({ ...BARE, health: told(health) });
  const parts = openStagingParts(ports.db, run.id, round);
  if (!health.up) {
    // Whose fault it is: what was made from a broken branch can hardly start.
    const base = await stageBase(ports, entered, scope, { parts, round });
    if (base.kind !== 'base') return base;
    return seen({ ...BARE, health: told(health), base: base.health && { health: base.health, measured: null } });
  }
  const smoke =
    (await parts.read('smoke', Smoke)) ??
    (await parts.keep('smoke', Smoke, await runSmokeSuite(ports, entered, { endpoint, round, signal })));
  if (smoke.some(({ passed }) => !passed)) return seen({ ...BARE, health: told(health), smoke });

  const base = await stageBase(ports, entered, scope, { parts, round });
  if (base.kind !== 'base') return base;
  const versions = { head: endpoint, base: base.endpoint, round, signal };
  const { contracts: declared } = service.staging;
  const contracts =
    declared.length === 0
      ? {}
      : {
          contracts:
            (await parts.read('contracts', Contracts)) ??
            (await parts.keep('contracts', Contracts, await runContracts(ports, entered, versions))),
        };
  const baseSeen = base.health && { health: base.health, measured: null };
  const loaded = await loadBlocks(entered, { parts, endpoints: { head: endpoint, base: base.endpoint }, signal });
  if (loaded.kind === 'more')
    return waiting(ports, run, { kind: 'delay', ms: 1, why: `for its load, ${loaded.done} of ${loaded.of} blocks` });
  const { blocks } = loaded;
  const ofBase = blocks.flatMap((block) => block.base ?? []);
  return seen({
    health: told(health),
    smoke,
    measured: summarise(joinSamples(blocks.map(({ head }) => head))),
    ...contracts,
    base: baseSeen && { ...baseSeen, measured: ofBase.length === 0 ? null : summarise(joinSamples(ofBase)) },
    comparison:
      ofBase.length === 0 ? null : compareBlocks(blocks, service.staging.regression, service.limits.relative_tolerance),
    ...(await readBaseline(ports, entered, signal)),
  });
}

function seen(measurement: StagingMeasurement): Ended {
  return { kind: 'seen', measurement };
}

/** The kept baseline of this hour, or one that is pulled now; what it rests on stays readable by its hash. */
async function readBaseline(
  ports: StagingPorts,
  { run, service }: Entered,
  signal: AbortSignal,
): Promise<Pick<StagingMeasurement, 'baseline' | 'baseline_ref' | 'baseline_problem'>> {
  const { metrics } = ports.delivery(run);
  const settings = service.staging.baseline;
  const found = await currentBaseline({ db: ports.db, now: ports.now, metrics, settings }, run.service, signal);
  if (found.kind === 'refused') return { ...NO_BASELINE, baseline: null, baseline_problem: found.detail };
  const digest = await putBlob(ports.db, found.body, 'application/json');
  return {
    baseline: found.baseline,
    baseline_ref: { digest, pulled_at: found.pulledAt.toISOString() },
    baseline_problem: null,
  };
}

type HealthSeen = Health & { readonly kind: 'health' };
const told = ({ up, detail }: Health): Health => ({ up, detail });

/** As long as the deadline has not passed a version that is not healthy is waited for. */
async function readHealth(
  ports: StagingPorts,
  { run, service }: Entered,
  { target, signal }: EffectScope,
  environment: 'staging' | 'base',
  deployedAt: Date,
): Promise<StageStep | HealthSeen> {
  const health = await target.health(run.service, environment, signal);
  const waitedMs = ports.now().getTime() - deployedAt.getTime();
  if (health.up || waitedMs >= service.staging.health_deadline_s * 1000) return { kind: 'health', ...health };
  const which = environment === 'base' ? 'the base beside it' : 'the staged version';
  return waiting(ports, run, { kind: 'delay', ms: 250, why: `for ${which} to become healthy` });
}

/**
 * The target branch as the merge was made from, beside the merge; nothing where nothing is compared. One that does not start
 * has no endpoint: the merge is measured alone then. What was seen of its health stays, so that one plan holds for the round.
 */
async function stageBase(
  ports: StagingPorts,
  entered: Entered,
  scope: EffectScope,
  { parts, round }: { readonly parts: StagingParts; readonly round: number },
): Promise<StageStep | { kind: 'base'; endpoint: string | null; health: Health | null }> {
  const { run, service } = entered;
  if (service.staging.regression.compare === 'off') return { kind: 'base', endpoint: null, health: null };
  const target = Sha.parse(run.target_sha);
  const artifact = await ports.repository.materialise(service.repository, target, scope.signal);
  const deployed = await deployTo(scope, 'base', artifact, round);
  let health = await parts.read('base-health', BaseHealth);
  if (health === null) {
    const found = await readHealth(ports, entered, scope, 'base', deployed.at);
    if (found.kind !== 'health') return found;
    health = await parts.keep('base-health', BaseHealth, told(found));
  }
  return { kind: 'base', endpoint: health.up ? deployed.result.endpoint : null, health };
}
