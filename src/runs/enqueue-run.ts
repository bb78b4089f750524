import { type Kysely, sql } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import { type Config, resolveService } from '../config/config.ts';
import { InputError } from '../errors.ts';
import { planReleaseFlow } from '../flows/release-flow.ts';
import { toFlowJob } from '../flows/to-flow-job.ts';
import { newRunId, RunId, Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { putBlob } from '../store/blobs.ts';
import type { Database, Run } from '../store/tables.ts';
import { openRecord } from './record.ts';
import type { Caller, EnqueueRequest, EnqueueResult } from './run-desk.ts';
import { stopRun } from './stop-run.ts';

export interface EnqueueDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
  /** Only asked when another head of the same PR has a live run. */
  readonly repository: Pick<ChangeRepository, 'isAncestor'>;
  readonly log: Logger;
}

/**
 * The row is unique per (repo, PR, head, attempt), so a repeated request finds its run. The order is row, entry, flow:
 * a crash in between leaves a row that the sweeper turns into a flow.
 */
export async function enqueueRun(deps: EnqueueDeps, request: EnqueueRequest, caller: Caller): Promise<EnqueueResult> {
  const service = chooseService(deps.config, request);
  const existing = await latestRunOfHead(deps.db, request);
  if (existing && !(request.again && existing.status === 'finished')) {
    return existing.superseded_by === null ? { kind: 'exists', run: existing } : olderHead(deps.db, existing);
  }
  const rivals = await liveRunsOfPr(deps.db, request);
  for (const rival of rivals) {
    if (await isOlder(deps, service, request, rival)) return { kind: 'older_head', current: rival };
  }
  const run = await insertRun(deps, request, service, (existing?.attempt ?? 0) + 1);
  if (run === null) {
    const winner = await latestRunOfHead(deps.db, request);
    if (winner) return { kind: 'exists', run: winner };
    throw new Error('the run vanished between insert and read');
  }
  await startRun(deps, run, caller);
  for (const rival of rivals) {
    await stopRun(deps, rival, {
      kind: 'superseded',
      reason: `head ${request.head_sha} of the same pull request was enqueued`,
      by: { kind: 'system', id: 'slipway' },
      supersededBy: run.id,
    });
  }
  return { kind: 'created', run };
}

/** Writes run_enqueued and adds the flow. Safe to repeat: the sweeper calls it for runs whose flow is missing. */
export async function startRun(deps: Pick<EnqueueDeps, 'db' | 'audit' | 'queues' | 'config'>, run: Run, caller: Pick<Caller, 'name' | 'person'>): Promise<void> {
  if (run.policy_hash === deps.config.policy_hash) await putBlob(deps.db, deps.config.policy_text, 'application/json');
  await openRecord(deps.audit, run).append({
    stage: 'enqueue',
    step: 'run',
    event: 'run_enqueued',
    actor: caller.person === null ? { kind: 'system', id: caller.name } : { kind: 'human', id: caller.person },
    rationale: `${run.repo}#${run.pr_number} at ${run.head_sha} was enqueued for ${run.service}`,
    outcome: 'queued',
    payload: { title: run.title, attempt: run.attempt, compliance_framework: deps.config.audit.compliance_framework },
  });
  await deps.queues.flows.add(toFlowJob(planReleaseFlow(RunId.parse(run.id))));
}

function chooseService(config: Config, request: EnqueueRequest): string {
  const names = Object.entries(config.services)
    .filter(([, service]) => service.repo === request.repo)
    .map(([name]) => name);
  if (names.length === 0) {
    throw new InputError([{ field: 'repo', problem: `no service is built from ${request.repo}`, fix: 'add it to services in slipway.yaml' }], 422);
  }
  if (request.service !== undefined) {
    if (names.includes(request.service)) return request.service;
    throw new InputError([{ field: 'service', problem: `${request.repo} has no service ${request.service}`, fix: `use one of: ${names.join(', ')}` }], 422);
  }
  const [only, second] = names;
  if (only === undefined || second !== undefined) {
    throw new InputError([{ field: 'service', problem: `${request.repo} holds several services`, fix: `name one of: ${names.join(', ')}` }], 422);
  }
  return only;
}

async function latestRunOfHead(db: Kysely<Database>, request: EnqueueRequest): Promise<Run | undefined> {
  return db
    .selectFrom('slipway.runs')
    .selectAll()
    .where('repo', '=', request.repo)
    .where('pr_number', '=', request.pr_number)
    .where('head_sha', '=', request.head_sha)
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function liveRunsOfPr(db: Kysely<Database>, request: EnqueueRequest): Promise<Run[]> {
  return db
    .selectFrom('slipway.runs')
    .selectAll()
    .where('repo', '=', request.repo)
    .where('pr_number', '=', request.pr_number)
    .where('head_sha', '!=', request.head_sha)
    .where('status', '!=', 'finished')
    .where('stop_kind', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
}

async function olderHead(db: Kysely<Database>, old: Run): Promise<EnqueueResult> {
  const newer = await db.selectFrom('slipway.runs').selectAll().where('id', '=', old.superseded_by).executeTakeFirst();
  return newer ? { kind: 'older_head', current: newer } : { kind: 'exists', run: old };
}

/** A head that is contained in the live run's head is older. Where git cannot say, the later request is the newer head. */
async function isOlder(deps: EnqueueDeps, serviceName: string, request: EnqueueRequest, rival: Run): Promise<boolean> {
  const service = resolveService(deps.config, serviceName);
  if (service === undefined) return false;
  try {
    return await deps.repository.isAncestor(service.repository, request.head_sha, Sha.parse(rival.head_sha), AbortSignal.timeout(10_000));
  } catch (error) {
    deps.log.warn({ err: error, repo: request.repo, pr: request.pr_number }, 'could not compare two heads of a pull request');
    return false;
  }
}

async function insertRun(deps: EnqueueDeps, request: EnqueueRequest, service: string, attempt: number): Promise<Run | null> {
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
      dry_run: request.dry_run,
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
