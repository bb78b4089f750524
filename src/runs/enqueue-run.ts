import { type Kysely, sql } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import type { Config } from '../config/config.ts';
import { crashPoint } from '../crash-point.ts';
import { InputError, TransientFailure } from '../errors.ts';
import { planReleaseFlow } from '../flows/release-flow.ts';
import { toFlowJob } from '../flows/to-flow-job.ts';
import { newRunId, RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { ensureBlob } from '../store/blobs.ts';
import { perDatabase } from '../store/per-database.ts';
import type { Database, Run } from '../store/tables.ts';
import type { Caller } from './caller.ts';
import { decideHead, isLive } from './enqueue.decide.ts';
import { oweFollowUp } from './follow-up.ts';
import { bringRunForward } from './front-run.ts';
import { isLaterHead, NOT_YET } from './later-head.ts';
import { readRun } from './read-run.ts';
import { openRecord } from './record.ts';
import { recordClaim } from './record-claim.ts';
import type { EnqueueRequest, EnqueueResult } from './run-desk.ts';
import { isContained, settleRivals, supersede } from './settle-rivals.ts';

export interface EnqueueDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
  /** Only asked when another head of the same PR has a live run. */
  readonly repository: Pick<ChangeRepository, 'isAncestor'>;
  readonly log: Logger;
}

/** Concurrent requests take each other's attempt numbers only so often. */
const INSERT_TRIES = 5;

/**
 * The row is unique per (repo, PR, head, attempt), so a repeated request finds its run. The order is row, entry, flow,
 * rivals: after a crash in between, a repeated request or the sweeper does the rest.
 */
export async function enqueueRun(deps: EnqueueDeps, request: EnqueueRequest, caller: Caller): Promise<EnqueueResult> {
  assertEmergency(request, caller);
  const service = chooseService(deps.config, request);
  const headAt = request.head_at === undefined ? null : new Date(request.head_at);
  for (let tries = 0; tries < INSERT_TRIES; tries++) {
    const { own, others, nextAttempt } = await readPull(deps.db, request);
    const decision = decideHead({ headAt, again: request.again, own, others });
    const rivals = others.filter(isLive);
    if (decision.kind === 'old_word')
      return { kind: 'older_head', current: await followSuperseded(deps.db, decision.current) };
    if (decision.kind === 'known' || decision.kind === 'back') assertSameUrgency(request, decision.own);
    if (decision.kind === 'known') {
      if (decision.own.status !== 'finished') await recordClaim(deps, decision.own, request, caller);
      const answer = await answerExisting(deps, decision.own, headAt);
      if (answer === null) continue;
      return answer;
    }
    if (decision.kind === 'back' && (await isReleased(deps, decision.own))) {
      for (const rival of rivals) await supersede(deps, rival, decision.own);
      return { kind: 'exists', run: decision.own };
    }
    for (const rival of rivals) {
      const told = isLaterHead(rival, { head_at: headAt, created_at: NOT_YET });
      if (told ?? (await isContained(deps, service, request.head_sha, rival.head_sha)))
        return { kind: 'older_head', current: rival };
    }
    const run = await insertRun(deps, request, service, nextAttempt, caller);
    if (run === null) continue;
    crashPoint('enqueue:after-row');
    await startRun(deps, run, caller);
    const newer = await settleRivals(deps, run);
    return newer === null ? { kind: 'created', run } : { kind: 'older_head', current: newer };
  }
  throw new TransientFailure(
    'ENQUEUE_BUSY',
    `${request.repo}#${request.pr_number} is being enqueued by too many at once`,
  );
}

/**
 * A repeated request also ends what the first one left undone when it died. Null where another request stopped the run before it
 * could know that the forge names this head again: then all is to be looked at anew.
 */
