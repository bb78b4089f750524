import { PausableQueue } from '../../src/fleet/control.ts';
import { SERVICE_NAMES } from './chaos-config.ts';
import type { OutsideWorld } from './outside-world.ts';
import { makeRandom, type Random } from './random.ts';

/** What operators do meanwhile. Which run or release it meets depends on how far the campaign is. */
export type Operation =
  | { readonly kind: 'freeze'; readonly service: string | null; readonly ms: number }
  | { readonly kind: 'pause'; readonly queue: PausableQueue; readonly ms: number }
  | { readonly kind: 'cap'; readonly value: number }
  /** The n-th of the runs that are under way, or of the services that have a release, counted round. */
  | { readonly kind: 'front' | 'rollback'; readonly n: number };

type PlannedOperation = Operation & { readonly gapMs: number };

/** Endless; the same seed gives the same operations in the same order and distance. */
export function* planOperations(seed: number): Generator<PlannedOperation, never> {
  const random = makeRandom(seed ^ 0x0b5);
  for (;;) yield { ...planOperation(random), gapMs: random.between(4_000, 14_000) };
}

function planOperation(random: Random): Operation {
  const kind = random.weighted({ rollback: 35, freeze: 25, front: 20, pause: 12, cap: 8 });
  switch (kind) {
    case 'freeze':
      return {
        kind,
        service: random.chance(0.15) ? null : random.pick(SERVICE_NAMES),
        ms: random.between(1_000, 10_000),
      };
    case 'pause':
      return { kind, queue: random.pick(PausableQueue.options), ms: random.between(1_000, 8_000) };
    case 'cap':
      return { kind, value: random.between(1, 6) };
    case 'front':
    case 'rollback':
      return { kind, n: random.between(0, 1_000) };
  }
}

/** What it touches: two operations do not give opposite orders about the same thing. */
export function thingOf(operation: Operation): string {
  switch (operation.kind) {
    case 'freeze':
    case 'rollback':
      return 'freezes';
    case 'pause':
      return `queue ${operation.queue}`;
    case 'cap':
    case 'front':
      return operation.kind;
  }
}

/** Does it and takes it back after its time; resolves when that is done. */
export async function carryOut(
  world: OutsideWorld,
  operation: Operation,
  now: { readonly runs: readonly string[]; readonly released: readonly string[]; wait(ms: number): Promise<unknown> },
): Promise<void> {
  switch (operation.kind) {
    case 'freeze': {
      const about = operation.service === null ? {} : { service: operation.service };
      await world.operate('/v1/fleet/freeze', about);
      await now.wait(operation.ms);
      return world.operate('/v1/fleet/unfreeze', about);
    }
    case 'pause': {
      const about = { queue: operation.queue };
      await world.operate('/v1/fleet/pause', about);
      await now.wait(operation.ms);
      return world.operate('/v1/fleet/resume', about);
    }
    case 'cap':
      return world.operate('/v1/fleet/settings', { name: 'max_concurrent_agents', value: operation.value });
    case 'front': {
      const run = now.runs[operation.n % now.runs.length];
      return run === undefined ? undefined : world.operate(`/v1/runs/${run}/front`);
    }
    case 'rollback': {
      const service = now.released[operation.n % now.released.length];
      if (service === undefined) return;
      await world.rollBack(service);
      // It freezes the service, and whoever ordered it ends that.
      return world.operate('/v1/fleet/unfreeze', { service });
    }
  }
}
