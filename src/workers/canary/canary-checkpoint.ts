import type { Recorded } from '../../audit/audit-log.ts';
import { readCoverage } from '../../audit/read-coverage.ts';
import { parseVerificationKey } from '../../audit/signed-note.ts';
import { judgeCanary } from '../../delivery/judge/judge-canary.ts';
import { watchLimitS } from '../../guard/watch-limit.ts';
import { findEntry, promotionRestsOn } from '../../runs/authorise.ts';
import { readStartLimits } from '../../runs/start-limits.ts';
import { dueTick, whyUnwatched } from '../canary.decide.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import type { StageStep } from '../step.ts';
import { decideSigned, type Signed } from './canary-checkpoint.decide.ts';
import type { Reason } from './canary-end.ts';
import type { CanaryPorts } from './canary-ports.ts';
import { readIntendedShare } from './canary-share.ts';
import type { UnderTraffic } from './canary-start.ts';
import { readTicks, recordTick, takeTick } from './canary-tick.ts';

/** A signer looks every two seconds. */
const LOOK_AGAIN_MS = 500;

export type Signature =
  | { readonly kind: 'given'; readonly checkpoint: Signed }
  | { readonly kind: 'take_back'; readonly reason: Reason }
  | { readonly kind: 'wait'; readonly step: StageStep };

/**
 * With `audit.checkpoints: required` nothing becomes production before what authorises it stands under a signature. Meanwhile
 * the canary keeps its share and is watched tick by tick: a wait without ticks is one that the guard would end.
 */
export async function awaitSignature(
  ports: CanaryPorts,
  entered: Entered,
  traffic: UnderTraffic,
  verdict: Recorded,
  signal: AbortSignal,
): Promise<Signature> {
  const { run, record } = entered;
  const { checkpoints, checkpoint_keys: texts } = ports.config.audit;
  // A dry run makes nothing production.
  if (checkpoints !== 'required' || run.dry_run) return { kind: 'given', checkpoint: null };
  const limits = readStartLimits(traffic.started) ?? entered.service.limits;
  // What a promotion that was begun did to the metrics speaks of no canary any more.
  if (findEntry(await record.list(), 'promotion.intended', 'canary') === undefined) await watchOn();
  const ticks = await readTicks(ports, run.id);
  const keys = texts.map(parseVerificationKey).filter((key) => key !== null);
  const holdS = watchLimitS(ports.config.fleet.canary_hold_s, limits.canary_tick_s);
  const judgement = judgeCanary({ ticks, limits });
  const decision = decideSigned({
    seq: verdict.receipt.seq,
    coverage: await readCoverage(ports.db, keys, promotionRestsOn(await record.list(), verdict)),
    judgement,
    unwatched: whyUnwatched({ trafficAt: traffic.at, ticks, holdS }),
    measured: ticks.at(-1)?.snapshot !== null,
    waitedS: (ports.now().getTime() - verdict.recordedAt.getTime()) / 1000,
    limitMin: limits.canary_gate_min,
  });
  switch (decision.kind) {
    case 'promote':
      return { kind: 'given', checkpoint: decision.checkpoint };
    case 'wait':
      return {
        kind: 'wait',
        step: await waiting(ports, run, { kind: 'delay', ms: LOOK_AGAIN_MS, why: decision.why }),
      };
    case 'take_back': {
      const { outcome, cause, why: rationale } = decision;
      return { kind: 'take_back', reason: { rationale, outcome, cause, numbers: judgement.numbers, because: verdict } };
    }
  }

  async function watchOn(): Promise<void> {
    const n = dueTick(traffic.at, limits.canary_tick_s, ports.now());
    const before = await readTicks(ports, run.id);
    const judged = await record.find('canary', 'tick', 'canary_tick', n);
    if (judged !== null || n < (before.at(-1)?.n ?? 0)) return;
    const { pct: intendedPct } = readIntendedShare(await record.list(), limits.canary_traffic_initial_pct);
    await takeTick(ports, entered, { n, intendedPct, extension: 0, gatePct: null, limits, hold: traffic.hold }, signal);
    await recordTick(record, traffic.hold, n, judgeCanary({ ticks: await readTicks(ports, run.id), limits }));
  }
}
