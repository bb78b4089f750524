import { type Kysely, sql } from 'kysely';

/**
 * Appends in batches: what many callers of one process write at the same time is one statement and one commit.
 * `audit.append(text)` stays, as a batch of one: replicas of the version before still call it during a rolling upgrade.
 */
export async function appendBatch(db: Kysely<unknown>): Promise<void> {
  // The fence is checked where the entry is written, so the owner of the log reads the leases (and nothing else there).
  await sql`grant usage on schema slipway to slipway_audit_owner`.execute(db);
  await sql`grant select on slipway.leases to slipway_audit_owner`.execute(db);
  await sql`set local role slipway_audit_owner`.execute(db);
  await inlineChain(db);
  await createAppendAll(db);
  await replaceAppend(db);
  await sql`revoke all on all functions in schema audit from public`.execute(db);
  await sql`reset role`.execute(db);
  await replaceGuard(db);
}

/** The same hash. Its body is bound when it is created, so it needs no search path, and without one it is inlined. */
async function inlineChain(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function audit.chain(p_prev bytea, p_leaf bytea, p_seq bigint, p_recorded_at timestamptz) returns bytea
    language sql stable strict
    return sha256(decode('02', 'hex') || p_prev || p_leaf || int8send(p_seq)
      || int8send((extract(epoch from p_recorded_at) * 1000)::bigint))`.execute(db);
}

/**
 * Appends entries in the order given and answers each one, in order:
 *   appended  a new row
 *   dup       the id is taken: the STORED row, body included, for the caller to act on
 *   refused   this entry is not one, or it names a lease that its run does not hold: `reason` begins with a code.
 *             Its neighbours are not touched.
 * An entry whose payload names a lease and a fence is a licence to act under that lease. It is refused once the lease has
 * gone on, also where it was recorded before: whoever asks so late must not act on it.
 * One writer at a time: seq is contiguous, and recorded_at never goes back even if the clock does.
 * The planner's settings: a plan that was cached while the log was small must not read the whole of it later.
 */
async function createAppendAll(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit.append_all(p_bodies text[])
    returns table (status text, reason text, seq bigint, recorded_at timestamptz, body text, chain_hash bytea)
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    #variable_conflict use_column
    declare
      v record;
      v_body text;
      v_ids uuid[]; v_prs bigint[]; v_events text[]; v_traces text[]; v_leases text[]; v_fences bigint[];
      v_seq bigint; v_prev bytea; v_at timestamptz; v_leaf bytea;
      v_first int;
      v_new int[]; v_new_ids uuid[]; v_leafs bytea[]; v_prevs bytea[];
      o_status text[]; o_reason text[]; o_seq bigint[]; o_at timestamptz[]; o_body text[]; o_chain bytea[];
    begin
      begin
        select array_agg(f.entry_id), array_agg(f.pr_number), array_agg(f.event), array_agg(f.trace_id),
            array_agg(f.lease), array_agg(f.fence)
          into v_ids, v_prs, v_events, v_traces, v_leases, v_fences
          from (
            select f.*, f.payload ->> 'lease' as lease, (f.payload ->> 'fence')::bigint as fence
            from unnest(p_bodies) with ordinality as b(body, n),
              json_to_record(b.body::json) as f(entry_id uuid, pr_number bigint, event text, trace_id text, payload json)
            order by b.n
          ) as f;
      exception when data_exception or program_limit_exceeded then
        if cardinality(p_bodies) = 1 then
          return query select 'refused', 'not_an_entry: ' || sqlerrm, null::bigint, null::timestamptz, null::text, null::bytea;
        else
          -- One of them cannot be read: each on its own, so that it takes no other with it.
          foreach v_body in array p_bodies loop
            return query select * from audit.append_all(array[v_body]);
          end loop;
        end if;
        return;
      end;

      if current_setting('fsync') <> 'on' or current_setting('full_page_writes') <> 'on' then
        raise exception 'the audit log refuses a server with fsync or full_page_writes off' using errcode = '55000';
      end if;
      if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'audit.append works in read committed only' using errcode = '55000';
      end if;
      -- Local to the transaction: a setting in the function's header would be undone before the commit it is for.
      if current_setting('synchronous_commit') not in ('on', 'remote_apply') then
        perform set_config('synchronous_commit', 'on', true);
      end if;

      perform pg_advisory_xact_lock(721001);
      select e.seq, e.chain_hash, e.recorded_at into v_seq, v_prev, v_at from audit.entry e order by e.seq desc limit 1;
      if not found then
        v_seq := -1;
        v_prev := sha256(convert_to('slipway audit genesis v1', 'UTF8'));
        v_at := '-infinity';
      end if;
      v_at := greatest(date_trunc('milliseconds', clock_timestamp()), v_at);

      for v in
        select b.*, e.seq as old_seq, e.recorded_at as old_at, e.body as old_body, e.chain_hash as old_chain,
          case
            when b.id is null or b.event is null or b.trace is null then 'not_an_entry: it has no id, event or trace'
            when octet_length(b.body) > 60000 then 'not_an_entry: it is larger than 60000 bytes'
            when b.fence is not null and l.name is null
              then 'lease_lost: ' || coalesce(b.lease, '') || ' is not held with fence ' || b.fence
          end as refusal
        from unnest(p_bodies, v_ids, v_traces, v_events, v_leases, v_fences)
            with ordinality as b(body, id, trace, event, lease, fence, n)
          left join audit.entry e on e.entry_id = b.id
          left join slipway.leases l on l.name = b.lease and l.holder = b.trace and l.token = b.fence
        order by b.n
      loop
        if v.refusal is not null then
          o_status[v.n] := 'refused';
          o_reason[v.n] := v.refusal;
          continue;
        end if;
        if v.old_seq is not null then
          o_status[v.n] := 'dup';
          o_seq[v.n] := v.old_seq;
          o_at[v.n] := v.old_at;
          o_body[v.n] := v.old_body;
          o_chain[v.n] := v.old_chain;
          continue;
        end if;
        -- The same id earlier in this batch, and not refused there.
        v_first := v_new[array_position(v_new_ids, v.id)];
        if v_first is not null then
          o_status[v.n] := 'dup';
          o_seq[v.n] := o_seq[v_first];
          o_at[v.n] := o_at[v_first];
          o_body[v.n] := p_bodies[v_first];
          o_chain[v.n] := o_chain[v_first];
          continue;
        end if;
        v_seq := v_seq + 1;
        v_leaf := sha256(decode('00', 'hex') || convert_to(v.body, 'UTF8'));
        v_new := v_new || v.n::int;
        v_new_ids := v_new_ids || v.id;
        v_leafs[v.n] := v_leaf;
        v_prevs[v.n] := v_prev;
        v_prev := audit.chain(v_prev, v_leaf, v_seq, v_at);
        o_status[v.n] := 'appended';
        o_seq[v.n] := v_seq;
        o_at[v.n] := v_at;
        o_chain[v.n] := v_prev;
      end loop;

      insert into audit.entry
        (seq, entry_id, recorded_at, pr_number, event, trace_id, body, leaf_hash, prev_hash, chain_hash)
      select o_seq[i], v_ids[i], v_at, v_prs[i], v_events[i], v_traces[i], p_bodies[i], v_leafs[i], v_prevs[i], o_chain[i]
        from unnest(v_new) as i;
      return query select o_status[i], o_reason[i], o_seq[i], o_at[i], o_body[i], o_chain[i]
        from generate_subscripts(p_bodies, 1) as i;
    end $$`.execute(db);
}

