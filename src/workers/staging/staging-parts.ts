import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { crashPoint } from '../../crash-point.ts';
import type { Database } from '../../store/tables.ts';

export interface StagingParts {
  /** What was measured under this name; null when nothing was yet. */
  read<T>(part: string, Schema: z.ZodType<T>): Promise<T | null>;
  /** Keeps what was measured and returns what stands: the first writer wins. */
  keep<T>(part: string, Schema: z.ZodType<T>, body: T): Promise<T>;
}

/** What one round of staging has measured so far: a measurement cannot be repeated, so each part is kept as it is made. */
export function openStagingParts(db: Kysely<Database>, runId: string, round: number): StagingParts {
  const read: StagingParts['read'] = async (part, Schema) => {
    const row = await db
      .selectFrom('slipway.staging_parts')
      .select('body')
      .where('run_id', '=', runId)
      .where('round', '=', round)
      .where('part', '=', part)
      .executeTakeFirst();
    return row === undefined ? null : Schema.parse(row.body);
  };
  return {
    read,
    async keep(part, Schema, body) {
      await db
        .insertInto('slipway.staging_parts')
        .values({ run_id: runId, round, part, body: JSON.stringify(body) })
        .onConflict((c) => c.columns(['run_id', 'round', 'part']).doNothing())
        .execute();
      crashPoint('staging:after-part');
      return (await read(part, Schema)) ?? body;
    },
  };
}
