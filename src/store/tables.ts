import type { Insertable, Selectable } from 'kysely';
import type {
  BranchMovesTable,
  BranchWatchTable,
  ForgePollsTable,
  UnauditedCommitsTable,
  UnauditedView,
} from './branch-tables.ts';
import type { Defaulted, Generated, Int8, Json, Timestamp } from './column-types.ts';
import type {
  BaselinesTable,
  CanaryTicksTable,
  DeliveryEffectsTable,
  DeliveryFencesTable,
  GuardNotesTable,
  GuardsTable,
  NotificationsTable,
  StagingPartsTable,
} from './delivery-tables.ts';
import type {
  AgentSlotsTable,
  BudgetSpentTable,
  FleetControlsTable,
  LeaseRequestsTable,
  LeasesTable,
  ReplicasTable,
  StageSpansTable,
} from './fleet-tables.ts';
import type {
  AuditCheckpointTable,
  AuditEntryTable,
  BlobRefsTable,
  BlobScanTable,
  BlobsTable,
  StopScanTable,
} from './record-tables.ts';

/** Columns of every table in the schema `slipway`. The record itself lives in the schema `audit`, behind functions. */

export interface RunsTable {
  id: string;
  repo: string;
  service: string;
  pr_number: number;
  head_sha: string;
  /** 1, 2, …: `--again` starts another run of a finished head. unique (repo, pr_number, head_sha, attempt). */
  attempt: number;
  title: string;
  author: string;
  dry_run: boolean;
  profile: string;
  policy_hash: string;
  /** Tip of the target branch and merge base when the run resolved its change; null before. */
  target_sha: string | null;
  base_sha: string | null;
  /** The merge that staging and canary use, and its artifact digest; remade when the target moves. */
  merge_sha: string | null;
  artifact: string | null;
  /** A projection for lists and pages; decisions are read from the record. */
  stage: string;
  status: 'queued' | 'running' | 'waiting' | 'finished';
  /** Why it waits, one line. */
  waiting_for: string | null;
  risk_score: number | null;
  route: 'automated' | 'human' | null;
  outcome: string | null;
  outcome_reason: string | null;
  /** Set once; first writer wins. `superseded` names the newer run. */
  stop_kind: 'superseded' | 'cancelled' | null;
  stop_reason: string | null;
  superseded_by: string | null;
  /** An operator moved it to the front of every line it stands in; the latest such order is first. */
  front_at: Timestamp | null;
  /** When the forge says that the pull request had this head, the last time it was said; null where nobody did. */
  head_at: Timestamp | null;
  /** Who pushed the head, where the forge says so. */
  pusher: string | null;
  /** Why it could not wait for the usual way, and who says so; null for every other run. */
  emergency_reason: string | null;
  emergency_by: string | null;
  created_at: Generated<Timestamp>;
  finished_at: Timestamp | null;
}

interface AgentCallsTable {
  /** `${runId}~${stage}~${agent}~${n}`, also the job id. */
  id: string;
  run_id: string;
  stage: string;
  agent: string;
  n: number;
  /** Blob of the request as it is sent. */
  request: string;
  /** Names what is asked, whatever head it is asked about; null where an answer serves one head only. */
  question: string | null;
  /** The call of an earlier head whose answer this is. */
  reused_from: string | null;
  status: 'queued' | 'done';
  /** answer | inconclusive; null until done. */
  kind: 'answer' | 'inconclusive' | null;
  reason: string | null;
  /** Blob of the answer's text. */
  answer: string | null;
  model: string | null;
  request_id: string | null;
  deadline_at: Timestamp;
  created_at: Generated<Timestamp>;
  done_at: Timestamp | null;
}

/** One row a request that reached the model, failed ones too: an agent call may need several. */
interface AgentUsageTable {
  id: Generated<Int8>;
  call_id: string;
  run_id: string;
  agent: string;
  model: string;
  outcome: string;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  /** US dollars by the price table in force. Millionths, so that sums are exact. */
  cost_microusd: Int8;
  latency_ms: number;
  at: Generated<Timestamp>;
}

/** Problems of a pull request over all its heads: a projection of its runs' `review_evaluation` and `finding_dismissed`. */
interface FindingsTable {
  repo: string;
  pr_number: number;
  fingerprint: string;
  state: 'open' | 'fixed' | 'dismissed' | 'reopened';
  /** As it was last reported. */
  finding: Json<unknown>;
  first_run: string;
  last_run: string;
  dismissed_by: string | null;
  dismissed_reason: string | null;
  updated_at: Generated<Timestamp>;
}

