import { type Kysely, sql } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import type { Event } from '../audit/entry.ts';
import { countSeen } from '../audit/safe-text.ts';
import { crashPoint } from '../crash-point.ts';
import { isOverride } from '../policy/approval-rules.ts';
import { mayDecide, NOT_A_PERSON } from '../policy/people.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import type { Database, Escalation, Run } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import type { Caller } from './caller.ts';
import { readCanaryQuestions, whyCanaryOver } from './canary-questions.ts';
import { closeQuestion, wakeQuestion } from './close-question.ts';
import { alreadyDecided, canaryOver, isRepeated } from './decided-before.ts';
import { expireQuestion } from './expire-question.ts';
import { type Binding, type RunApprovalRules, readApprovalRules } from './read-approval-rules.ts';
import { openRecord, type RunRecord } from './record.ts';
import { type Refused, refuseDecision } from './refuse-decision.ts';
import type { RunDeps } from './run-deps.ts';
import type { DecisionRequest, DecisionResult } from './run-desk.ts';
import { standingApprovals } from './standing-approvals.ts';
import { unlessOver } from './unless-over.ts';

/**
 * Records what a person decided on the open question of a run. Whoever commits the entry first wins, be it another
 * person or the deadline; the queue is only woken afterwards, so a lost wake-up loses nothing.
 */
export async function decideRun(
  deps: RunDeps,
  run: Run,
  request: DecisionRequest,
  caller: Caller,
): Promise<DecisionResult> {
  const result = await unlessOver(decide(deps, run, request, caller));
  return result ?? { kind: 'refused', why: 'not_waiting', detail: 'the run is over' };
}

async function decide(deps: RunDeps, run: Run, request: DecisionRequest, caller: Caller): Promise<DecisionResult> {
  const record = openRecord(deps.audit, run, deps.config.policy_hash);
  const question = await openQuestion(deps.db, run.id);
  if (question === null) {
    if (caller.person === null) return machine();
    const last = findEntry(await record.list(), 'human_decision');
    return last
      ? alreadyDecided(last, request, caller)
      : { kind: 'refused', why: 'not_waiting', detail: 'this run asks nobody at the moment' };
  }
  const stage = question.stage as ApprovalJob['stage'];
  // The row comes first. A decision in between would stand before what it is about, and its question would look open for ever after.
  const isAsked = await record.find(stage, 'route', 'escalated', question.question);
  if (isAsked === null)
    return { kind: 'refused', why: 'not_waiting', detail: 'the question is only being put: decide again in a moment' };
  const over = stage === 'canary' ? whyCanaryOver(await record.list()) : null;
  if (over !== null) return canaryOver(over);
  if (run.stop_kind !== null) return runStopped(run);
  if (question.is_late) return tooLate(deps, run, stage, question.question, request, caller);
  const refuse = (refused: Refused) =>
    refuseDecision({ record, stage, question: question.question, request, caller }, refused);
  if (caller.person === null) return refuse(machine());
  if (request.head_sha !== run.head_sha) return refuse(staleHead(run, request));
  const rules = await readApprovalRules(deps.db, deps.config, record, run);
  const stale = findStale(request, rules.binding);
  if (stale !== null) return refuse(stale);
  const n = question.question;
  const deciding = { deps, record, run, stage, n, request, caller, person: caller.person, rules };
  if (request.decision === 'reject') return commitDecision(deciding, 0, question.approvals_needed, false);

  const entries = await record.list();
  const given = standingApprovals(entries, stage, rules, n);
  const extends_ = request.decision === 'extend';
  const allowed = mayDecide({
    person: caller.person,
    excluded: rules.excluded,
    // Who was the first of two to approve may still change to watching on.
    alreadyApproved: extends_ ? [] : given.standing,
  });
  const overrides = !extends_ && isOverride(question.reasons, rules.recommendation);
  const refused =
    allowed.kind === 'refused'
      ? allowed
      : extends_
        ? checkExtendable(entries, stage, n)
        : overrides
          ? checkReason(request.reason, rules)
          : null;
  if (refused?.why === 'already_approved' && isRepeated(entries, stage, n, request, caller.person)) {
    const needed = Math.max(question.approvals_needed, rules.needed);
    return { kind: 'recorded', decision: null, approvals: given.standing.length, needed };
  }
  if (refused !== null) return refuse(refused);
  if (extends_) return commitDecision(deciding, 0, question.approvals_needed, false);
  const approvals = given.standing.length + 1;
  // What was asked for when the question was put stays the least, also where the policy asks for fewer now.
  const needed = Math.max(question.approvals_needed, rules.needed);
  if (approvals >= needed) return commitDecision(deciding, approvals, needed, overrides);
  const approval = await record.append({
    stage,
    step: 'route',
    event: 'human_approval',
    n: countOf(entries, 'human_approval', stage),
    actor: { kind: 'human', id: caller.person },
    rationale: request.reason,
    outcome: 'approve',
    payload: {
      ...rules.binding,
      ...aboutCanary(deciding),
      policy_hash: deps.config.policy_hash,
      needed,
      override: overrides,
      void: given.void,
    },
  });
  // Two people at the same moment: the second one's key was taken, so theirs is counted again from what is stored.
  if (approval.dup && approval.entry.actor.id !== caller.person) return decide(deps, run, request, caller);
  return { kind: 'recorded', decision: null, approvals, needed };
}

