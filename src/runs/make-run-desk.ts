import type { Kysely } from 'kysely';
import { usageOfRun } from '../agents/usage.ts';
import type { Recorded } from '../audit/audit-log.ts';
import { actorOf } from '../fleet/make-fleet-desk.ts';
import { Digest, RunId } from '../ids.ts';
import { isOverride } from '../policy/approval-rules.ts';
import { getJsonBlob } from '../store/blobs.ts';
import type { Database, Escalation, Run } from '../store/tables.ts';
import { ContextPackage } from './context-package.ts';
import { decideRun } from './decide-run.ts';
import { dismissFinding } from './dismiss-finding.ts';
import { type EnqueueDeps, enqueueRun } from './enqueue-run.ts';
import { readFindings } from './finding-store.ts';
import { closeFollowUp, listFollowUps, readFollowUp } from './follow-up.ts';
import { frontRun } from './front-run.ts';
import { readOpenQuestions } from './open-questions.ts';
import { type RunApprovalRules, readApprovalRules } from './read-approval-rules.ts';
import { readEarlierQuestions } from './read-earlier-questions.ts';
import { readPolicyRecord } from './read-policy-record.ts';
import { readRun } from './read-run.ts';
import { readScoreRecord } from './read-score-record.ts';
import { readUsageRecord } from './read-usage-record.ts';
import { readWaitFacts } from './read-wait-facts.ts';
import { openRecord } from './record.ts';
import type { RunDeps } from './run-deps.ts';
import { type EscalationView, type ListFilter, type RunDesk, type RunView } from './run-desk.ts';
import { standingApprovals } from './standing-approvals.ts';
import { stopRun } from './stop-run.ts';
import { viewCanary } from './view-canary.ts';
import { whyWaiting } from './why-waiting.decide.ts';

export function makeRunDesk(deps: EnqueueDeps & RunDeps): RunDesk {
  const { db, audit } = deps;
  return {
    enqueue: (request, caller) => enqueueRun(deps, request, caller),
    list: (filter) => listRuns(db, filter),
    view: (id) => viewRun(deps, id),
    openQuestions: () => readOpenQuestions(deps),
    canary: (id) => viewCanary(deps, id),
    whyWaiting: async (run) => whyWaiting(await readWaitFacts(deps, run, new Date())),
    async decide(id, request, caller) {
      const run = await readRun(db, id);
      return run === null ? null : decideRun(deps, run, request, caller);
    },
    async reviewEmergency(id, reason, caller) {
      const run = await readRun(db, id);
      return run === null ? null : closeFollowUp(deps, run, reason, caller);
    },
    followUps: () => listFollowUps(db),
    async findings(id) {
      const run = await readRun(db, id);
      return run === null ? null : readFindings(db, run);
    },
    async dismissFinding(id, request, caller) {
      const run = await readRun(db, id);
      return run === null ? null : dismissFinding(deps, run, request, caller);
    },
    async cancel(id, reason, caller) {
      const run = await readRun(db, id);
      if (run === null) return null;
      if (run.status === 'finished') return 'already_finished';
      const told = await stopRun(deps, run, { kind: 'cancelled', reason, by: actorOf(caller), supersededBy: null });
      return told ? 'stopping' : 'already_finished';
    },
    async front(id, reason, caller) {
      const run = await readRun(db, id);
      if (run === null) return null;
      if (run.status === 'finished') return 'already_finished';
      const moved = await frontRun(deps, run, caller, reason);
      return moved ? 'moved' : 'already_finished';
    },
    async entriesAfter(id, seq) {
      const entries = await audit.list(id);
      return entries.filter((entry) => BigInt(entry.receipt.seq) > BigInt(seq));
    },
  };
}

async function listRuns(db: Kysely<Database>, filter: ListFilter): Promise<Run[]> {
  let query = db.selectFrom('slipway.runs').selectAll();
  if (filter.repo !== undefined) query = query.where('repo', '=', filter.repo);
  if (filter.pr_number !== undefined) query = query.where('pr_number', '=', filter.pr_number);
  if (filter.head_sha !== undefined) query = query.where('head_sha', '=', filter.head_sha);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (filter.outcome !== undefined) query = query.where('outcome', '=', filter.outcome);
  if (filter.before !== undefined) {
    const last = await readRun(db, filter.before);
    if (last) {
      query = query.where((eb) =>
        eb.or([
          eb('created_at', '<', last.created_at),
          eb.and([eb('created_at', '=', last.created_at), eb('id', '<', last.id)]),
        ]),
      );
    }
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(filter.limit).execute();
}

async function viewRun({ db, audit, config }: RunDeps, id: RunId): Promise<RunView | null> {
  const run = await readRun(db, id);
  if (run === null) return null;
  const record = openRecord(audit, run);
  const [entries, rows, usage, rules, followUp] = await Promise.all([
    record.list(),
    db.selectFrom('slipway.escalations').selectAll().where('run_id', '=', id).orderBy('opened_at').execute(),
    usageOfRun(db, RunId.parse(run.id)),
    readApprovalRules(db, config, record, run),
    readFollowUp(db, id),
  ]);
  const escalations: EscalationView[] = [];
  for (const row of rows) {
    const contextPackage = await getJsonBlob(db, Digest.parse(row.package), ContextPackage);
    if (contextPackage) escalations.push(viewEscalation(row, contextPackage, entries, rules));
  }
  const newest = rows.find(({ stage }) => stage === 'canary');
  // Those before it have no row any more: they stand on the record.
  for (const row of newest === undefined ? [] : readEarlierQuestions(entries, newest)) {
    const contextPackage = await getJsonBlob(db, Digest.parse(row.package), ContextPackage);
    if (contextPackage) escalations.push(viewEscalation(row, contextPackage, entries, rules));
  }
  const [policy, score, reviewUsage] = await Promise.all([
    readPolicyRecord(db, entries),
    readScoreRecord(db, entries),
    readUsageRecord(db, entries),
  ]);
  return { run, entries, escalations, policy, score, usage, reviewUsage, followUp };
}

/** An open question as the policy stands now; a decided one as it was. */
function viewEscalation(
  row: Escalation,
  contextPackage: ContextPackage,
  entries: readonly Recorded[],
  rules: RunApprovalRules,
): EscalationView {
  const given = standingApprovals(entries, row.stage, rules, row.question);
  const common = { ...row, package: contextPackage };
  if (row.decided_at !== null)
    return { ...common, approvals: [...given.standing, ...given.void], void_approvals: [], rules: null };
  return {
    ...common,
    approvals_needed: Math.max(row.approvals_needed, rules.needed),
    approvals: given.standing,
    void_approvals: given.void,
    rules: {
      binding: rules.binding,
      why: rules.why,
      override: isOverride(row.reasons, rules.recommendation),
    },
  };
}
