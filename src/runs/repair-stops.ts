import { sql } from 'kysely';
import { StoreDown } from '../errors.ts';
import { RunId } from '../ids.ts';
import { isLaterHead } from './later-head.ts';
import { readRun } from './read-run.ts';
import type { SweepDeps } from './run-deps.ts';
import { supersede } from './settle-rivals.ts';
import { stopRun } from './stop-run.ts';

/** Longer than two heads enqueued at the same moment need to settle between themselves. */
const RIVALS_SETTLED_MS = 30_000;
const ENTRIES_AT_ONCE = 2_000;

/** A run that was to be stopped; `newer`: by this head of its pull request, null = by an order on the record. */
interface Overdue {
  readonly older: string;
  readonly newer: string | null;
}

/**
 * Orders that stand on the record but not on the run, and older heads that a dead enqueue never superseded. By then
 * the order of the rows is the order of the heads, unless the forge says otherwise: an older head is refused at the door.
 *
 * Both begin with an entry, and the record is written by one at a time: who sees an entry sees all before it. So each is
 * read once, and what a sweep costs goes with what was appended since the last one, not with the runs that live. Behind a
 * repair that failed the next sweep begins again.
 */
export async function repairStops(deps: SweepDeps, now: Date): Promise<void> {
  await readOn(deps, 'orders_to', now, readOrders);
  await readOn(deps, 'rivals_to', new Date(now.getTime() - RIVALS_SETTLED_MS), readRivals);
}

/** Reads the record from where the column says up to `until`, a page at a time, and carries out what `find` finds there. */
async function readOn(
  deps: SweepDeps,
  column: 'orders_to' | 'rivals_to',
  until: Date,
  find: (deps: SweepDeps, after: string, to: string) => Promise<readonly Overdue[]>,
): Promise<void> {
  const { rows } = await sql<{ after: string }>`select ${sql.ref(column)} as after from slipway.stop_scan`.execute(
    deps.db,
  );
  let after = rows[0]?.after;
  if (after === undefined) throw new Error('slipway.stop_scan has no row: restore it from the migration 0031');
  for (let whole = true; ; ) {
    const page = await readPage(deps, after, until);
    if (page.last === null) return;
    for (const overdue of await find(deps, after, page.last)) whole = (await tryToStop(deps, overdue)) && whole;
    after = page.last;
    // Of two sweepers at once neither takes the other back.
    if (whole)
      await sql`
        update slipway.stop_scan set ${sql.ref(column)} = greatest(${sql.ref(column)}, ${after}::bigint)`.execute(
        deps.db,
      );
    if (page.n < ENTRIES_AT_ONCE) return;
  }
}

async function readPage({ db }: SweepDeps, after: string, until: Date): Promise<{ last: string | null; n: number }> {
  const { rows } = await sql<{ last: string | null; n: number }>`
    select max(page.seq)::text as last, count(*)::int as n from (
      select e.seq, e.recorded_at from audit.entry e where e.seq > ${after}::bigint order by e.seq limit ${ENTRIES_AT_ONCE}
    ) as page where page.recorded_at < ${until}`.execute(db);
  return rows[0] ?? { last: null, n: 0 };
}

async function readOrders({ db }: SweepDeps, after: string, to: string): Promise<readonly Overdue[]> {
  const { rows } = await sql<Overdue>`
    select r.id as older, null as newer from audit.entry e, lateral (
      select r.id, r.status, r.stop_kind from slipway.runs r where r.id = e.trace_id offset 0
    ) as r
    where e.seq > ${after}::bigint and e.seq <= ${to}::bigint and e.event = 'stop_requested'
      and r.status <> 'finished' and r.stop_kind is null`.execute(db);
  return rows;
}

/** A live run and one of another head of its pull request that was created after it. */
interface Rivals {
  readonly first: string;
  readonly first_created_at: Date;
  readonly first_head_at: Date | null;
  readonly second: string;
  readonly second_created_at: Date;
  readonly second_head_at: Date | null;
  readonly second_lives: boolean;
}

/** Each with the newest head that is there instead of it. */
async function readRivals({ db }: SweepDeps, after: string, to: string): Promise<readonly Overdue[]> {
  const { rows } = await sql<Rivals>`
    select r.id as first, r.created_at as first_created_at, r.head_at as first_head_at,
      n.id as second, n.created_at as second_created_at, n.head_at as second_head_at,
      n.status <> 'finished' and n.stop_kind is null as second_lives
    from audit.entry e, lateral (
      select n.* from slipway.runs n where n.id = e.trace_id offset 0
    ) as n, lateral (
      select r.* from slipway.runs r where r.repo = n.repo and r.pr_number = n.pr_number offset 0
    ) as r
    where e.seq > ${after}::bigint and e.seq <= ${to}::bigint and e.event = 'run_enqueued'
      and n.stop_kind is distinct from 'superseded' and r.dry_run = n.dry_run and r.head_sha <> n.head_sha
      and r.created_at < n.created_at and r.status <> 'finished' and r.stop_kind is null
    order by n.created_at desc`.execute(db);
  const overdue = rows.flatMap(whichIsOlder);
  return overdue.filter(({ older }, n) => overdue.findIndex((earlier) => earlier.older === older) === n);
}

/** As at the door: by the word of the forge, else the one that was enqueued last is the newer head. */
function whichIsOlder(rivals: Rivals): Overdue[] {
  const { first, second, second_lives } = rivals;
  const isFirstLater = isLaterHead(
    { head_at: rivals.first_head_at, created_at: rivals.first_created_at },
    { head_at: rivals.second_head_at, created_at: rivals.second_created_at },
  );
  if (isFirstLater !== true) return [{ older: first, newer: second }];
  return second_lives ? [{ older: second, newer: first }] : [];
}

/** False where it could not be stopped, which must not keep the rest from it; a store that is away ends the sweep. */
async function tryToStop(deps: SweepDeps, overdue: Overdue): Promise<boolean> {
  try {
    await stopOverdue(deps, overdue);
    return true;
  } catch (error) {
    if (error instanceof StoreDown) throw error;
    deps.log.error({ err: error, overdue }, 'a run that was to be stopped could not be, the next sweep tries again');
    return false;
  }
}

async function stopOverdue(deps: SweepDeps, { older, newer }: Overdue): Promise<void> {
  const run = await readRun(deps.db, RunId.parse(older));
  const by = newer === null ? null : await readRun(deps.db, RunId.parse(newer));
  if (run === null) return;
  deps.log.warn({ run: run.id, newer }, 'a run was to be stopped and was not');
  if (by !== null) return supersede(deps, run, by);
  // The key is taken by the order that was given, so this repeats that one.
  await stopRun(deps, run, {
    kind: 'cancelled',
    reason: 'a recorded order is carried out',
    by: { kind: 'system', id: 'slipway' },
    supersededBy: null,
  });
}
