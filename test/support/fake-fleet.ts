import type { FleetDesk, FleetView, Order } from '../../src/fleet/fleet-desk.ts';

export interface FakeFleet extends FleetDesk {
  /** What was ordered, with who and why, newest last. */
  readonly orders: { verb: string; what: unknown; order: Order }[];
  shown: FleetView;
}

/** A fleet desk that remembers what it was told; real stores are the business of the fleet's own tests. */
export function makeFakeFleet(): FakeFleet {
  const orders: FakeFleet['orders'] = [];
  const take = (verb: string, what: unknown, order: Order) => {
    orders.push({ verb, what, order });
    return Promise.resolve({ changed: true });
  };
  const fleet: FakeFleet = {
    orders,
    shown: { settings: [], queues: [], replicas: [], freezes: [], budgets: [], warnings: [] },
    view: () => Promise.resolve(fleet.shown),
    set: (name, value, order) => take('set', { [name]: value }, order),
    pause: (queues, order) => take('pause', queues, order),
    resume: (queues, order) => take('resume', queues, order),
    freeze: (service, order) => take('freeze', service, order),
    unfreeze: (service, order) => take('unfreeze', service, order),
  };
  return fleet;
}