async function answerExisting(deps: EnqueueDeps, own: Run, headAt: Date | null): Promise<EnqueueResult | null> {
  if (isLive(own)) {
    const told = await noteHeadTime(deps.db, own, headAt);
    const newer = await settleRivals(deps, told);
    if (newer !== null) return { kind: 'older_head', current: newer };
    const stopped = told !== own && (await readRun(deps.db, RunId.parse(own.id)))?.stop_kind === 'superseded';
    return stopped ? null : { kind: 'exists', run: told };
  }
  const current = await followSuperseded(deps.db, own);
  return current.id === own.id ? { kind: 'exists', run: own } : { kind: 'older_head', current };
}

/** Keeps the latest time at which the forge named the head of a live run. */
async function noteHeadTime(db: Kysely<Database>, own: Run, headAt: Date | null): Promise<Run> {
  if (headAt === null || (own.head_at !== null && own.head_at >= headAt)) return own;
  await db
    .updateTable('slipway.runs')
    .set({ head_at: sql<Date>`greatest(head_at, ${headAt})` })
    .where('id', '=', own.id)
    .execute();
  return { ...own, head_at: headAt };
}

/** In production, or on its way there: that is not undone by a stop, and must not be done twice. */
async function isReleased({ audit }: EnqueueDeps, own: Run): Promise<boolean> {
  if (own.status === 'finished') return own.outcome === 'deployed';
  return (await openRecord(audit, own).find('canary', 'promote', 'promotion.intended')) !== null;
}

/** Writes run_enqueued and adds the flow. Safe to repeat: the sweeper calls it for runs whose flow is missing. */
export async function startRun(
  deps: Pick<EnqueueDeps, 'db' | 'audit' | 'queues' | 'config'>,
  run: Run,
  caller: Pick<Caller, 'name' | 'person'>,
): Promise<void> {
  if (run.policy_hash === deps.config.policy_hash) await keepPolicy(deps);
  await openRecord(deps.audit, run).append({
    stage: 'enqueue',
    step: 'run',
    event: 'run_enqueued',
    actor: caller.person === null ? { kind: 'system', id: caller.name } : { kind: 'human', id: caller.person },
    rationale: `${run.repo}#${run.pr_number} at ${run.head_sha} was enqueued for ${run.service}`,
    outcome: 'queued',
    payload: {
      title: run.title,
      head_at: run.head_at?.toISOString() ?? null,
      attempt: run.attempt,
      compliance_framework: deps.config.audit.compliance_framework,
      emergency: run.emergency_reason,
      emergency_by: run.emergency_by,
    },
  });
  crashPoint('enqueue:after-entry');
  await oweFollowUp(deps.db, run);
  const id = RunId.parse(run.id);
  await deps.queues.flows.add(toFlowJob(planReleaseFlow(id)));
  // A flow that was made anew has its place in line again.
  if (run.front_at !== null) await bringRunForward(deps.queues, id);
  crashPoint('enqueue:after-flow');
}

/** Somebody must stand behind an emergency: a machine cannot call one. */
function assertEmergency(request: EnqueueRequest, caller: Caller): void {
  if (request.emergency === undefined || caller.person !== null) return;
  const problem = 'needs a token that acts for a person: a machine cannot call an emergency';
  throw new InputError([{ field: 'emergency', problem, fix: 'slipway token create --person …' }], 403);
}

/** A run cannot become an emergency under way, and who calls one must not believe that it has. */
function assertSameUrgency(request: EnqueueRequest, existing: Run): void {
  if (request.emergency === undefined || existing.emergency_reason !== null) return;
  const finished = existing.status === 'finished';
  const problem = `${existing.id} of this head ${finished ? 'is finished' : 'is under way'}, and was called no emergency`;
  const fix = finished
    ? 'ask for another run: --again'
    : `slipway cancel ${existing.id}, then ask for another run: --again`;
  throw new InputError([{ field: 'emergency', problem, fix }], 409);
}

/** The same text for every run of this process: once it is written it is known to be there, for a minute. */
async function keepPolicy({ db, config }: Pick<EnqueueDeps, 'db' | 'config'>): Promise<void> {
  const kept = keptPolicies(db);
  if (performance.now() - (kept.get(config.policy_hash) ?? Number.NEGATIVE_INFINITY) < POLICY_KEPT_MS) return;
  await ensureBlob(db, config.policy_text, 'application/json');
  kept.set(config.policy_hash, performance.now());
}

