import { z } from 'zod';
import { type ArmSample, Block, joinSamples } from '../../delivery/load-sample.ts';
import { type Arm, type LoadPlan, planLoad } from '../../delivery/plan-load.ts';
import { runLoad } from '../../delivery/run-load.ts';
import type { Entered } from '../enter-stage.ts';
import type { StagingParts } from './staging-parts.ts';

/** How long one step measures before it lets others look: blocks are kept one by one, so nothing is lost by that. */
const STEP_MS = 5_000;

const WarmedUp = z.strictObject({ requests: z.int() });

export interface LoadScope {
  readonly parts: StagingParts;
  /** Without a base the head is loaded alone. */
  readonly endpoints: { readonly head: string; readonly base: string | null };
  readonly signal: AbortSignal;
}

export type Loaded = { kind: 'blocks'; blocks: Block[] } | { kind: 'more'; done: number; of: number };

/** Goes on with the load where it stands: warms both versions up, then block after block, each kept as it is done. */
export async function loadBlocks({ service }: Pick<Entered, 'service'>, scope: LoadScope): Promise<Loaded> {
  const { duration_s, load, regression } = service.staging;
  const compare = scope.endpoints.base === null ? 'off' : regression.compare;
  const plan = planLoad(duration_s, load, { ...regression, compare });
  const until = performance.now() + STEP_MS;
  const send = (arm: Arm, requests: number): Promise<ArmSample> => {
    const endpoint = scope.endpoints[arm];
    if (endpoint === null) throw new Error(`the plan loads ${arm}, which is not staged`);
    return runLoad({ endpoint, load, requests, signal: scope.signal });
  };
  await warmUp(plan, scope, send);
  const blocks: Block[] = [];
  for (const [index, legs] of plan.blocks.entries()) {
    const part = `block-${index}`;
    const kept = await scope.parts.read(part, Block);
    if (kept !== null) {
      blocks.push(kept);
      continue;
    }
    if (performance.now() >= until) return { kind: 'more', done: index, of: plan.blocks.length };
    const samples: { arm: Arm; sample: ArmSample }[] = [];
    for (const { arm, requests } of legs) samples.push({ arm, sample: await send(arm, requests) });
    const of = (arm: Arm) => samples.flatMap((each) => (each.arm === arm ? [each.sample] : []));
    const base = of('base');
    const block = { head: joinSamples(of('head')), base: base.length === 0 ? null : joinSamples(base) };
    blocks.push(await scope.parts.keep(part, Block, block));
  }
  return { kind: 'blocks', blocks };
}

async function warmUp(
  { warmUp: requests }: LoadPlan,
  { parts, endpoints }: LoadScope,
  send: (arm: Arm, requests: number) => Promise<ArmSample>,
): Promise<void> {
  if (requests === 0 || (await parts.read('warm-up', WarmedUp)) !== null) return;
  const staged = (['head', 'base'] as const).filter((arm) => endpoints[arm] !== null);
  await Promise.all(staged.map((arm) => send(arm, requests)));
  await parts.keep('warm-up', WarmedUp, { requests });
}
