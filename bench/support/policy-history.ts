import type { AuditLog } from '../../src/audit/audit-log.ts';
import type { Config } from '../../src/config/config.ts';
import { newRunId, RunId } from '../../src/ids.ts';
import { policySettings } from '../../src/policy/policy-settings.ts';
import { closeQuestion } from '../../src/runs/close-question.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { openRecord, type RunRecord } from '../../src/runs/record.ts';
import { putBlob } from '../../src/store/blobs.ts';
import type { Db } from '../../src/store/open-database.ts';
import type { Run } from '../../src/store/tables.ts';
import { policyRecord } from '../../src/workers/review/policy-record-of.ts';
import { type MadeRun, makeRandom, type PlannedRun, planRun } from './plan-policy-run.ts';

export interface HistoryPorts {
  readonly db: Db;
  readonly audit: AuditLog;
  /** The policies over time, oldest first: each holds for the same share of the days. */
  readonly policies: readonly Config[];
  readonly say?: (text: string) => void;
}

const DAY_MS = 24 * 3_600_000;
const AT_ONCE = 40;
/**
 * Reviewed runs over `days`, with what became of each, written as the fleet writes them: the same policy, the same entries by the
 * same append, the same projections. No change is read, no model asked and nothing deployed, so there are no entries of
 * those stages.
 */
export async function makePolicyHistory(
  ports: HistoryPorts,
  { runs, days, now }: { readonly runs: number; readonly days: number; readonly now: Date },
): Promise<MadeRun[]> {
  const random = makeRandom(7);
  const records = new Map();
  for (const { policy_text } of ports.policies) await putBlob(ports.db, policy_text, 'application/json');
  const made: MadeRun[] = [];
  for (let first = 0; first < runs; first += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, runs - first) }, (_, index) => {
      const n = first + index;
      const age = days * DAY_MS * (1 - n / runs);
      const policy = ports.policies[Math.floor((n / runs) * ports.policies.length)];
      if (policy === undefined) throw new Error('a history needs a policy');
      return planRun(random, policy, { n, createdAt: new Date(now.getTime() - age), records });
    });
    made.push(...(await Promise.all(batch.map((planned) => writeRun(ports, planned)))));
    if ((first / AT_ONCE) % 25 === 0) ports.say?.(`${made.length} of ${runs} runs made`);
  }
  return made;
}

async function writeRun({ db, audit }: HistoryPorts, plan: PlannedRun): Promise<MadeRun> {
  const run = await insertPlanned(db, plan);
  const record = openRecord(audit, run);
  const { decided, terms, policy, case: change, decision, outcome, service, lost } = plan;
  const { route } = decided;
  const reviewed = await record.append({
    stage: 'review',
    step: 'evaluate',
    event: 'review_evaluation',
    rationale: route.reasons.map(({ text }) => text).join('; ') || 'nothing asks for a person',
    outcome: change.review.kind,
    risk_score: terms.total,
    payload: {
      route: route.route,
      reasons: route.reasons,
      inconclusive: change.review.kind === 'inconclusive' ? change.review.reason : null,
      score: { total: terms.total, terms: terms.terms },
      score_floors: terms.floors,
      findings: change.findings,
      sceptic: decided.recommendation === 'approve' ? { refuted: false, reasoning: '' } : null,
      facts: change.facts,
      change_type: change.change_type,
      problems: change.problems,
      files: change.files,
      policy: policyRecord(
        decided,
        {
          settings: policySettings(policy, service, policy.rollout.automated_pct),
          branch: change.branch,
          author_record: change.author_record,
          bucket: change.bucket,
          emergency: change.emergency,
          effective: { digest: policy.policy_hash, text: '' },
        },
        run.target_sha,
      ),
      run: run.id,
    },
  });
  await ask(db, record, run, plan);
  await writeAftermath(db, run, plan);
  const ended = await record.append({
    stage: 'release',
    step: 'finish',
    event: 'run_finished',
    rationale: 'made for a measurement',
    outcome,
    payload: {},
  });
  await finishRun(db, { id: RunId.parse(run.id), outcome, reason: decision ?? '', at: ended.recordedAt });
  const { blob } = reviewed.entry.payload;
  if (lost && typeof blob === 'string') await db.deleteFrom('slipway.blobs').where('digest', '=', blob).execute();
  const { pr, author, createdAt, takenBack, askedLater, dryRun } = plan;
  const reasons = [...new Set(route.reasons.map(({ code }) => code))];
  const told = { id: run.id, service, author, pr, createdAt, case: change, route: route.route, reasons };
  return { ...told, decision, outcome, lost, takenBack, askedLater, dryRun };
}