/** The batch of one, in the shape it had: raises where the batch would refuse. */
async function replaceAppend(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function audit.append(p_body text)
    returns table (seq bigint, recorded_at timestamptz, body text, chain_hash bytea, dup boolean)
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp as $$
    #variable_conflict use_column
    declare
      v record;
    begin
      select * into strict v from audit.append_all(array[p_body]);
      if v.status = 'refused' then raise exception '%', v.reason using errcode = '22023'; end if;
      return query select v.seq, v.recorded_at, coalesce(v.body, p_body), v.chain_hash, v.status = 'dup';
    end $$`.execute(db);
}

/** As before, and it knows the new function: what moves or renames any of them is refused. */
async function replaceGuard(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function audit_guard.refuse_ddl() returns event_trigger
    language plpgsql set search_path = pg_catalog as $$
    begin
      if exists (
        select from pg_event_trigger_ddl_commands() c
        where c.schema_name in ('audit', 'audit_guard') or c.object_identity ~ '(^| on )(audit|audit_guard)(\\.|$)'
      ) then
        raise exception 'DDL on the audit log refused: %', tg_tag using errcode = '42501';
      end if;
      -- Catalogue queries, not to_regclass(): that fails for a role without rights on the schema, whose own DDL is none of ours.
      if not exists (
        select from pg_class t join pg_namespace n on n.oid = t.relnamespace
        where n.nspname = 'audit' and t.relname = 'entry'
      ) or 4 <> (
        select count(*) from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname = 'audit' and f.proname in ('append', 'append_all', 'chain', 'refuse')
      ) then
        raise exception 'DDL that moves the audit log away refused: %', tg_tag using errcode = '42501';
      end if;
      -- GRANT tells event triggers neither schema nor name, so look at the rights that came of it.
      if exists (
        select from pg_class t join pg_namespace n on n.oid = t.relnamespace, aclexplode(t.relacl) a
        where n.nspname = 'audit' and t.relname = 'entry' and a.grantee <> t.relowner and a.privilege_type <> 'SELECT'
      ) or exists (
        select from pg_attribute c join pg_class t on t.oid = c.attrelid join pg_namespace n on n.oid = t.relnamespace,
          aclexplode(c.attacl) a
        where n.nspname = 'audit' and t.relname = 'entry' and a.privilege_type <> 'SELECT'
      ) then
        raise exception 'only SELECT may be granted on audit.entry: % refused', tg_tag using errcode = '42501';
      end if;
    end $$`.execute(db);
}
