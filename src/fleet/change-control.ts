import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql } from 'kysely';
import type { AuditLog, Recorded } from '../audit/audit-log.ts';
import type { Entry } from '../audit/entry.ts';
import { TransientFailure } from '../errors.ts';
import type { Database } from '../store/tables.ts';
import { type Control, eventOfControl } from './control.ts';

export interface ControlDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
}

export interface ControlChange {
  readonly name: string;
  readonly value: Record<string, unknown>;
  /** In one word, for the entry: set, paused, resumed, frozen, unfrozen. */
  readonly outcome: string;
  readonly actor: Entry['actor'];
  readonly reason: string;
}

/** Operators take each other's turn only so often. */
const TRIES = 10;

/**
 * Records what an operator wants, then makes it so. The entry's key holds the control's next version, so of two people
 * at the same moment one comes first and the other's order stands on top of it. What is set already is not recorded again.
 * @throws {StoreDown}
 */
export async function changeControl(
  deps: ControlDeps,
  change: ControlChange,
): Promise<{ control: Control; changed: boolean }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const current = await readControl(deps.db, change.name);
    if (current !== null && isDeepStrictEqual(current.value, change.value))
      return { control: current, changed: tries > 0 };
    const entry = await deps.audit.append(null, {
      run_id: null,
      stage: 'operator',
      step: change.name,
      event: eventOfControl(change.name),
      n: (current?.version ?? 0) + 1,
      actor: change.actor,
      rationale: change.reason,
      outcome: change.outcome,
      payload: { value: change.value, before: current?.value ?? null },
    });
    const control = await projectControl(deps.db, entry);
    if (!entry.dup) return { control, changed: true };
  }
  throw new TransientFailure('CONTROL_BUSY', `${change.name} is being changed by too many at once`);
}

/** The first value of a control, from the configuration. What is there already stays, whoever set it. @throws {StoreDown} */
export async function seedControl(db: Kysely<Database>, name: string, value: object): Promise<Control> {
  await db
    .insertInto('slipway.fleet_controls')
    .values({
      name,
      version: 0,
      value: JSON.stringify(value),
      actor: 'slipway',
      reason: 'the first value, from the configuration',
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const control = await readControl(db, name);
  if (control === null) throw new Error(`control ${name} was seeded and is not there`);
  return control;
}

/** For the sweeper: an order that is on the record and whose author died before it was carried out. @throws {StoreDown} */
export async function settleControls({ db, audit }: ControlDeps, names: readonly string[]): Promise<void> {
  const rows = await db.selectFrom('slipway.fleet_controls').select(['name', 'version']).execute();
  const versions = new Map(rows.map(({ name, version }) => [name, version]));
  const next = await Promise.all(
    names.map((name) => {
      const key = { run_id: null, stage: 'operator', step: name, event: eventOfControl(name) } as const;
      return audit.find({ ...key, n: (versions.get(name) ?? 0) + 1 });
    }),
  );
  for (const entry of next) if (entry !== null) await projectControl(db, entry);
}

async function readControl(db: Kysely<Database>, name: string): Promise<Control | null> {
  const row = await db.selectFrom('slipway.fleet_controls').selectAll().where('name', '=', name).executeTakeFirst();
  return row ?? null;
}

/** Brings the row in line with an entry, unless a later one did so already. */
async function projectControl(db: Kysely<Database>, { entry, recordedAt }: Recorded): Promise<Control> {
  const set = {
    version: entry.n,
    value: JSON.stringify(entry.payload['value']),
    actor: entry.actor.id,
    reason: entry.rationale,
    at: recordedAt,
  };
  const written = await db
    .insertInto('slipway.fleet_controls')
    .values({ name: entry.step, ...set })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(set)
        .where(sql<boolean>`${sql.ref('slipway.fleet_controls.version')} < ${entry.n}`),
    )
    .returningAll()
    .executeTakeFirst();
  const control = written ?? (await readControl(db, entry.step));
  if (control === null) throw new Error(`control ${entry.step} was written and is not there`);
  return control;
}
