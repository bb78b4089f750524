import type { Kysely } from 'kysely';
import type { Database } from '../store/tables.ts';
import {
  AGENT_CAP,
  BrakeValue,
  type Control,
  FreezeValue,
  freezeControl,
  PausableQueue,
  pauseControl,
  SettingValue,
} from './control.ts';

/** Everything that operators set, as it is wanted now. */
export interface Controls {
  readonly all: readonly Control[];
  /** Null until it was seeded. */
  readonly agentCap: Control<{ value: number }> | null;
  /** Queues that are paused. */
  readonly pauses: ReadonlyMap<PausableQueue, Control<BrakeValue>>;
  /** Freezes that hold: of a service, or of all under null. */
  readonly freezes: ReadonlyMap<string | null, Control>;
}

/** @throws {StoreDown} */
export async function readControls(db: Kysely<Database>): Promise<Controls> {
  const all = await db.selectFrom('slipway.fleet_controls').selectAll().orderBy('name').execute();
  const byName = new Map<string, Control>(all.map((row) => [row.name, row]));
  const cap = byName.get(AGENT_CAP);
  const pauses = PausableQueue.options.flatMap((queue) => {
    const control = byName.get(pauseControl(queue));
    if (control === undefined) return [];
    const value = BrakeValue.parse(control.value);
    return value.on ? [[queue, { ...control, value }] as const] : [];
  });
  const freezes = all.flatMap((control) => {
    const whole = control.name === freezeControl(null);
    if (!whole && !control.name.startsWith(freezeControl(''))) return [];
    if (!FreezeValue.parse(control.value).on) return [];
    return [[whole ? null : control.name.slice(freezeControl('').length), control] as const];
  });
  return {
    all,
    agentCap: cap === undefined ? null : { ...cap, value: SettingValue.parse(cap.value) },
    pauses: new Map(pauses),
    freezes: new Map(freezes),
  };
}

/** The freeze that holds for a service, its own before that of all; null when it may be deployed. @throws {StoreDown} */
export async function readFreeze(db: Kysely<Database>, service: string): Promise<Control | null> {
  return readOn(db, [freezeControl(service), freezeControl(null)]);
}

/** The brake on a queue; null when it runs. @throws {StoreDown} */
export async function readPause(db: Kysely<Database>, queue: PausableQueue): Promise<Control | null> {
  return readOn(db, [pauseControl(queue)]);
}

async function readOn(db: Kysely<Database>, names: readonly string[]): Promise<Control | null> {
  const rows = await db.selectFrom('slipway.fleet_controls').selectAll().where('name', 'in', names).execute();
  return (
    names
      .map((name) => rows.find((row) => row.name === name))
      .find((row) => row !== undefined && FreezeValue.parse(row.value).on) ?? null
  );
}
