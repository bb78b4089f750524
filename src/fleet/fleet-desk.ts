import type { BudgetUse } from '../agents/read-budgets.ts';
import type { QueueName } from '../queues/registry.ts';
import type { Caller } from '../runs/caller.ts';
import type { Control, PausableQueue, SettingName } from './control.ts';
import type { Replica } from './replica.ts';

/** Who gives an order and why; both stand on the record. */
export interface Order {
  readonly caller: Caller;
  readonly reason: string;
}

export interface QueueView {
  readonly name: QueueName;
  /** Live replicas that serve it. */
  readonly replicas: number;
  /** Null while Redis is out of reach. */
  readonly waiting: number | null;
  readonly active: number | null;
  /** Null while it runs. */
  readonly pause: (Control & { readonly cause: 'operator' | 'spend_limit' }) | null;
}

interface FreezeView extends Control {
  /** Null = all services. */
  readonly service: string | null;
}

/** The fleet as it is now, and what operators want of it. */
export interface FleetView {
  readonly settings: readonly Control<{ value: number }>[];
  readonly queues: readonly QueueView[];
  readonly replicas: readonly Replica[];
  readonly freezes: readonly FreezeView[];
  /** Those that have a limit, the fullest first. */
  readonly budgets: readonly BudgetUse[];
  /** What somebody should know, one line each, the gravest first. */
  readonly warnings: readonly string[];
}

export interface OrderResult {
  /** False when it was so already; then nothing was recorded. */
  readonly changed: boolean;
}

/** All that operators can ask of the fleet; HTTP, pages and CLI know nothing beneath it. Every change is recorded before it is made. */
export interface FleetDesk {
  view(): Promise<FleetView>;
  set(name: SettingName, value: number, order: Order): Promise<OrderResult>;
  pause(queues: readonly PausableQueue[], order: Order): Promise<OrderResult>;
  resume(queues: readonly PausableQueue[], order: Order): Promise<OrderResult>;
  /** Nothing of the service, or of any under null, is deployed any more, and canaries with traffic go to zero. */
  freeze(service: string | null, order: Order): Promise<OrderResult>;
  /** Ends that freeze. A service's own and that of all end apart. */
  unfreeze(service: string | null, order: Order): Promise<OrderResult>;
}
