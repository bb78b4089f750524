import type { Selectable } from 'kysely';
import type { Order } from '../fleet/fleet-desk.ts';
import type { RunId } from '../ids.ts';
import type { RollbacksTable } from '../store/tables.ts';

/** An order to put a service's previous version back, and how far it is. */
export type Rollback = Selectable<RollbacksTable>;

type RollbackResult =
  | { readonly kind: 'ordered'; readonly rollback: Rollback }
  /** One is under way already; nothing was recorded. */
  | { readonly kind: 'under_way'; readonly rollback: Rollback }
  | { readonly kind: 'refused'; readonly why: 'nothing_released'; readonly detail: string };

/** Taking a release back, as people ask for it; a worker that may deliver carries it out. */
export interface RollbackDesk {
  /** Freezes the service, so that nothing new comes in between, then orders. */
  order(service: string, order: Order): Promise<RollbackResult>;
  /** Null when there is none. */
  view(id: RunId): Promise<Rollback | null>;
}
