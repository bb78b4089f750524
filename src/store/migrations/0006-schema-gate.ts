import { type Kysely, sql } from 'kysely';

/** One row: the oldest code that may work on this schema. `slipway migrate` writes it, everybody reads it when it starts. */
export async function schemaGate(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.schema_gate (
      only_row boolean primary key default true check (only_row),
      oldest_code text not null
    )`.execute(db);
}