interface EscalationsTable {
  run_id: string;
  stage: string;
  reasons: Json<string[]>;
  /** Blob of the context package (JSON). */
  package: string;
  /** How many different people must approve. */
  approvals_needed: number;
  deadline_at: Timestamp;
  opened_at: Generated<Timestamp>;
  /** Projection of the human_decision entry. */
  decided_at: Timestamp | null;
  decision: string | null;
  /** People who own what is changed, by the target branch's CODEOWNERS; for the order of the inbox. */
  owners: Generated<Json<string[]>>;
  /** How many reminders of it are on the record. */
  reminded: Defaulted<number>;
  /** Its number in the stage, from 0; the row holds the newest. */
  question: Defaulted<number>;
}

/** Projection of the `rollout_changed` entries, for replicas of earlier versions; this one asks the record. */
interface RolloutStepsTable {
  n: number;
  automated_pct: number;
  /** What slipway.yaml said then: once it says something else, that holds. */
  configured_pct: number;
  actor: string;
  reason: string;
  at: Timestamp;
}

/** The later review that an emergency owes. */
interface FollowUpsTable {
  run_id: string;
  due_at: Timestamp;
  overdue_recorded: Defaulted<boolean>;
  closed_at: Timestamp | null;
  closed_by: string | null;
  reason: string | null;
}

/** One row: the oldest migration whose code may work on this schema. Written by `slipway migrate`. */
interface SchemaGateTable {
  only_row: Generated<boolean>;
  oldest_code: string;
}

interface TokensTable {
  id: string;
  name: string;
  /** SHA-256 of the token. */
  hash: string;
  scopes: Json<string[]>;
  /** The person it acts for; null = a machine. */
  person: string | null;
  created_at: Generated<Timestamp>;
  expires_at: Timestamp | null;
  revoked_at: Timestamp | null;
}

interface SessionsTable {
  /** SHA-256 of the cookie. */
  hash: string;
  token_id: string;
  csrf: string;
  created_at: Generated<Timestamp>;
  expires_at: Timestamp;
}

/** An order to put a service's previous version back. */
export interface RollbacksTable {
  /** 32 hex digits like a run's id: it holds the canary's lease meanwhile. */
  id: string;
  /** The run whose release is taken back; its record holds the entries. */
  run_id: string;
  /** How many orders this run had before. */
  n: number;
  service: string;
  status: 'ordered' | 'done' | 'failed';
  waiting_for: string | null;
  actor: string;
  reason: string;
  created_at: Generated<Timestamp>;
  finished_at: Timestamp | null;
}

export interface Database {
  'slipway.runs': RunsTable;
  'slipway.agent_calls': AgentCallsTable;
  'slipway.agent_usage': AgentUsageTable;
  'slipway.findings': FindingsTable;
  'slipway.escalations': EscalationsTable;
  'slipway.rollout_steps': RolloutStepsTable;
  'slipway.branch_watch': BranchWatchTable;
  'slipway.unaudited_commits': UnauditedCommitsTable;
  'slipway.branch_moves': BranchMovesTable;
  'slipway.unaudited': UnauditedView;
  'slipway.forge_polls': ForgePollsTable;
  'slipway.follow_ups': FollowUpsTable;
  'slipway.leases': LeasesTable;
  'slipway.lease_requests': LeaseRequestsTable;
  'slipway.canary_ticks': CanaryTicksTable;
  'slipway.guards': GuardsTable;
  'slipway.guard_notes': GuardNotesTable;
  'slipway.staging_parts': StagingPartsTable;
  'slipway.baselines': BaselinesTable;
  'slipway.notifications': NotificationsTable;
  'slipway.delivery_effects': DeliveryEffectsTable;
  'slipway.delivery_fences': DeliveryFencesTable;
  'slipway.blobs': BlobsTable;
  'slipway.blob_refs': BlobRefsTable;
  'slipway.blob_scan': BlobScanTable;
  'slipway.stop_scan': StopScanTable;
  'slipway.schema_gate': SchemaGateTable;
  'slipway.tokens': TokensTable;
  'slipway.sessions': SessionsTable;
  'slipway.stage_spans': StageSpansTable;
  'slipway.fleet_controls': FleetControlsTable;
  'slipway.replicas': ReplicasTable;
  'slipway.budget_spent': BudgetSpentTable;
  'slipway.agent_slots': AgentSlotsTable;
  'slipway.rollbacks': RollbacksTable;
  'audit.entry': AuditEntryTable;
  'audit.checkpoint': AuditCheckpointTable;
}

export type Run = Selectable<RunsTable>;
export type NewRun = Insertable<RunsTable>;
export type AgentCall = Selectable<AgentCallsTable>;
export type Escalation = Selectable<EscalationsTable>;
