import { type Kysely, sql } from 'kysely';

/**
 * What a run costs must not grow with the runs in line, so each look has an index in which only what it looks for stands.
 * What was delivered, by service and author, is asked of finished runs: in the indexes of 0008 every waiting run stood in
 * front of them, and was written anew each time it moved. Code of any version works with either.
 */
export async function liveRuns(db: Kysely<unknown>): Promise<void> {
  await createIndexes(db);
  await acquireByKey(db);
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  await sql`create index runs_live on slipway.runs (created_at, id) where status <> 'finished'`.execute(db);
  await sql`
    create index runs_stopping on slipway.runs (id) where status <> 'finished' and stop_kind is not null`.execute(db);
  await sql`
    create index runs_ended_by_service on slipway.runs (service, finished_at desc)
      where finished_at is not null`.execute(db);
  await sql`
    create index runs_ended_by_author on slipway.runs (lower(author), finished_at desc)
      where finished_at is not null`.execute(db);
  await sql`drop index slipway.runs_by_service, slipway.runs_by_author`.execute(db);
  await sql`
    create index agent_calls_late on slipway.agent_calls (run_id) where reason = 'deadline'`.execute(db);
}

/**
 * As in 0010, but each run is looked up by its key and its status read off the row: as conditions of one statement they
 * were planned, while there were few runs, as a pass over all that are finished, or are not.
 */
async function acquireByKey(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function slipway.acquire_lease(p_name text, p_run text, out token bigint, out holder text, out ahead int)
    language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
    declare
      v_lease record;
    begin
      ahead := 0;
      insert into slipway.leases as l (name) values (p_name) on conflict do nothing;
      select l.token, l.holder into v_lease from slipway.leases l where l.name = p_name for update;
      if v_lease.holder = p_run then
        token := v_lease.token;
        return;
      end if;
      -- Runs that are finished neither hold nor block one, nor are they given one.
      if (select r.status from slipway.runs r where r.id = v_lease.holder) is distinct from 'finished' then
        holder := v_lease.holder;
      end if;
      if (select r.status from slipway.runs r where r.id = p_run) = 'finished' then return; end if;

      insert into slipway.lease_requests (name, run_id) values (p_name, p_run) on conflict (run_id, name) do nothing;
      select line.place - 1 into ahead from (
        select q.run_id, row_number() over (order by r.front_at desc nulls last, q.id) as place
        from slipway.lease_requests q, lateral (
          select s.status, s.front_at from slipway.runs s where s.id = q.run_id offset 0
        ) as r
        where q.name = p_name and r.status <> 'finished'
      ) as line where line.run_id = p_run;
      -- A rollback is no run and stands in no line.
      ahead := coalesce(ahead, 0);
      if holder is null and ahead = 0 then
        delete from slipway.lease_requests q where q.name = p_name and q.run_id = p_run;
        update slipway.leases l set token = l.token + 1, holder = p_run, granted_at = now()
          where l.name = p_name returning l.token into token;
      end if;
    end $$`.execute(db);
}
