import type { Kysely } from 'kysely';
import { readSlots } from '../agents/read-slots.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import { StoreDown } from '../errors.ts';
import { readControls } from '../fleet/read-controls.ts';
import { readReplicas } from '../fleet/read-replicas.ts';
import { unservedQueues } from '../fleet/replica.ts';
import { RunId } from '../ids.ts';
import { mayDecide } from '../policy/people.ts';
import { askRedis } from '../queues/ask-redis.ts';
import type { Queues } from '../queues/connections.ts';
import { readQueueState } from '../queues/queue-state.ts';
import { readLease } from '../store/leases.ts';
import type { Database, Run } from '../store/tables.ts';
import { readCanaryQuestions } from './canary-questions.ts';
import { readFlowFront } from './flow-front.ts';
import { readApprovalRules } from './read-approval-rules.ts';
import { openRecord } from './record.ts';
import { standingApprovals } from './standing-approvals.ts';
import type { LeasePlace, OpenQuestion, WaitFacts } from './why-waiting.decide.ts';

export interface WaitDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
}

/** Looks; changes nothing. @throws {StoreDown} for PostgreSQL only: Redis out of reach is one of the answers. */
export async function readWaitFacts(deps: WaitDeps, run: Run, now: Date): Promise<WaitFacts> {
  const nothing = { question: null, lease: null, redis: null, unserved: [], pauses: new Map(), freeze: null };
  const none = { taken: 0, cap: null };
  if (run.status === 'finished') return { run, ...nothing, slots: none, now };
  const [question, lease, redis, replicas, controls, slots] = await Promise.all([
    readQuestion(deps, run),
    readPlace(deps, run),
    readRedis(deps.queues, run),
    readReplicas(deps.db),
    readControls(deps.db),
    readSlots(deps.db),
  ]);
  const { pauses, freezes } = controls;
  const freeze = freezes.get(null) ?? freezes.get(run.service) ?? null;
  return { run, question, lease, redis, unserved: unservedQueues(replicas), pauses, freeze, slots, now };
}

async function readQuestion({ db, audit, config }: WaitDeps, run: Run): Promise<OpenQuestion | null> {
  const row = await db
    .selectFrom('slipway.escalations')
    .select(['stage', 'question', 'opened_at', 'deadline_at', 'approvals_needed'])
    .where('run_id', '=', run.id)
    .where('decided_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  const record = openRecord(audit, run);
  const rules = await readApprovalRules(db, config, record, run);
  const { excluded } = rules;
  const entries = await record.list();
  const approved = standingApprovals(entries, row.stage, rules, row.question).standing;
  const about = row.stage === 'canary' ? readCanaryQuestions(entries).find(({ n }) => n === row.question) : undefined;
  const may = (person: string) => mayDecide({ person, excluded, alreadyApproved: approved }).kind === 'ok';
  return {
    canary: about === undefined ? null : { kind: about.kind, toPct: about.toPct },
    openedAt: row.opened_at,
    deadlineAt: row.deadline_at,
    needed: Math.max(row.approvals_needed, rules.needed),
    approved,
    mayDecide: Object.keys(config.people).filter(may),
  };
}

async function readPlace({ db }: WaitDeps, run: Run): Promise<LeasePlace | null> {
  const row = await db
    .selectFrom('slipway.lease_requests')
    .select(['name', 'requested_at'])
    .where('run_id', '=', run.id)
    .orderBy('id')
    .executeTakeFirst();
  if (row === undefined) return null;
  const lease = await readLease(db, row.name);
  const ahead = Math.max(0, lease?.waiting.indexOf(run.id) ?? 0);
  return { name: row.name, holder: lease?.holder ?? null, ahead, since: row.requested_at };
}

async function readRedis(queues: Queues, run: Run): Promise<WaitFacts['redis']> {
  try {
    return await askRedis(queues, () => lookAtRedis(queues, run));
  } catch (error) {
    if (error instanceof StoreDown && error.store === 'redis') return null;
    throw error;
  }
}

async function lookAtRedis(queues: Queues, run: Run): Promise<WaitFacts['redis']> {
  const front = await readFlowFront(queues, RunId.parse(run.id));
  const names = [...new Set(front.map((job) => job.queue))];
  const states = await Promise.all(
    names.map(async (name) => [name, await readQueueState(queues.byName[name])] as const),
  );
  return { front, queues: Object.fromEntries(states) };
}
