import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChangeRepository, ResolvedChange, Unresolvable } from '../change/change.ts';
import { RunId, Sha } from '../ids.ts';
import { batched } from '../store/batched.ts';
import { runSql } from '../store/run-sql.ts';
import type { Database, Run } from '../store/tables.ts';
import type { Entered } from './enter-stage.ts';
import { mergeRequest } from './hold-merge.ts';

export interface ResolvePorts {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly repository: Pick<ChangeRepository, 'resolve' | 'isAncestor'>;
}

/** A change that cannot be worked on, or that must not be: production holds what its target branch does not. */
export type NotMerged = Unresolvable | { kind: 'unresolvable'; reason: 'production_ahead'; detail: string };

/**
 * Merges the change into the tip of its target branch. Where the last release of the service never reached that branch,
 * the merge would take it out of production again without anybody having decided so: then there is none.
 */
export async function resolveMerge(
  ports: ResolvePorts,
  entered: Pick<Entered, 'run' | 'service'>,
  signal: AbortSignal,
): Promise<({ kind: 'resolved' } & ResolvedChange) | NotMerged> {
  const { service } = entered;
  const change = await ports.repository.resolve(mergeRequest(entered), signal);
  if (change.kind === 'unresolvable') return change;
  const stranded = await readStranded(ports, entered.run.service);
  if (stranded === null) return change;
  if (await ports.repository.isAncestor(service.repository, stranded.head, change.target_sha, signal)) return change;
  return {
    kind: 'unresolvable',
    reason: 'production_ahead',
    detail: `production runs pull request #${stranded.prNumber}, which ${service.target_branch} does not hold: merge ${stranded.head} into ${service.target_branch}, then enqueue this change again`,
  };
}

/** The head of the service's last release, if its merge could not be pushed. */
async function readStranded(
  { db, audit }: Pick<ResolvePorts, 'db' | 'audit'>,
  service: string,
): Promise<{ head: Sha; prNumber: number } | null> {
  const last = await readLast(db, service);
  if (last === null) return null;
  const key = { run_id: RunId.parse(last.id), stage: 'release', step: 'finish', event: 'run_finished', n: 0 } as const;
  const finished = await audit.find(key);
  if (finished?.entry.payload['merge'] !== 'not_pushed') return null;
  return { head: Sha.parse(last.head_sha), prNumber: last.pr_number };
}

type LastRelease = Pick<Run, 'service' | 'id' | 'head_sha' | 'pr_number'>;

const LAST = `
  select last.* from unnest($1::text[]) as s(service), lateral (
    select r.service, r.id, r.head_sha, r.pr_number from slipway.runs r
    where r.service = s.service and r.outcome = 'deployed' and not r.dry_run and r.finished_at is not null
    order by r.finished_at desc limit 1
  ) as last`;

const readLast = batched<Kysely<Database>, LastRelease | null>(async (db, services) => {
  const rows = await runSql<LastRelease>(db, LAST, [[...new Set(services)]]);
  const byService = new Map(rows.map((row) => [row.service, row]));
  return services.map((service) => byService.get(service) ?? null);
});
