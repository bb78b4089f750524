import type { Kysely, Updateable } from 'kysely';
import type { RunId } from '../ids.ts';
import type { Database, Run, RunsTable } from '../store/tables.ts';

export async function readRun(db: Kysely<Database>, id: RunId): Promise<Run | null> {
  return (await db.selectFrom('slipway.runs').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** Updates the projection that lists and pages show. Decisions are never read from it. */
export async function updateRun(db: Kysely<Database>, id: string, set: Updateable<RunsTable>): Promise<void> {
  await db.updateTable('slipway.runs').set(set).where('id', '=', id).where('status', '!=', 'finished').execute();
}
