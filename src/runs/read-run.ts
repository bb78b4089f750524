import type { Kysely, Updateable } from 'kysely';
import type { RunId } from '../ids.ts';
import { batched } from '../store/batched.ts';
import { runSql } from '../store/run-sql.ts';
import type { Database, Run, RunsTable } from '../store/tables.ts';

export function readRun(db: Kysely<Database>, id: RunId): Promise<Run | null> {
  return readOne(db, id);
}

const READ = 'select * from slipway.runs where id = any($1::text[])';

const readOne = batched<Kysely<Database>, Run | null>(async (db, ids) => {
  const rows = await runSql<Run>(db, READ, [[...new Set(ids)]]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
});

/** What a run's change was merged into, and what came of it. */
export type RunMerge = Pick<RunsTable, 'target_sha' | 'base_sha' | 'merge_sha' | 'artifact'>;

/** What steps change of a run's row while it lives. */
export interface Projection
  extends Pick<
    Updateable<RunsTable>,
    'status' | 'waiting_for' | 'target_sha' | 'base_sha' | 'merge_sha' | 'artifact' | 'risk_score' | 'route'
  > {
  /** Set only where there is none: a canary may have remade it since, and who was overtaken must not put it back. */
  readonly first_merge?: RunMerge;
}

/** Updates the projection that lists and pages show. Decisions are never read from it. */
export async function updateRun(db: Kysely<Database>, id: string, set: Projection): Promise<void> {
  await updateOne(db, JSON.stringify({ id, set }));
}

const UPDATE = `
  with patch as materialized (
    select p.id, p.set from json_to_recordset($1::json) as p(id text, set jsonb) order by p.id
  ), held as materialized (
    select r.id from patch p, lateral (select r.id from slipway.runs r where r.id = p.id for no key update) as r
  )
  update slipway.runs r set
    status = case when p.set ? 'status' then p.set ->> 'status' else r.status end,
    waiting_for = case when p.set ? 'waiting_for' then p.set ->> 'waiting_for' else r.waiting_for end,
    target_sha = case when p.set ? 'target_sha' then p.set ->> 'target_sha'
      when r.merge_sha is null then coalesce(p.set #>> '{first_merge,target_sha}', r.target_sha) else r.target_sha end,
    base_sha = case when p.set ? 'base_sha' then p.set ->> 'base_sha'
      when r.merge_sha is null then coalesce(p.set #>> '{first_merge,base_sha}', r.base_sha) else r.base_sha end,
    merge_sha = case when p.set ? 'merge_sha' then p.set ->> 'merge_sha'
      when r.merge_sha is null then coalesce(p.set #>> '{first_merge,merge_sha}', r.merge_sha) else r.merge_sha end,
    artifact = case when p.set ? 'artifact' then p.set ->> 'artifact'
      when r.merge_sha is null then coalesce(p.set #>> '{first_merge,artifact}', r.artifact) else r.artifact end,
    risk_score = case when p.set ? 'risk_score' then (p.set ->> 'risk_score')::float8 else r.risk_score end,
    route = case when p.set ? 'route' then p.set ->> 'route' else r.route end
  from patch p join held h on h.id = p.id
  where r.id = any(array(select id from held)) and r.id = p.id and r.status is distinct from 'finished'`;

const updateOne = batched<Kysely<Database>, true>(async (db, items) => {
  // The same run twice: the later one on top of the earlier, as if they came one after the other. By id, so that two
  // processes never wait for each other's rows.
  const merged = new Map<string, Projection>();
  for (const { id, set } of items.map((item): { id: string; set: Projection } => JSON.parse(item)))
    merged.set(id, { ...merged.get(id), ...set });
  const patches = [...merged].map(([id, set]) => ({ id, set })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await runSql(db, UPDATE, [JSON.stringify(patches)]);
  return items.map(() => true as const);
});
