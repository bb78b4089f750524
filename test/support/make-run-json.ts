import { RunJson } from '../../src/http/api/schemas.ts';

/** A run as the API answers it. */
export function makeRun(over: Partial<RunJson>): RunJson {
  return RunJson.parse({
    id: '0123456789abcdef0123456789abcdef',
    repo: 'acme/shop',
    service: 'shop',
    pr_number: 7,
    head_sha: 'a'.repeat(40),
    attempt: 1,
    title: 'Faster search',
    author: 'ada',
    dry_run: false,
    profile: 'production',
    policy_hash: 'b'.repeat(64),
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
    emergency_reason: null,
    emergency_by: null,
    created_at: '2026-11-23T10:00:00.000Z',
    finished_at: null,
    ...over,
  });
}
