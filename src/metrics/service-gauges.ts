import { type Kysely, sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../store/tables.ts';

/** Whose target branches are compared with the record, and how often. */
export interface ComparedBranches {
  readonly services: readonly string[];
  readonly everyHours: number;
}

/** What people must see to, by service: a canary that waits for them, a target branch that does not start or that nobody compares, and emergencies that nobody reviewed. */
export function makeServiceGauges(
  registry: Registry,
  db: Kysely<Database>,
  branches: ComparedBranches,
): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
  const waits = new Gauge({
    name: 'slipway_canary_question_wait_seconds',
    help: 'How long a canary has waited for people to decide, by service; 0 while none does. It keeps its traffic meanwhile.',
    labelNames: ['service'],
    registers,
  });
  const broken = new Gauge({
    name: 'slipway_target_branch_broken',
    help: '1 for a service whose target branch did not become healthy when it was last staged beside a change, and through which nothing went since; else 0.',
    labelNames: ['service'],
    registers,
  });
  const overdue = new Gauge({
    name: 'slipway_emergency_reviews_overdue',
    help: 'Emergencies that went to production and were not reviewed within 48 hours, by service.',
    labelNames: ['service'],
    registers,
  });
  const compared = new Gauge({
    name: 'slipway_branch_compared_age_seconds',
    help: 'How long ago the target branch of a service was last compared with the record.',
    labelNames: ['service'],
    registers,
  });
  const interval = new Gauge({
    name: 'slipway_branch_compare_interval_seconds',
    help: 'How often the target branch of a service is to be compared with the record.',
    labelNames: ['service'],
    registers,
  });
  const gauges = [waits, broken, overdue, compared, interval];
  return {
    async read() {
      const [questions, unhealthy, late, ages] = await Promise.all([
        readQuestions(db),
        readBroken(db),
        readOverdue(db),
        readCompared(db),
      ]);
      for (const gauge of gauges) gauge.reset();
      for (const { service, age } of ages) {
        // One that was taken out of the configuration is compared no more, and nobody is to be told so for ever.
        if (!branches.services.includes(service)) continue;
        compared.set({ service }, age);
        interval.set({ service }, branches.everyHours * 3_600);
      }
      for (const { service, waited } of questions) {
        waits.set({ service }, waited);
        broken.set({ service }, unhealthy.has(service) ? 1 : 0);
        overdue.set({ service }, late.get(service) ?? 0);
      }
    },
    reset() {
      for (const gauge of gauges) gauge.reset();
    },
  };
}

async function readOverdue(db: Kysely<Database>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ service: string; n: number }>`
    select r.service, count(*)::int as n from slipway.follow_ups due join slipway.runs r on r.id = due.run_id
    where due.closed_at is null and due.due_at <= clock_timestamp() and r.outcome in ('deployed', 'rolled_back')
    group by 1`.execute(db);
  return new Map(rows.map(({ service, n }) => [service, n]));
}

async function readCompared(db: Kysely<Database>): Promise<{ service: string; age: number }[]> {
  const { rows } = await sql<{ service: string; age: number }>`
    select service, extract(epoch from clock_timestamp() - checked_at)::float8 as age
    from slipway.branch_watch`.execute(db);
  return rows;
}

/** Of every service that ever had a run. */
async function readQuestions(db: Kysely<Database>): Promise<{ service: string; waited: number }[]> {
  const { rows } = await sql<{ service: string; waited: number }>`
    select r.service, coalesce(max(extract(epoch from clock_timestamp() - q.opened_at)), 0)::float8 as waited
    from slipway.runs r left join slipway.escalations q
      on q.run_id = r.id and q.stage = 'canary' and q.decided_at is null and r.status <> 'finished' and not r.dry_run
    group by 1`.execute(db);
  return rows;
}

/**
 * Staging finds it where neither the branch nor the change starts, which ends the run, and where only the change does, which
 * a person decides. It is over once a change is deployed, or one got as far as a canary that nobody was asked about for it.
 */
async function readBroken(db: Kysely<Database>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ service: string }>`
    with found as (
      select id as run_id, service, finished_at as at from slipway.runs
      where outcome = 'blocked' and outcome_reason = 'base_unhealthy' and not dry_run
      union all
      select r.id, r.service, q.opened_at from slipway.escalations q join slipway.runs r on r.id = q.run_id
      where q.stage = 'staging' and q.reasons::jsonb ? 'base_unhealthy' and not r.dry_run
    ), newest as (select service, max(at) as at from found group by 1)
    select service from newest
    where not exists (
        select from slipway.runs d
        where d.service = newest.service and d.outcome = 'deployed' and d.finished_at > newest.at)
      and not exists (
        select from slipway.stage_spans s join slipway.runs c on c.id = s.run_id
        where c.service = newest.service and s.stage = 'canary' and s.started_at > newest.at
          and not exists (select from found where found.run_id = c.id))`.execute(db);
  return new Set(rows.map(({ service }) => service));
}
