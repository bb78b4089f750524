import { type Kysely, sql } from 'kysely';

/**
 * What was done through delivery targets that remember nothing themselves (a balancer, a program): one row for each
 * effect, and for each service and environment the newest fence that was seen.
 */
export async function deliveryEffects(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.delivery_effects (
      service text not null,
      id text not null check (length(id) between 1 and 200),
      request slipway.digest not null,
      answer jsonb not null,
      at timestamptz not null default clock_timestamp(),
      primary key (service, id)
    )`.execute(db);
  await sql`
    create table slipway.delivery_fences (
      service text not null,
      environment text not null check (environment in ('staging', 'canary')),
      fence bigint not null check (fence >= 0),
      primary key (service, environment)
    )`.execute(db);
}
