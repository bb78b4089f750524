import type { Defaulted, Generated, Int8, Json, Timestamp } from './column-types.ts';

/** What staging and canaries leave beside the record, and who guards them. */

export interface CanaryTicksTable {
  run_id: string;
  n: number;
  at: Timestamp;
  /** TickSample of src/delivery/judge. First writer wins. */
  sample: Json<unknown>;
  /** When it was stored, by the database's clock. */
  stored_at: Generated<Timestamp>;
}

/** A guard that watches live canaries. */
export interface GuardsTable {
  id: string;
  host: string;
  pid: number;
  version: string;
  started_at: Generated<Timestamp>;
  seen_at: Generated<Timestamp>;
}

/** A guard has this canary in its own file. */
export interface GuardNotesTable {
  run_id: string;
  guard_id: string;
  noted_at: Generated<Timestamp>;
}

/** What staging has measured so far in one round. First writer wins. */
export interface StagingPartsTable {
  run_id: string;
  round: number;
  part: string;
  body: Json<unknown>;
  at: Generated<Timestamp>;
}

/** The newest baseline of each service: its canonical text and the SHA-256 of that. */
export interface BaselinesTable {
  service: string;
  digest: string;
  body: string;
  pulled_at: Timestamp;
}

/** What was done through a delivery target that keeps no memory of its own. First writer wins. */
export interface DeliveryEffectsTable {
  service: string;
  /** Deterministic id of the effect. */
  id: string;
  /** Digest of what was asked for: the same id must mean the same thing. */
  request: string;
  answer: Json<unknown>;
  at: Generated<Timestamp>;
}

/** The newest fence that was seen; it only grows. */
export interface DeliveryFencesTable {
  service: string;
  environment: string;
  fence: Int8;
}

/** What is to be told to whom outside, until it is told or given up. */
export interface NotificationsTable {
  run_id: string;
  /** What is told of: the run's rollback, or the n-th reminder of the question that a stage asks. */
  subject: 'incident' | `reminder.${string}`;
  channel: 'webhook' | 'slack';
  status: Defaulted<'pending' | 'sent' | 'dead'>;
  attempts: Defaulted<number>;
  next_at: Generated<Timestamp>;
  /** What the last attempt was answered. */
  problem: string | null;
  created_at: Generated<Timestamp>;
  /** How often a person had it sent again after it was given up. */
  resends: Defaulted<number>;
}
