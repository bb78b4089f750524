import type { Generated, Int8, Json, Timestamp } from './column-types.ts';

/** Who works, who holds what, and what operators set for the whole fleet. */

export interface LeasesTable {
  /** `staging:<service>` or `canary:<service>`. */
  name: string;
  /** Grows with every grant: the fence. */
  token: Int8;
  holder: string | null;
  granted_at: Timestamp | null;
}

export interface LeaseRequestsTable {
  id: Generated<Int8>;
  name: string;
  run_id: string;
  requested_at: Generated<Timestamp>;
}

/** When a run's stage took its first step and when it ended, for latency figures only. */
export interface StageSpansTable {
  run_id: string;
  stage: string;
  started_at: Generated<Timestamp>;
  ended_at: Timestamp | null;
}

/** What operators set: the projection of the last entry of each control. */
export interface FleetControlsTable {
  /** `max_concurrent_agents`, `pause.<queue>`, `freeze`, `freeze.<service>`. */
  name: string;
  /** `n` of the entry behind it; 0 = seeded from the configuration. */
  version: number;
  value: Json<unknown>;
  actor: string;
  reason: string;
  at: Generated<Timestamp>;
}

/** A worker process that serves queues; it beats every few seconds. */
export interface ReplicasTable {
  id: string;
  host: string;
  pid: number;
  version: string;
  stages: Json<string[]>;
  concurrency: number;
  active: number;
  draining: Generated<boolean>;
  started_at: Generated<Timestamp>;
  last_beat: Generated<Timestamp>;
  clock_offset_ms: number | null;
}

/** What was booked against a budget; kept by a trigger on agent_usage. */
export interface BudgetSpentTable {
  key: string;
  day: Timestamp;
  tokens: Int8;
  cost_microusd: Int8;
}

/** A request to the model that is under way, and what it may cost at most. */
export interface AgentSlotsTable {
  call_id: string;
  run_id: string;
  replica: string;
  budgets: string[];
  tokens: Int8;
  cost_microusd: Int8;
  taken_at: Generated<Timestamp>;
}
