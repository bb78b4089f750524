import type { Kysely } from 'kysely';
import type { Identity } from '../change/change.ts';
import type { Config } from '../config/config.ts';
import type { AuthorRecord } from '../policy/author-record.ts';
import { identitiesBehind } from '../policy/people.ts';
import { batched } from '../store/batched.ts';
import { runSql } from '../store/run-sql.ts';
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
  const { counts, service_rollbacks } = await readOne(
    db,
    JSON.stringify({ run: run.id, service: run.service, since, groups }),
  );
  return {
    window_days,
    deployed: counts.length === 0 ? 0 : Math.min(...counts.map((count) => count.deployed)),
    rolled_back: Math.max(0, ...counts.map((count) => count.rolled_back)),
    rejected: Math.max(0, ...counts.map((count) => count.rejected)),
    known: known && contributors.length > 0,
    service_rollbacks,
  };
}

interface Counted {
  /** For each of those who touched the change. */
  readonly counts: readonly { readonly deployed: number; readonly rolled_back: number; readonly rejected: number }[];
  readonly service_rollbacks: number;
}

/** A question that nobody answered in time says nothing about the author, so an expired one is no rejection. */
const READ = `
  select (
    select count(*)::int from slipway.runs r
    where r.service = q.service and r.outcome = 'rolled_back' and not r.dry_run and r.id <> q.run and r.finished_at >= q.since
  ) as service_rollbacks, coalesce((
    select json_agg(json_build_object('deployed', c.deployed, 'rolled_back', c.rolled_back, 'rejected', c.rejected))
    from json_array_elements(q.groups) as g(names), lateral (
      select count(*) filter (where r.outcome = 'deployed') as deployed,
        count(*) filter (where r.outcome = 'rolled_back') as rolled_back,
        count(*) filter (where r.outcome = 'rejected' and r.outcome_reason is distinct from 'expired') as rejected
      from slipway.runs r
      where lower(r.author) = any(array(select json_array_elements_text(g.names)))
        and not r.dry_run and r.id <> q.run and r.finished_at >= q.since
    ) as c
  ), '[]'::json) as counts
  from rows from (json_to_recordset($1::json) as (run text, service text, since timestamptz, groups json))
    with ordinality as q(run, service, since, groups, n) order by q.n`;

const readOne = batched<Kysely<Database>, Counted>((db, items) => runSql<Counted>(db, READ, [`[${items.join(',')}]`]));
