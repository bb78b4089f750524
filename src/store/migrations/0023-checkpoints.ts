import { type Kysely, sql } from 'kysely';

/**
 * Signed heads of the log, beside the log: append-only like it, written by one function. What makes one worth anything is its
 * signature and a copy elsewhere; this is the copy that is at hand.
 */
export async function checkpoints(db: Kysely<unknown>): Promise<void> {
  await sql`set local role slipway_audit_owner`.execute(db);
  await sql`
    create table audit.checkpoint (
      key_id text not null check (key_id ~ '^[0-9a-f]{8}$'),
      size bigint not null check (size > 0),
      note text not null check (octet_length(note) <= 4000),
      stored_at timestamptz not null default clock_timestamp(),
      primary key (key_id, size)
    )`.execute(db);
  await sql`
    create trigger only_through_function before insert on audit.checkpoint
    for each row execute function audit.refuse()`.execute(db);
  await sql`
    create trigger no_change before update or delete on audit.checkpoint
    for each row execute function audit.refuse()`.execute(db);
  await sql`
    create trigger no_truncate before truncate on audit.checkpoint
    for each statement execute function audit.refuse()`.execute(db);
  for (const trigger of ['only_through_function', 'no_change', 'no_truncate'])
    await sql`alter table audit.checkpoint enable always trigger ${sql.ref(trigger)}`.execute(db);
  // One that covers more than there is would say of a lagging signer that it is up to date.
  await sql`
    create function audit.add_checkpoint(p_size bigint, p_key_id text, p_note text) returns text
    language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp as $$
    declare
      v_note text;
    begin
      if not exists (select from audit.entry e where e.seq = p_size - 1) then
        raise exception 'the log has no entry %', p_size - 1 using errcode = '22023';
      end if;
      insert into audit.checkpoint (key_id, size, note) values (p_key_id, p_size, p_note) on conflict do nothing;
      select c.note into v_note from audit.checkpoint c where c.key_id = p_key_id and c.size = p_size;
      return v_note;
    end $$`.execute(db);
  await sql`revoke all on function audit.add_checkpoint(bigint, text, text) from public`.execute(db);
  await sql`reset role`.execute(db);
}
