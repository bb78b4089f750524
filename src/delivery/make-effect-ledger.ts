import { type Kysely, sql } from 'kysely';
import { PermanentFailure } from '../errors.ts';
import { type Digest, digestOf } from '../ids.ts';
import type { Database } from '../store/tables.ts';
import type { EffectLedger, EffectRequest } from './effect-ledger.ts';

/** Remembers effects and fences in PostgreSQL, so that any replica may do the next one. */
export function makeEffectLedger(db: Kysely<Database>): EffectLedger {
  return {
    async begin(request) {
      const done = await db
        .selectFrom('slipway.delivery_effects')
        .select(['request', 'answer'])
        .where('service', '=', request.service)
        .where('id', '=', request.effect.id)
        .executeTakeFirst();
      if (done === undefined) {
        await raiseFence(db, request);
        return undefined;
      }
      if (done.request === digestOfRequest(request))
        return { answer: done.answer, current: await isCurrent(db, request) };
      throw new PermanentFailure(
        'EFFECT_REUSED',
        `effect ${request.effect.id} was something else before; use a new id`,
      );
    },
    async finish(request, answer) {
      await db
        .insertInto('slipway.delivery_effects')
        .values({
          service: request.service,
          id: request.effect.id,
          request: digestOfRequest(request),
          answer: JSON.stringify(answer),
        })
        .onConflict((conflict) => conflict.columns(['service', 'id']).doNothing())
        .execute();
    },
  };
}

function digestOfRequest(request: EffectRequest): Digest {
  return digestOf(JSON.stringify([request.environment, request.verb, ...request.subject]));
}

async function isCurrent(db: Kysely<Database>, { service, environment, effect }: EffectRequest): Promise<boolean> {
  const seen = await db
    .selectFrom('slipway.delivery_fences')
    .select('fence')
    .where('service', '=', service)
    .where('environment', '=', environment)
    .executeTakeFirst();
  return BigInt(effect.fence) >= BigInt(seen?.fence ?? '0');
}

/** One statement: of two callers with different fences the older one loses, in whatever order they come. */
async function raiseFence(db: Kysely<Database>, { service, environment, effect }: EffectRequest): Promise<void> {
  const raised = await db
    .insertInto('slipway.delivery_fences')
    .values({ service, environment, fence: effect.fence })
    .onConflict((conflict) =>
      conflict
        .columns(['service', 'environment'])
        .doUpdateSet({ fence: effect.fence })
        .where('slipway.delivery_fences.fence', '<=', sql<string>`excluded.fence`),
    )
    .returning('fence')
    .executeTakeFirst();
  if (raised !== undefined) return;
  throw new PermanentFailure(
    'STALE_FENCE',
    `fence ${effect.fence} is older than one that was seen for ${environment} of ${service}`,
  );
}
