import { z } from 'zod';
import type { EVENTS } from '../audit/entry.ts';
import { QUEUE_NAMES, type QueueName } from '../queues/registry.ts';

/** The cap on model calls in flight over the whole fleet. */
export const AGENT_CAP = 'max_concurrent_agents';

/** What `slipway fleet set` takes, by name, each as a whole number. */
export const SETTINGS = { [AGENT_CAP]: z.coerce.number().pipe(z.int().min(1).max(1000)) } as const;
export type SettingName = keyof typeof SETTINGS;
export const SettingName = z.enum([AGENT_CAP]);

/**
 * Every queue but `release`: that stage makes traffic safe and ends runs, so a brake on it would leave a canary where it
 * is. A paused `canary` starts none; one that has traffic is watched to its end.
 */
export const PausableQueue = z.enum(QUEUE_NAMES.filter((name) => name !== 'release'));
export type PausableQueue = Exclude<QueueName, 'release'>;

export const SettingValue = z.object({ value: z.int() });
export const BrakeValue = z.object({ on: z.boolean(), cause: z.enum(['operator', 'spend_limit']) });
export type BrakeValue = z.infer<typeof BrakeValue>;
export const FreezeValue = z.object({ on: z.boolean() });

export const pauseControl = (queue: PausableQueue): string => `pause.${queue}`;
/** Null = all services. */
export const freezeControl = (service: string | null): string => (service === null ? 'freeze' : `freeze.${service}`);

/** Every control there can be, with these services. */
export function controlNames(services: readonly string[]): string[] {
  return [
    ...SettingName.options,
    ...PausableQueue.options.map(pauseControl),
    freezeControl(null),
    ...services.map(freezeControl),
  ];
}

/** The event under which changes of a control stand in the record. */
export function eventOfControl(name: string): Extract<(typeof EVENTS)[number], `${string}_${string}`> {
  if (name.startsWith('pause.')) return 'queue_brake';
  return name === 'freeze' || name.startsWith('freeze.') ? 'deploy_freeze' : 'fleet_setting';
}

/** What an operator set, why and when. */
export interface Control<V = unknown> {
  readonly name: string;
  /** `n` of its entry; 0 = seeded from the configuration. */
  readonly version: number;
  readonly value: V;
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
}
