import { type Kysely, sql } from 'kysely';
import type { Identity } from '../change/change.ts';
import type { Config } from '../config/config.ts';
import type { AuthorRecord } from '../policy/author-record.ts';
import { identitiesBehind } from '../policy/people.ts';
import type { Database, Run } from '../store/tables.ts';

const DAY_MS = 24 * 3_600_000;

/** What became of earlier changes of those who touched this one, and of the service. @throws {StoreDown} */
export async function readAuthorRecord(
  db: Kysely<Database>,
  config: Pick<Config, 'people' | 'author_history'>,
  run: Run,
  contributors: readonly Identity[],
  now: Date,
): Promise<AuthorRecord> {
  const { window_days } = config.author_history;
  const since = new Date(now.getTime() - window_days * DAY_MS);
  const { groups, known } = identitiesBehind(config.people, [run.author, ...contributors.map(({ email }) => email)]);
  const counts = await Promise.all(groups.map((names) => countOutcomes(db, run, names, since)));
  const [service] = await db
    .selectFrom('slipway.runs')
    .select(sql<string>`count(*)`.as('n'))
    .where('service', '=', run.service)
    .where('outcome', '=', 'rolled_back')
    .where('dry_run', '=', false)
    .where('id', '!=', run.id)
    .where('finished_at', '>=', since)
    .execute();
  return {
    window_days,
    deployed: counts.length === 0 ? 0 : Math.min(...counts.map((count) => count.deployed)),
    rolled_back: Math.max(0, ...counts.map((count) => count.rolled_back)),
    rejected: Math.max(0, ...counts.map((count) => count.rejected)),
    known: known && contributors.length > 0,
    service_rollbacks: Number(service?.n ?? 0),
  };
}

/** A question that nobody answered in time says nothing about the author, so an expired one is no rejection. */
async function countOutcomes(db: Kysely<Database>, run: Run, names: readonly string[], since: Date) {
  const row = await db
    .selectFrom('slipway.runs')
    .select([
      sql<string>`count(*) filter (where outcome = 'deployed')`.as('deployed'),
      sql<string>`count(*) filter (where outcome = 'rolled_back')`.as('rolled_back'),
      sql<string>`count(*) filter (where outcome = 'rejected' and outcome_reason is distinct from 'expired')`.as(
        'rejected',
      ),
    ])
    .where(sql<string>`lower(author)`, 'in', [...names])
    .where('dry_run', '=', false)
    .where('id', '!=', run.id)
    .where('finished_at', '>=', since)
    .executeTakeFirstOrThrow();
  return {
    deployed: Number(row.deployed),
    rolled_back: Number(row.rolled_back),
    rejected: Number(row.rejected),
  };
}
