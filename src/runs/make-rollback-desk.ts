import type { FleetDesk } from '../fleet/fleet-desk.ts';
import { actorOf } from '../fleet/make-fleet-desk.ts';
import { newRunId, RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Run } from '../store/tables.ts';
import { openRollbackRecord } from './open-rollback-record.ts';
import { queueRollback, type RollbackDeps } from './queue-rollback.ts';
import { readRun } from './read-run.ts';
import type { Rollback, RollbackDesk } from './rollback-desk.ts';

export function makeRollbackDesk(
  deps: RollbackDeps & { readonly fleet: FleetDesk; readonly log: Logger },
): RollbackDesk {
  const { db, fleet, log } = deps;

  async function readOpen(service: string): Promise<Rollback | undefined> {
    return db
      .selectFrom('slipway.rollbacks')
      .selectAll()
      .where('service', '=', service)
      .where('status', '=', 'ordered')
      .executeTakeFirst();
  }

  /** The newest release that was not taken back. */
  async function readRelease(service: string): Promise<Run | undefined> {
    return db
      .selectFrom('slipway.runs as run')
      .selectAll('run')
      .where('run.service', '=', service)
      .where('run.outcome', '=', 'deployed')
      .where('run.dry_run', '=', false)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('slipway.rollbacks as rollback')
              .select('rollback.id')
              .whereRef('rollback.run_id', '=', 'run.id')
              .where('rollback.status', '=', 'done'),
          ),
        ),
      )
      .orderBy('run.finished_at', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  return {
    async order(service, { caller, reason }) {
      const open = await readOpen(service);
      const released = open === undefined ? await readRelease(service) : await readRun(db, RunId.parse(open.run_id));
      if (!released)
        return {
          kind: 'refused',
          why: 'nothing_released',
          detail: `no release of ${service} is left that could be taken back`,
        };
      // Live canaries go to zero and give the lease back, and nothing of the service is deployed until somebody says so.
      await fleet.freeze(service, { caller, reason: `rollback of ${released.repo}#${released.pr_number}: ${reason}` });
      const rollback = open ?? (await insert(released, actorOf(caller).id, reason));
      // The first order stands; a repeated one only makes up for what the first did not get to.
      await openRollbackRecord(deps.audit, released, rollback.id).append({
        stage: 'operator',
        step: 'rollback',
        event: 'rollback_ordered',
        actor: actorOf(caller),
        rationale: reason,
        outcome: 'ordered',
        payload: { run: released.id, artifact: released.artifact, merge_sha: released.merge_sha },
      });
      // Where Redis is away the sweeper does it when it is back.
      await queueRollback(deps, rollback).catch((error: unknown) =>
        log.warn({ err: error, rollback: rollback.id }, 'a rollback could not be queued yet'),
      );
      return { kind: open === undefined ? 'ordered' : 'under_way', rollback };
    },
    async view(id) {
      const row = await db.selectFrom('slipway.rollbacks').selectAll().where('id', '=', id).executeTakeFirst();
      return row ?? null;
    },
  };

  /** Two people at the same moment order one rollback: of a service only one is under way. */
  async function insert(released: Run, actor: string, reason: string): Promise<Rollback> {
    const before = await db
      .selectFrom('slipway.rollbacks')
      .select(({ fn }) => fn.countAll<string>().as('n'))
      .where('run_id', '=', released.id)
      .executeTakeFirstOrThrow();
    const inserted = await db
      .insertInto('slipway.rollbacks')
      .values({
        id: newRunId(),
        run_id: released.id,
        n: Number(before.n),
        service: released.service,
        status: 'ordered',
        actor,
        reason,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    const rollback = inserted ?? (await readOpen(released.service));
    if (rollback === undefined)
      throw new Error(`the rollback of ${RunId.parse(released.id)} was ordered and is not there`);
    return rollback;
  }
}
