import { readBudgets } from '../agents/read-budgets.ts';
import type { Entry } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { QUEUE_NAMES, type QueueName } from '../queues/registry.ts';
import type { Caller } from '../runs/caller.ts';
import { assertControls } from './assert-controls.ts';
import { type ControlDeps, changeControl } from './change-control.ts';
import { freezeControl, PausableQueue, pauseControl } from './control.ts';
import type { FleetDesk, FleetView, Order, OrderResult, QueueView } from './fleet-desk.ts';
import { fleetWarnings } from './fleet-warnings.ts';
import { type Controls, readControls } from './read-controls.ts';
import { readReplicas } from './read-replicas.ts';
import type { Replica } from './replica.ts';
import { wakeCanaries } from './wake-canaries.ts';

export interface FleetDeskDeps extends ControlDeps {
  readonly queues: Queues;
  readonly log: Logger;
  readonly config: Pick<Config, 'budgets'>;
}

export function makeFleetDesk(deps: FleetDeskDeps): FleetDesk {
  const { db, queues, log } = deps;

  async function change(
    changes: readonly { name: string; value: Record<string, unknown>; outcome: string }[],
    { caller, reason }: Order,
  ): Promise<OrderResult> {
    let changed = false;
    for (const one of changes) {
      const result = await changeControl(deps, { ...one, actor: actorOf(caller), reason });
      changed ||= result.changed;
    }
    // At once; where Redis is away the sweeper does it when it is back.
    await assertControls(queues, await readControls(db), log).catch((error: unknown) =>
      log.warn({ err: error }, 'the fleet’s controls could not be set in Redis yet'),
    );
    return { changed };
  }
  const brake = (names: readonly PausableQueue[], on: boolean, order: Order) =>
    change(
      names.map((queue) => ({
        name: pauseControl(queue),
        value: { on, cause: 'operator' },
        outcome: on ? 'paused' : 'resumed',
      })),
      order,
    );

  return {
    async view() {
      const [controls, replicas, budgets] = await Promise.all([
        readControls(db),
        readReplicas(db),
        readBudgets(db, deps.config.budgets),
      ]);
      const view: Omit<FleetView, 'warnings'> = {
        settings: controls.agentCap === null ? [] : [controls.agentCap],
        queues: await viewQueues(queues, controls, replicas),
        replicas,
        budgets,
        freezes: [...controls.freezes].map(([service, control]) => ({ ...control, service })),
      };
      return { ...view, warnings: fleetWarnings(view) };
    },
    set: (name, value, order) => change([{ name, value: { value }, outcome: 'set' }], order),
    pause: (names, order) => brake(names, true, order),
    async freeze(service, order) {
      const result = await change([{ name: freezeControl(service), value: { on: true }, outcome: 'frozen' }], order);
      await wakeCanaries(deps, service);
      return result;
    },
    async unfreeze(service, order) {
      if (!(await readControls(db)).freezes.has(service)) return { changed: false };
      return change([{ name: freezeControl(service), value: { on: false }, outcome: 'unfrozen' }], order);
    },
    async resume(names, order) {
      // What runs already is not resumed: an entry that says so would tell of a pause that never was.
      const { pauses } = await readControls(db);
      return brake(
        names.filter((queue) => pauses.has(queue)),
        false,
        order,
      );
    },
  };
}

async function viewQueues(queues: Queues, controls: Controls, replicas: readonly Replica[]): Promise<QueueView[]> {
  return Promise.all(
    QUEUE_NAMES.map(async (name) => {
      const counts = await countJobs(queues, name);
      const pausable = PausableQueue.safeParse(name);
      const pause = pausable.success ? controls.pauses.get(pausable.data) : undefined;
      return {
        name,
        replicas: replicas.filter(({ state, stages }) => state === 'live' && stages.includes(name)).length,
        ...counts,
        pause: pause === undefined ? null : { ...pause, cause: pause.value.cause },
      };
    }),
  );
}

/** Who looks at the fleet while Redis is away still learns of everything else. */
async function countJobs(queues: Queues, name: QueueName): Promise<Pick<QueueView, 'waiting' | 'active'>> {
  try {
    const counts = await queues.byName[name].getJobCounts('waiting', 'prioritized', 'active');
    const { waiting = 0, prioritized = 0, active = 0 } = counts;
    return { waiting: waiting + prioritized, active };
  } catch {
    return { waiting: null, active: null };
  }
}

/** A person under their name, a machine under its token's. */
export function actorOf(caller: Pick<Caller, 'name' | 'person'>): Entry['actor'] {
  return caller.person === null ? { kind: 'system', id: caller.name } : { kind: 'human', id: caller.person };
}
