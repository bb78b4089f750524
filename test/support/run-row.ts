import { digestOf, newRunId } from '../../src/ids.ts';
import type { Run } from '../../src/store/tables.ts';

/** A run as its row says it: begun, and nothing decided yet. */
export function makeRunRow(over: Partial<Run> = {}): Run {
  return {
    id: newRunId(),
    repo: 'acme/shop',
    service: 'shop',
    pr_number: 42,
    head_sha: 'a'.repeat(40),
    attempt: 1,
    title: 'A change',
    author: 'ada',
    dry_run: false,
    profile: 'production',
    policy_hash: digestOf('policy'),
    target_sha: null,
    base_sha: null,
    merge_sha: null,
    artifact: null,
    stage: 'review',
    status: 'running',
    waiting_for: null,
    risk_score: null,
    route: null,
    outcome: null,
    outcome_reason: null,
    stop_kind: null,
    stop_reason: null,
    superseded_by: null,
    front_at: null,
    head_at: null,
    pusher: null,
    emergency_reason: null,
    emergency_by: null,
    created_at: new Date('2026-11-23T10:00:00Z'),
    finished_at: null,
    ...over,
  };
}
