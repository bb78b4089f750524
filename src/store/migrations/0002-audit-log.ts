import { type Kysely, sql } from 'kysely';

/**
 * The record. One table, written by one function, owned by a role that nobody can log in as.
 *
 * Row n holds the canonical text of one entry and three hashes:
 *   leaf  = SHA-256(0x00 || body)                                          an RFC 6962 leaf
 *   prev  = chain of row n-1; for row 0 SHA-256('slipway audit genesis v1')
 *   chain = SHA-256(0x02 || prev || leaf || seq || recorded_ms)             both as 8 bytes, big endian
 * so that no byte of a row, its place and its time included, changes without breaking the chain.
 * `text`, not jsonb: jsonb would rewrite numbers, and the exact bytes are what is hashed.
 */
export async function auditLog(db: Kysely<unknown>): Promise<void> {
  await sql`create schema audit authorization slipway_audit_owner`.execute(db);
  await sql`create schema audit_guard`.execute(db);
  await sql`set local role slipway_audit_owner`.execute(db);
  await createHashFunction(db);
  await createEntryTable(db);
  await createRefusals(db);
  await createAppend(db);
  await sql`reset role`.execute(db);
  await createGuardFunctions(db);
}

async function createHashFunction(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit.chain(p_prev bytea, p_leaf bytea, p_seq bigint, p_recorded_at timestamptz) returns bytea
    language sql stable strict set search_path = pg_catalog as $$
      select sha256(decode('02', 'hex') || p_prev || p_leaf || int8send(p_seq)
        || int8send((extract(epoch from p_recorded_at) * 1000)::bigint))
    $$`.execute(db);
}

async function createEntryTable(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table audit.entry (
      seq bigint primary key check (seq >= 0),
      entry_id uuid not null unique,
      recorded_at timestamptz not null,
      pr_number bigint,
      event text not null,
      trace_id text not null,
      body text not null,
      leaf_hash bytea not null,
      prev_hash bytea not null unique,
      chain_hash bytea not null unique,
      constraint entry_body_size check (octet_length(body) between 2 and 60000),
      constraint entry_whole_milliseconds check (recorded_at = date_trunc('milliseconds', recorded_at)),
      constraint entry_leaf check (leaf_hash = sha256(decode('00', 'hex') || convert_to(body, 'UTF8'))),
      constraint entry_chain check (chain_hash = audit.chain(prev_hash, leaf_hash, seq, recorded_at))
    )`.execute(db);
  await sql`create index entry_by_pull_request on audit.entry (pr_number, seq)`.execute(db);
  await sql`create index entry_by_trace on audit.entry (trace_id, seq)`.execute(db);
}

/** ALWAYS: ordinary triggers are skipped under session_replication_role = replica, these are not. */
async function createRefusals(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit.refuse() returns trigger
    language plpgsql set search_path = pg_catalog as $$
    begin
      if tg_op = 'INSERT' and current_user = 'slipway_audit_owner' then return new; end if;
      raise exception 'audit.% is append-only: % refused', tg_table_name, tg_op using errcode = '42501';
    end $$`.execute(db);
  await sql`
    create trigger only_through_append before insert on audit.entry
    for each row execute function audit.refuse()`.execute(db);
  await sql`
    create trigger no_change before update or delete on audit.entry
    for each row execute function audit.refuse()`.execute(db);
  await sql`
    create trigger no_truncate before truncate on audit.entry
    for each statement execute function audit.refuse()`.execute(db);
  for (const trigger of ['only_through_append', 'no_change', 'no_truncate']) {
    await sql`alter table audit.entry enable always trigger ${sql.ref(trigger)}`.execute(db);
  }
}

/**
 * Appends one entry, or returns the stored row that holds its id (dup): the caller acts on what is stored.
 * The indexed columns are read out of the body here, so they cannot say anything else.
 * One writer at a time: seq is contiguous, and recorded_at never goes back even if the clock does.
 */
async function createAppend(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit.append(p_body text)
    returns table (seq bigint, recorded_at timestamptz, body text, chain_hash bytea, dup boolean)
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp as $$
    #variable_conflict use_column
    declare
      v record;
      v_last record;
      v_leaf bytea := sha256(decode('00', 'hex') || convert_to(p_body, 'UTF8'));
    begin
      select * into v from json_to_record(p_body::json)
        as f(entry_id uuid, pr_number bigint, event text, trace_id text);

      return query select e.seq, e.recorded_at, e.body, e.chain_hash, true from audit.entry e where e.entry_id = v.entry_id;
      if found then return; end if;

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
      return query select e.seq, e.recorded_at, e.body, e.chain_hash, true from audit.entry e where e.entry_id = v.entry_id;
      if found then return; end if;

      select e.seq, e.chain_hash, e.recorded_at into v_last from audit.entry e order by e.seq desc limit 1;
      if not found then
        select -1::bigint as seq, sha256(convert_to('slipway audit genesis v1', 'UTF8')) as chain_hash,
          '-infinity'::timestamptz as recorded_at into v_last;
      end if;
      recorded_at := greatest(date_trunc('milliseconds', clock_timestamp()), v_last.recorded_at);
      seq := v_last.seq + 1;
      body := p_body;
      chain_hash := audit.chain(v_last.chain_hash, v_leaf, seq, recorded_at);
      dup := false;
      insert into audit.entry
        (seq, entry_id, recorded_at, pr_number, event, trace_id, body, leaf_hash, prev_hash, chain_hash)
      values
        (seq, v.entry_id, recorded_at, v.pr_number, v.event, v.trace_id, p_body, v_leaf, v_last.chain_hash, chain_hash);
      return next;
    end $$`.execute(db);
  await sql`revoke all on all functions in schema audit from public`.execute(db);
}

/**
 * The guards stand in a schema of their own: inside `audit`, DROP SCHEMA audit CASCADE would take them along and succeed.
 * They look at what is left after a command rather than only at its name: renames and moves give themselves away so.
 * Rules, triggers and policies have no schema of their own: their identity reads "name on audit.entry".
 * src/store/audit-guards.ts creates the event triggers over these functions and keeps them on.
 */
async function createGuardFunctions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit_guard.refuse_ddl() returns event_trigger
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
      ) or 3 <> (
        select count(*) from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname = 'audit' and f.proname in ('append', 'chain', 'refuse')
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
  await sql`
    create function audit_guard.refuse_drop() returns event_trigger
    language plpgsql set search_path = pg_catalog as $$
    declare
      dropped record;
    begin
      for dropped in select * from pg_event_trigger_dropped_objects() loop
        if dropped.schema_name in ('audit', 'audit_guard')
          or dropped.object_identity ~ '(^| on )(audit|audit_guard)(\\.|$)' then
          raise exception 'DROP in the audit log refused: %', dropped.object_identity using errcode = '42501';
        end if;
      end loop;
    end $$`.execute(db);
  await sql`revoke all on all functions in schema audit_guard from public`.execute(db);
}