function machine(): Refused {
  return { kind: 'refused', why: 'not_a_person', detail: NOT_A_PERSON };
}

function staleHead(run: Run, request: DecisionRequest): Refused {
  const detail = `the run is about ${run.head_sha}, the decision about ${request.head_sha}`;
  return { kind: 'refused', why: 'stale_head', detail };
}

function runStopped({ stop_kind, stop_reason }: Run): Refused {
  const detail = `the run was ${stop_kind ?? 'stopped'}${stop_reason === null ? '' : `: ${stop_reason}`}`;
  return { kind: 'refused', why: 'not_waiting', detail };
}

/**
 * After its deadline nobody decides, also where no sweeper has come by since: the end that it should have had is recorded now. A
 * canary's question is only expired under the lease of its run, so that is left to who holds it.
 */
async function tooLate(
  deps: RunDeps,
  run: Run,
  stage: ApprovalJob['stage'],
  n: number,
  request: DecisionRequest,
  caller: Caller,
): Promise<DecisionResult> {
  if (stage === 'canary') return canaryOver('the deadline of its question has passed');
  const stored = await expireQuestion(deps.db, deps.audit, run, stage, n);
  await wakeQuestion(deps.queues, run.id, stage).catch(() => undefined);
  return alreadyDecided(stored, request, caller);
}

/** Whether the person looked at what would be decided about now. What the request leaves out is not compared. */
function findStale(request: DecisionRequest, binding: Binding): Refused | null {
  if (request.base_sha !== undefined && request.base_sha !== binding.base_sha) {
    const detail = `the run stands on ${binding.base_sha ?? 'no base yet'}, the decision on ${request.base_sha}`;
    return { kind: 'refused', why: 'stale_base', detail };
  }
  if (request.effective_policy !== undefined && request.effective_policy !== binding.effective_policy) {
    const detail = 'the policy for this service has changed since you looked at the run; look at it again';
    return { kind: 'refused', why: 'stale_policy', detail };
  }
  return null;
}

/** A canary that waits at a gate has passed: there is nothing more to be seen. */
function checkExtendable(entries: readonly Recorded[], stage: string, n: number): Refused | null {
  const held = stage === 'canary' && readCanaryQuestions(entries).some((one) => one.n === n && one.kind === 'hold');
  const detail = 'only a canary on hold can be watched for longer: approve or reject';
  return held ? null : { kind: 'refused', why: 'not_on_hold', detail };
}

/** What a decision about a canary names besides: it lets exactly this artifact go on. */
function aboutCanary({ stage, n, run }: Pick<Deciding, 'stage' | 'n' | 'run'>): Record<string, unknown> {
  return stage === 'canary' ? { question: n, artifact: run.artifact } : {};
}

function checkReason(reason: string, { overrideReasonMin: least }: RunApprovalRules): Refused | null {
  if (reason.trim().length >= least && countSeen(reason) >= Math.ceil(least / 2)) return null;
  const detail = `this approves against what code found: say why in at least ${least} characters`;
  return { kind: 'refused', why: 'reason_too_short', detail };
}

interface Deciding {
  readonly deps: RunDeps;
  readonly record: RunRecord;
  readonly run: Run;
  readonly stage: ApprovalJob['stage'];
  /** The number of the question in its stage. */
  readonly n: number;
  readonly request: DecisionRequest;
  readonly caller: Caller;
  readonly person: string;
  readonly rules: RunApprovalRules;
}

async function commitDecision(
  deciding: Deciding,
  approvals: number,
  needed: number,
  override: boolean,
): Promise<DecisionResult> {
  const { deps, record, run, stage, n, request, person, rules } = deciding;
  const committed = await record.append({
    stage,
    step: 'route',
    event: 'human_decision',
    n,
    actor: { kind: 'human', id: person },
    rationale: request.reason,
    outcome: request.decision,
    payload: {
      ...rules.binding,
      ...aboutCanary(deciding),
      policy_hash: deps.config.policy_hash,
      recommendation: rules.recommendation,
      approvals,
      needed,
      override,
    },
  });
  crashPoint('decision:after-entry');
  await closeQuestion(deps.db, run.id, stage, n, committed.entry.outcome);
  crashPoint('decision:after-close');
  // Only a wake-up: if it is lost, the sweeper sees the decision and wakes the job again.
  await wakeQuestion(deps.queues, run.id, stage).catch(() => undefined);
  const mine = committed.entry.actor.id === person && committed.entry.outcome === request.decision;
  return mine
    ? { kind: 'recorded', decision: request.decision, approvals, needed }
    : alreadyDecided(committed, request, deciding.caller);
}

/** `is_late` by the clock of the database: one for all servers. */
async function openQuestion(
  db: Kysely<Database>,
  runId: string,
): Promise<(Escalation & { readonly is_late: boolean }) | null> {
  const row = await db
    .selectFrom('slipway.escalations')
    .selectAll()
    .select(sql<boolean>`deadline_at <= clock_timestamp()`.as('is_late'))
    .where('run_id', '=', runId)
    .where('decided_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

function countOf(entries: readonly Recorded[], event: Event, stage: string): number {
  return entries.filter(({ entry }) => entry.event === event && entry.stage === stage).length;
}
