import { type Kysely, sql } from 'kysely';

/**
 * The append made cheap. `audit.append_batch(text[])` is the one writer; `append_all` and `append` stay in the shapes they
 * had, over it: replicas of the versions before still call them during a rolling upgrade.
 */
export async function appendBatchPacked(db: Kysely<unknown>): Promise<void> {
  await sql`set local role slipway_audit_owner`.execute(db);
  await createTypes(db);
  await createAppendBatch(db);
  await replaceAppendAll(db);
  await lightenTable(db);
  await sql`revoke all on all functions in schema audit from public`.execute(db);
  await sql`reset role`.execute(db);
  await replaceGuard(db);
}

/** What is read out of a body, in one pass over its text: the indexed columns, and the lease that its payload may name. */
async function createTypes(db: Kysely<unknown>): Promise<void> {
  await sql`create type audit.lease_claim as (lease text, fence bigint)`.execute(db);
  await sql`
    create type audit.entry_facts as
      (entry_id uuid, pr_number bigint, event text, trace_id text, payload audit.lease_claim)`.execute(db);
}

/**
 * Appends entries in the order given, in one pass over all of them, and answers with one row:
 *   first_seq     place of the first new row; the others follow it without a gap
 *   recorded_at   of all new rows
 *   chain_hashes  theirs, 64 hex digits each, in order
 *   others        null where every entry was appended; else what came of those that were not, by their place in the array
 *                 (from 1), each with a status:
 *     dup         the id is taken: the STORED row, body included, for the caller to act on
 *     refused     this entry is not one, or it names a lease that its run does not hold: `reason` begins with a code.
 *                 Its neighbours are not touched.
 * An entry whose payload names a lease and a fence is a licence to act under that lease. It is refused once the lease has
 * gone on, also where it was recorded before: whoever asks so late must not act on it.
 * One writer at a time: seq is contiguous, and recorded_at never goes back even if the clock does.
 * What a statement costs counts as much as what an entry does, for a lone append and for 32: nothing is asked of the
 * tables for each entry, only once for all. The planner's settings: plans are made once, and one that was made while the log
 * was small must not read the whole of it later.
 */
