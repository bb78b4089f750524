import { type Kysely, sql } from 'kysely';

/**
 * The record refuses what a run may not say any more once it is over. A replica that slept through the end of a run (stopped,
 * cut off, without its job's lock) would else still write what it was about to, and the log would not verify. Who is told so
 * was overtaken, as with a lease that went on. The index is built over the whole log, and appends wait for that once.
 */
export async function runOver(db: Kysely<unknown>): Promise<void> {
  await sql`set local role slipway_audit_owner`.execute(db);
  await sql`create index entry_run_end on audit.entry (trace_id) where event = 'run_finished'`.execute(db);
  await replaceAppendBatch(db);
  await sql`reset role`.execute(db);
}

/**
 * As in 0027, and one status has one reason more: an entry that stands behind `run_finished` of its run, in the log or in this
 * very array, is refused as `run_over`, unless it may follow (`src/audit/after-end.ts` is the same list). One that the log has is a dup all the same.
 */
async function replaceAppendBatch(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function audit.append_batch(p_bodies text[])
    returns table (first_seq bigint, recorded_at timestamptz, chain_hashes text, others json)
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    set plan_cache_mode = force_generic_plan as $$
    #variable_conflict use_variable
    declare
      v_facts audit.entry_facts[]; v_ids uuid[]; v_leafs bytea[]; v_runs text[];
      v_reasons text[]; v_fenced boolean := false;
      v_known uuid[]; v_taken uuid[]; v_over text[];
      v_seq bigint; v_prev bytea; v_ms bytea;
      v_new int[]; v_count int := 0;
      -- The chain hash before the first new row, then theirs: the n-th of them follows hash n and has hash n + 1.
      v_links bytea;
    begin
      for i in 1 .. cardinality(p_bodies) loop
        begin
          v_facts[i] := json_populate_record(null::audit.entry_facts, p_bodies[i]::json);
          v_ids[i] := (v_facts[i]).entry_id;
          v_runs[i] := (v_facts[i]).trace_id;
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
      select array_agg(e.trace_id) into v_over from audit.entry e where e.event = 'run_finished' and e.trace_id = any(v_runs);

      for i in 1 .. cardinality(p_bodies) loop
        -- Of several with one id the first that is not refused is appended.
        continue when v_reasons[i] is not null or v_ids[i] = any(v_known) or v_ids[i] = any(v_taken);
        if v_runs[i] = any(v_over) and (v_facts[i]).event <> all(array[
            'author_claimed', 'incident_report', 'guard_zeroed', 'incident_opinion', 'notification.intended',
            'notification.completed', 'notification.failed', 'notification_resent', 'decision_refused', 'finding_dismissed',
            'reminded', 'emergency_reviewed', 'emergency_review_overdue'])
          and (v_facts[i]).event !~ '^merge_push\\.|\\.(completed|failed|unknown)$' then
          v_reasons[i] := 'run_over: ' || (v_facts[i]).event || ' after the end of run ' || v_runs[i];
          continue;
        end if;
        if (v_facts[i]).event = 'run_finished' then v_over := v_over || v_runs[i]; end if;
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
