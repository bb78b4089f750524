import { type Kysely, sql } from 'kysely';

/**
 * A lease is asked for and given back in one statement each, so that no transaction is held open from Node. Everywhere
 * leases are locked in the order of their names, and before the line: two callers can then never wait for each other.
 */
export async function leaseFunctions(db: Kysely<unknown>): Promise<void> {
  await createAcquire(db);
  await createRelease(db);
}

/**
 * Asking is serialised on the lease's row, and places in the line are given in the order of the asking. A token means it
 * is held; without one `holder` is who has it (null while it is free and another is first) and `ahead` how many come before.
 */
async function createAcquire(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function slipway.acquire_lease(p_name text, p_run text, out token bigint, out holder text, out ahead int)
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
      if not exists (select from slipway.runs r where r.id = v_lease.holder and r.status = 'finished') then
        holder := v_lease.holder;
      end if;
      if exists (select from slipway.runs r where r.id = p_run and r.status = 'finished') then return; end if;

      insert into slipway.lease_requests (name, run_id) values (p_name, p_run) on conflict (run_id, name) do nothing;
      select line.place - 1 into ahead from (
        select q.run_id, row_number() over (order by r.front_at desc nulls last, q.id) as place
        from slipway.lease_requests q join slipway.runs r on r.id = q.run_id
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

/** Each run gives back one lease, or leaves its line; a name that is null stands for all that the run has. */
async function createRelease(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function slipway.release_leases(p_runs text[], p_names text[]) returns void
    language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
    begin
      perform from slipway.leases l join unnest(p_runs, p_names) as q(run, name)
        on l.holder = q.run and (q.name is null or l.name = q.name)
        order by l.name for update of l;
      update slipway.leases l set holder = null, granted_at = null
        from unnest(p_runs, p_names) as q(run, name)
        where l.holder = q.run and (q.name is null or l.name = q.name);
      delete from slipway.lease_requests r using unnest(p_runs, p_names) as q(run, name)
        where r.run_id = q.run and (q.name is null or r.name = q.name);
    end $$`.execute(db);
}
