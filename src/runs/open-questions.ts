import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { type Event, Stage } from '../audit/entry.ts';
import { readEntriesOf } from '../audit/read-entries.ts';
import type { Config } from '../config/config.ts';
import type { Tier } from '../config/schema.ts';
import { getJsonBlobs } from '../store/blobs.ts';
import type { Database, Escalation, Run } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { CanaryQuestionKind } from './context-package.ts';
import { approvalRulesOf, parseContributors, readLastBranch } from './read-approval-rules.ts';
import { readClaimsOf } from './read-claims.ts';
import type { RunDeps } from './run-deps.ts';
import { standingApprovals } from './standing-approvals.ts';
import { payloadBlob } from './whole-payload.ts';

/** A question that waits for people, as a list of many shows it: what only its page needs is left out. */
export interface WaitingQuestion {
  readonly run: Run;
  readonly tier: Tier;
  readonly stage: Stage;
  /** `gate` and `hold` ask about a live canary; null for every other question. */
  readonly canary: CanaryQuestionKind | null;
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
  readonly owners: readonly string[];
  readonly opened_at: Date;
  readonly deadline_at: Date;
  readonly reminded: number;
  /** By the policy of now. */
  readonly approvals_needed: number;
  /** People whose approval stands. */
  readonly approvals: readonly string[];
  /** People who may not approve it, for they had a hand in the change. */
  readonly excluded_approvers: readonly string[];
}

/** More than people can be asked at once; the nearest deadlines are the ones that are shown. */
const MAX_QUESTIONS = 1_000;

/** What the rules and the list need of a record, and nothing of what a canary writes every minute. */
const NEEDED = ['change_resolved', 'escalated', 'human_approval'] as const satisfies readonly Event[];

type Asked = Pick<
  Escalation,
  'run_id' | 'stage' | 'question' | 'reasons' | 'owners' | 'opened_at' | 'deadline_at' | 'reminded' | 'approvals_needed'
>;

/** Every question that waits for people, the nearest deadline first, in as many statements for a thousand as for one. */
export async function readOpenQuestions({ db, config }: Pick<RunDeps, 'db' | 'config'>): Promise<WaitingQuestion[]> {
  const asked = await readAsked(db);
  if (asked.length === 0) return [];
  const ids = [...new Set(asked.map(({ run_id }) => run_id))];
  const [runs, entriesOf] = await Promise.all([readRuns(db, ids), readEntriesOf(db, ids, NEEDED)]);
  const [claims, payloads] = await Promise.all([
    readClaimsOf(db, runs),
    readPayloads(db, [...entriesOf.values()].flat()),
  ]);
  const claimsOf = new Map(runs.map(({ id }, index) => [id, claims[index] ?? []]));
  const runOf = new Map(runs.map((run) => [run.id, run]));
  return asked.flatMap((question) => {
    const run = runOf.get(question.run_id);
    const entries = entriesOf.get(question.run_id) ?? [];
    const known = { entries, payloads, claims: claimsOf.get(question.run_id) ?? [] };
    return run === undefined ? [] : viewQuestion(config, run, question, known);
  });
}

function readAsked(db: Kysely<Database>): Promise<Asked[]> {
  return db
    .selectFrom('slipway.escalations as question')
    .innerJoin('slipway.runs as run', 'run.id', 'question.run_id')
    .select([
      'question.run_id',
      'question.stage',
      'question.question',
      'question.reasons',
      'question.owners',
      'question.opened_at',
      'question.deadline_at',
      'question.reminded',
      'question.approvals_needed',
    ])
    .where('question.decided_at', 'is', null)
    .where('run.status', 'is distinct from', 'finished')
    .where('run.stop_kind', 'is', null)
    .orderBy('question.deadline_at')
    .orderBy('question.run_id')
    .limit(MAX_QUESTIONS)
    .execute();
}

/** One text for any number of ids, so that it is prepared once. */
function readRuns(db: Kysely<Database>, ids: readonly string[]): Promise<Run[]> {
  return db.selectFrom('slipway.runs').selectAll().where('id', '=', sql<string>`any(${ids}::text[])`).execute();
}

type Payload = Readonly<Record<string, unknown>>;
type Payloads = ReadonlyMap<Recorded, Payload>;

/** Of each entry the whole payload. One whose blob is gone is left out: what it said is unknown, which asks for more people. */
async function readPayloads(db: Kysely<Database>, entries: readonly Recorded[]): Promise<Payloads> {
  const digests = entries.flatMap((recorded) => payloadBlob(recorded) ?? []);
  const blobs = digests.length === 0 ? new Map() : await getJsonBlobs(db, digests, z.record(z.string(), z.json()));
  const whole = new Map<Recorded, Payload>();
  for (const recorded of entries) {
    const digest = payloadBlob(recorded);
    const payload: Payload | undefined = digest === null ? recorded.entry.payload : blobs.get(digest);
    if (payload !== undefined) whole.set(recorded, payload);
  }
  return whole;
}

/** What `escalated` says of a question, as far as a list shows it. */
const Put = z.object({
  reasons: z.array(z.object({ code: z.string(), text: z.string() })),
  canary: z.object({ kind: CanaryQuestionKind }).optional(),
});

function viewQuestion(
  config: Config,
  run: Run,
  question: Asked,
  known: { entries: readonly Recorded[]; payloads: Payloads; claims: readonly string[] },
): WaitingQuestion {
  const { entries, payloads, claims } = known;
  const payloadOf = (recorded: Recorded | undefined) => recorded && payloads.get(recorded);
  const stage = Stage.parse(question.stage);
  const put = Put.safeParse(payloadOf(findEntry(entries, 'escalated', stage, question.question)));
  const rules = approvalRulesOf(config, run, {
    branch: readLastBranch(entries, null),
    claims,
    contributors: parseContributors(payloadOf(findEntry(entries, 'change_resolved', 'review'))),
    score: run.risk_score,
  });
  const { opened_at, deadline_at, owners, reminded } = question;
  return {
    run,
    tier: config.services[run.service]?.tier ?? 'standard',
    stage,
    canary: put.data?.canary?.kind ?? null,
    reasons: put.data?.reasons ?? question.reasons.map((code) => ({ code, text: code.replaceAll('_', ' ') })),
    owners,
    opened_at,
    deadline_at,
    reminded,
    approvals_needed: Math.max(question.approvals_needed, rules.needed),
    approvals: standingApprovals(entries, stage, rules, question.question).standing,
    excluded_approvers: [...rules.excluded.persons],
  };
}