const POLICY_KEPT_MS = 60_000;
const keptPolicies = perDatabase(() => new Map<string, number>());

function chooseService(config: Config, request: EnqueueRequest): string {
  const names = Object.entries(config.services)
    .filter(([, service]) => service.repo === request.repo)
    .map(([name]) => name);
  if (names.length === 0) {
    throw new InputError(
      [
        {
          field: 'repo',
          problem: `no service is built from ${request.repo}`,
          fix: 'add it to services in slipway.yaml',
        },
      ],
      422,
    );
  }
  if (request.service !== undefined) {
    if (names.includes(request.service)) return request.service;
    throw new InputError(
      [
        {
          field: 'service',
          problem: `${request.repo} has no service ${request.service}`,
          fix: `use one of: ${names.join(', ')}`,
        },
      ],
      422,
    );
  }
  const [only, second] = names;
  if (only === undefined || second !== undefined) {
    throw new InputError(
      [
        {
          field: 'service',
          problem: `${request.repo} holds several services`,
          fix: `name one of: ${names.join(', ')}`,
        },
      ],
      422,
    );
  }
  return only;
}

/**
 * The pull request's runs as the request sees them (a dry run and a real run do not answer for each other), and the number of the
 * head's next one. Read as one, so that of two requests for another run only one gets the number.
 */
async function readPull(
  db: Kysely<Database>,
  request: EnqueueRequest,
): Promise<{ own: Run | undefined; others: Run[]; nextAttempt: number }> {
  const all = await db
    .selectFrom('slipway.runs')
    .selectAll()
    .where('repo', '=', request.repo)
    .where('pr_number', '=', request.pr_number)
    .orderBy('attempt', 'desc')
    .orderBy('created_at', 'desc')
    .execute();
  const runs = all.filter((run) => run.dry_run === request.dry_run);
  return {
    own: runs.find((run) => run.head_sha === request.head_sha),
    others: runs.filter((run) => run.head_sha !== request.head_sha),
    nextAttempt: (all.find((run) => run.head_sha === request.head_sha)?.attempt ?? 0) + 1,
  };
}

/** The run that stands at the end of the line of newer heads. */
async function followSuperseded(db: Kysely<Database>, old: Run): Promise<Run> {
  const seen = new Set([old.id]);
  for (let run = old; ; ) {
    if (run.superseded_by === null || seen.has(run.superseded_by)) return run;
    const newer = await db
      .selectFrom('slipway.runs')
      .selectAll()
      .where('id', '=', run.superseded_by)
      .executeTakeFirst();
    if (newer === undefined) return run;
    seen.add(newer.id);
    run = newer;
  }
}

/** Null when somebody else took the attempt's number meanwhile. */
async function insertRun(
  deps: EnqueueDeps,
  request: EnqueueRequest,
  service: string,
  attempt: number,
  caller: Caller,
): Promise<Run | null> {
  const inserted = await deps.db
    .insertInto('slipway.runs')
    .values({
      id: newRunId(),
      repo: request.repo,
      service,
      pr_number: request.pr_number,
      head_sha: request.head_sha,
      attempt,
      title: request.title,
      author: request.author,
      pusher: request.pusher ?? null,
      emergency_reason: request.emergency ?? null,
      emergency_by: request.emergency === undefined ? null : caller.person,
      dry_run: request.dry_run,
      head_at: request.head_at === undefined ? null : new Date(request.head_at),
      profile: deps.config.profile,
      policy_hash: deps.config.policy_hash,
      stage: 'review',
      status: 'queued',
      created_at: sql<Date>`date_trunc('milliseconds', clock_timestamp())`,
    })
    .onConflict((c) => c.columns(['repo', 'pr_number', 'head_sha', 'attempt']).doNothing())
    .returningAll()
    .executeTakeFirst();
  return inserted ?? null;
}
