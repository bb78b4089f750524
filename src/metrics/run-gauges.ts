import { type Kysely, sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import { WAITS } from '../runs/wait-words.ts';
import type { Database } from '../store/tables.ts';

/** Why runs wait, in few words: the labels must not grow with what is written on a run. */
const REASONS = ['person', 'agent', 'lease', 'tick', 'checkpoint', 'held', 'other', 'none'] as const;

/** What PostgreSQL says of the runs that are not finished. Dry runs count: they stand in the same lines. */
export function makeRunGauges(registry: Registry, db: Kysely<Database>): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
  const live = new Gauge({
    name: 'slipway_runs_live',
    help: 'Runs that are not finished, by stage and status.',
    labelNames: ['stage', 'status'],
    registers,
  });
  const waiting = new Gauge({
    name: 'slipway_runs_waiting',
    help: 'Runs that are not finished, by what they wait for; none = they are queued or a step runs.',
    labelNames: ['reason'],
    registers,
  });
  const idle = new Gauge({
    name: 'slipway_runs_idle_seconds',
    help: 'The longest time since the last entry on the record of a run that is not finished, by what it waits for.',
    labelNames: ['reason'],
    registers,
  });
  const oldest = new Gauge({
    name: 'slipway_runs_oldest_age_seconds',
    help: 'Age of the oldest run that is not finished; 0 when none is.',
    registers,
  });
  const line = new Gauge({
    name: 'slipway_lease_waiting',
    help: 'Runs that stand in line for a lease, by stage.',
    labelNames: ['stage'],
    registers,
  });
  const longest = new Gauge({
    name: 'slipway_lease_longest_wait_seconds',
    help: 'How long the first in line for a lease has waited, by stage; 0 when none does.',
    labelNames: ['stage'],
    registers,
  });
  const deadline = new Gauge({
    name: 'slipway_question_next_deadline_seconds',
    help: 'Time until the next open question to a person expires; absent when none is open.',
    registers,
  });

  async function read(): Promise<void> {
    const [counts, waits, lines, [next]] = await Promise.all([
      db
        .selectFrom('slipway.runs')
        .select(({ fn }) => ['stage', 'status', fn.countAll<string>().as('n')])
        .where('status', '!=', 'finished')
        .groupBy(['stage', 'status'])
        .execute(),
      readWaits(db),
      readLines(db),
      readNextDeadline(db),
    ]);
    live.reset();
    for (const row of counts) live.set({ stage: row.stage, status: row.status }, Number(row.n));
    for (const reason of REASONS) {
      const row = waits.find((wait) => wait.reason === reason);
      waiting.set({ reason }, row?.runs ?? 0);
      idle.set({ reason }, row?.idle ?? 0);
    }
    oldest.set(Math.max(0, ...waits.map((wait) => wait.oldest)));
    for (const stage of ['staging', 'canary'] as const) {
      const row = lines.find((found) => found.stage === stage);
      line.set({ stage }, row?.runs ?? 0);
      longest.set({ stage }, row?.longest ?? 0);
    }
    if (next?.seconds == null) deadline.remove();
    else deadline.set(next.seconds);
  }

  return {
    read,
    reset() {
      for (const gauge of [live, waiting, idle, oldest, line, longest, deadline]) gauge.reset();
      for (const gauge of [oldest, deadline]) gauge.remove();
    },
  };
}

interface WaitRow {
  readonly reason: (typeof REASONS)[number];
  readonly runs: number;
  readonly idle: number;
  readonly oldest: number;
}

/** A question and a call have rows of their own; the rest is read off the words that a step left on its run. */
async function readWaits(db: Kysely<Database>): Promise<WaitRow[]> {
  const { rows } = await sql<WaitRow>`
    select reason, count(*)::int as runs, max(extract(epoch from clock_timestamp() - last_at))::float8 as idle,
      max(extract(epoch from clock_timestamp() - created_at))::float8 as oldest
    from (
      select r.created_at,
        coalesce((select e.recorded_at from audit.entry e where e.trace_id = r.id order by e.seq desc limit 1), r.created_at)
          as last_at,
        case
          when r.status <> 'waiting' then 'none'
          when exists (select from slipway.escalations q where q.run_id = r.id and q.decided_at is null) then 'person'
          when exists (select from slipway.agent_calls c where c.run_id = r.id and c.status = 'queued') then 'agent'
          when exists (select from slipway.lease_requests l where l.run_id = r.id) then 'lease'
          when r.waiting_for = ${WAITS.tick} then 'tick'
          when r.waiting_for ^@ ${WAITS.checkpoint} then 'checkpoint'
          when r.waiting_for ^@ any(array[${WAITS.freeze}, ${WAITS.pause}, ${WAITS.window}]) then 'held'
          else 'other'
        end as reason
      from slipway.runs r where r.status <> 'finished'
    ) live group by reason`.execute(db);
  return rows;
}

async function readLines(db: Kysely<Database>): Promise<{ stage: string; runs: number; longest: number }[]> {
  const { rows } = await sql<{ stage: string; runs: number; longest: number }>`
    select split_part(l.name, ':', 1) as stage, count(*)::int as runs,
      max(extract(epoch from clock_timestamp() - l.requested_at))::float8 as longest
    from slipway.lease_requests l join slipway.runs r on r.id = l.run_id and r.status <> 'finished'
    group by 1`.execute(db);
  return rows;
}

async function readNextDeadline(db: Kysely<Database>): Promise<{ seconds: number | null }[]> {
  const { rows } = await sql<{ seconds: number | null }>`
    select extract(epoch from min(q.deadline_at) - clock_timestamp())::float8 as seconds
    from slipway.escalations q join slipway.runs r on r.id = q.run_id and r.status <> 'finished'
    where q.decided_at is null`.execute(db);
  return rows;
}