async function createAppendBatch(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit.append_batch(p_bodies text[])
    returns table (first_seq bigint, recorded_at timestamptz, chain_hashes text, others json)
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    set plan_cache_mode = force_generic_plan as $$
    #variable_conflict use_variable
    declare
      v_facts audit.entry_facts[]; v_ids uuid[]; v_leafs bytea[];
      v_reasons text[]; v_fenced boolean := false;
      v_known uuid[]; v_taken uuid[];
      v_seq bigint; v_prev bytea; v_ms bytea;
      v_new int[]; v_count int := 0;
      -- The chain hash before the first new row, then theirs: the n-th of them follows hash n and has hash n + 1.
      v_links bytea;
    begin
      for i in 1 .. cardinality(p_bodies) loop
        begin
          v_facts[i] := json_populate_record(null::audit.entry_facts, p_bodies[i]::json);
          v_ids[i] := (v_facts[i]).entry_id;
          v_leafs[i] := sha256(decode('00', 'hex') || convert_to(p_bodies[i], 'UTF8'));
          if v_ids[i] is null or (v_facts[i]).event is null or (v_facts[i]).trace_id is null then
            v_reasons[i] := 'not_an_entry: it has no id, event or trace';
          elsif octet_length(p_bodies[i]) > 60000 then
            v_reasons[i] := 'not_an_entry: it is larger than 60000 bytes';
          elsif ((v_facts[i]).payload).fence is not null then
            v_fenced := true;
          end if;
        exception when data_exception or program_limit_exceeded then
          v_facts[i] := null;
          v_ids[i] := null;
          v_reasons[i] := 'not_an_entry: ' || sqlerrm;
        end;
      end loop;

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
      select e.seq, e.chain_hash, e.recorded_at into v_seq, v_prev, recorded_at from audit.entry e order by e.seq desc limit 1;
      if not found then
        v_seq := -1;
        v_prev := sha256(convert_to('slipway audit genesis v1', 'UTF8'));
        recorded_at := '-infinity';
      end if;
      recorded_at := greatest(date_trunc('milliseconds', clock_timestamp()), recorded_at);
      v_ms := int8send((extract(epoch from recorded_at) * 1000)::bigint);
      first_seq := v_seq + 1;
      v_links := v_prev;

      if v_fenced then
        select array_agg(coalesce(v_reasons[i], case when (f.payload).fence is not null and l.name is null
            then 'lease_lost: ' || coalesce((f.payload).lease, '') || ' is not held with fence ' || (f.payload).fence end) order by i)
          into v_reasons
          from generate_subscripts(v_facts, 1) as i
            cross join lateral (select (v_facts[i]).trace_id, (v_facts[i]).payload) as f
            left join slipway.leases l on l.name = (f.payload).lease and l.holder = f.trace_id and l.token = (f.payload).fence;
      end if;
      select array_agg(e.entry_id) into v_known from audit.entry e where e.entry_id = any(v_ids);

      for i in 1 .. cardinality(p_bodies) loop
        -- Of several with one id the first that is not refused is appended.
        continue when v_reasons[i] is not null or v_ids[i] = any(v_known) or v_ids[i] = any(v_taken);
        v_count := v_count + 1;
        v_new[v_count] := i;
        v_taken[v_count] := v_ids[i];
        v_seq := v_seq + 1;
        v_prev := sha256(decode('02', 'hex') || v_prev || v_leafs[i] || int8send(v_seq) || v_ms);
        v_links := v_links || v_prev;
      end loop;
      insert into audit.entry
        (seq, entry_id, recorded_at, pr_number, event, trace_id, body, leaf_hash, prev_hash, chain_hash)
      select first_seq + n - 1, v_ids[i], recorded_at, (v_facts[i]).pr_number, (v_facts[i]).event, (v_facts[i]).trace_id,
          p_bodies[i], v_leafs[i], substr(v_links, 32 * n::int - 31, 32), substr(v_links, 32 * n::int + 1, 32)
        from unnest(v_new) with ordinality as new(i, n);

      chain_hashes := encode(substr(v_links, 33), 'hex');
      if v_count < cardinality(p_bodies) then
        select json_object_agg(i, case
            when v_reasons[i] is null then json_build_object('status', 'dup', 'seq', e.seq::text,
              'recorded_at', e.recorded_at, 'body', e.body, 'chain_hash', encode(e.chain_hash, 'hex'))
            else json_build_object('status', 'refused', 'reason', v_reasons[i]) end)
          into others
          from generate_subscripts(p_bodies, 1) as i left join audit.entry e on e.entry_id = v_ids[i]
          where i <> all(coalesce(v_new, '{}'));
      end if;
      return next;
    end $$`.execute(db);
}

/** The same answers in the shape they had: a row for each entry, in order. */
async function replaceAppendAll(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function audit.append_all(p_bodies text[])
    returns table (status text, reason text, seq bigint, recorded_at timestamptz, body text, chain_hash bytea)
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp as $$
    #variable_conflict use_column
    declare
      v record;
    begin
      select * into v from audit.append_batch(p_bodies);
      return query
        select coalesce(a.other ->> 'status', 'appended'), a.other ->> 'reason',
            case when a.other is null then v.first_seq + a.nth - 1 else (a.other ->> 'seq')::bigint end,
            case when a.other is null then v.recorded_at else (a.other ->> 'recorded_at')::timestamptz end,
            a.other ->> 'body',
            decode(case when a.other is null then substr(v.chain_hashes, (64 * a.nth - 63)::int, 64)
              else a.other ->> 'chain_hash' end, 'hex')
          from (
            select n, v.others -> n::text as other, count(*) filter (where v.others -> n::text is null) over (order by n) as nth
            from generate_subscripts(p_bodies, 1) as n
          ) as a
          order by a.n;
    end $$`.execute(db);
}

/**
 * The chain hash needs no index of its own: each is the prev_hash of the next row, which is unique, and nothing looks one up.
 * The constraint on it stays the same formula, no longer through a function: what a constraint calls is looked up and expanded
 * anew for every statement. Not validated again: every row stands under the same formula already, and while the whole log
 * was read nobody could append.
 */
async function lightenTable(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table audit.entry
      drop constraint entry_chain_hash_key,
      drop constraint entry_chain,
      add constraint entry_chain check (chain_hash = sha256(decode('02', 'hex') || prev_hash || leaf_hash || int8send(seq)
        || int8send((extract(epoch from recorded_at) * 1000)::bigint))) not valid`.execute(db);
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
      ) or 5 <> (
        select count(*) from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname = 'audit' and f.proname in ('append', 'append_all', 'append_batch', 'chain', 'refuse')
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