function insertPlanned(db: Db, { policy, service, pr, author, head, createdAt, decided, terms, ...plan }: PlannedRun) {
  return db
    .insertInto('slipway.runs')
    .values({
      id: newRunId(),
      repo: `acme/${service}`,
      service,
      pr_number: pr,
      head_sha: head,
      attempt: 1,
      title: `Change ${pr}`,
      author,
      dry_run: plan.dryRun,
      profile: 'production',
      policy_hash: policy.policy_hash,
      target_sha: head,
      base_sha: head,
      merge_sha: null,
      artifact: null,
      stage: 'review',
      status: 'running',
      waiting_for: null,
      risk_score: terms.total,
      route: decided.route.route,
      outcome: null,
      outcome_reason: null,
      stop_kind: null,
      stop_reason: null,
      superseded_by: null,
      emergency_reason: plan.case.emergency ? 'checkout is down' : null,
      emergency_by: plan.case.emergency ? 'ada' : null,
      created_at: createdAt,
      finished_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The review's question with its answer; approving against code's word is an override. */
async function ask(db: Db, record: RunRecord, run: Run, { decided, decision, createdAt }: PlannedRun): Promise<void> {
  if (decision === null) return;
  const reasons = decided.route.reasons;
  await putQuestion(
    db,
    run,
    'review',
    reasons.map(({ code }) => code),
    createdAt,
  );
  await record.append({
    stage: 'review',
    step: 'route',
    event: 'escalated',
    rationale: reasons.map(({ text }) => text).join('; '),
    outcome: 'waiting_for_a_person',
    payload: { reasons, approvals_needed: 1 },
  });
  const { recommendation } = decided;
  await record.append({
    stage: 'review',
    step: 'route',
    event: 'human_decision',
    ...(decision === 'expired' ? {} : { actor: { kind: 'human', id: 'ada' } as const }),
    rationale: 'made for a measurement',
    outcome: decision,
    payload: { recommendation, override: decision === 'approve' && recommendation === 'reject' },
  });
  await closeQuestion(db, run.id, 'review', 0, decision);
}

async function putQuestion(db: Db, run: Run, stage: string, reasons: readonly string[], at: Date): Promise<void> {
  await db
    .insertInto('slipway.escalations')
    .values({
      run_id: run.id,
      stage,
      reasons: JSON.stringify(reasons),
      package: await putBlob(db, '{}', 'application/json'),
      approvals_needed: 1,
      deadline_at: new Date(at.getTime() + 72 * 3_600_000),
      opened_at: at,
    })
    .execute();
}

/** What comes after the review: a question of staging that was approved, and an order that took production back. */
async function writeAftermath(db: Db, run: Run, { createdAt, askedLater, takenBack }: PlannedRun): Promise<void> {
  if (askedLater) {
    await putQuestion(db, run, 'staging', ['suspected_regression'], createdAt);
    await closeQuestion(db, run.id, 'staging', 0, 'approve');
  }
  if (!takenBack) return;
  const order = { id: newRunId(), run_id: run.id, n: 0, service: run.service, status: 'done' } as const;
  const said = { waiting_for: null, actor: 'ada', reason: 'errors', finished_at: new Date() };
  await db
    .insertInto('slipway.rollbacks')
    .values({ ...order, ...said })
    .execute();
}
