import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import type { Database } from '../../src/store/tables.ts';
import { insertRun, makeRunFacts, makeSha } from '../support/record.ts';
import { withDatabase } from '../support/stores.ts';

/** Every column that the code knows; the compiler refuses one too few or too many. */
const KNOWN: { [T in keyof Database]: Record<keyof Database[T], 'yes' | 'no'> } = {
  'slipway.runs': {
    id: 'no',
    repo: 'no',
    service: 'no',
    pr_number: 'no',
    head_sha: 'no',
    attempt: 'no',
    title: 'no',
    author: 'no',
    dry_run: 'no',
    profile: 'no',
    policy_hash: 'no',
    target_sha: 'yes',
    base_sha: 'yes',
    merge_sha: 'yes',
    artifact: 'yes',
    stage: 'no',
    status: 'no',
    waiting_for: 'yes',
    risk_score: 'yes',
    route: 'yes',
    outcome: 'yes',
    outcome_reason: 'yes',
    stop_kind: 'yes',
    stop_reason: 'yes',
    superseded_by: 'yes',
    pusher: 'yes',
    emergency_reason: 'yes',
    emergency_by: 'yes',
    created_at: 'no',
    finished_at: 'yes',
    front_at: 'yes',
    head_at: 'yes',
  },
  'slipway.agent_calls': {
    id: 'no',
    run_id: 'no',
    stage: 'no',
    agent: 'no',
    n: 'no',
    request: 'no',
    question: 'yes',
    reused_from: 'yes',
    status: 'no',
    kind: 'yes',
    reason: 'yes',
    answer: 'yes',
    model: 'yes',
    request_id: 'yes',
    deadline_at: 'no',
    created_at: 'no',
    done_at: 'yes',
  },
  'slipway.findings': {
    repo: 'no',
    pr_number: 'no',
    fingerprint: 'no',
    state: 'no',
    finding: 'no',
    first_run: 'no',
    last_run: 'no',
    dismissed_by: 'yes',
    dismissed_reason: 'yes',
    updated_at: 'no',
  },
  'slipway.agent_usage': {
    id: 'no',
    call_id: 'no',
    run_id: 'no',
    agent: 'no',
    model: 'no',
    outcome: 'no',
    input_tokens: 'no',
    output_tokens: 'no',
    cache_read_tokens: 'no',
    cache_write_tokens: 'no',
    cost_microusd: 'no',
    latency_ms: 'no',
    at: 'no',
  },
  'slipway.escalations': {
    run_id: 'no',
    stage: 'no',
    reasons: 'no',
    package: 'no',
    approvals_needed: 'no',
    deadline_at: 'no',
    opened_at: 'no',
    decided_at: 'yes',
    decision: 'yes',
    owners: 'no',
    reminded: 'no',
    question: 'no',
  },
  'slipway.rollout_steps': {
    n: 'no',
    automated_pct: 'no',
    configured_pct: 'no',
    actor: 'no',
    reason: 'no',
    at: 'no',
  },
  'slipway.branch_watch': { service: 'no', branch: 'no', tip: 'no', checked_at: 'no' },
  'slipway.unaudited_commits': { service: 'no', sha: 'no', kind: 'no', found_at: 'no' },
  'slipway.branch_moves': { service: 'no', sha: 'no', kind: 'no', found_at: 'no' },
  // Of a view's columns PostgreSQL says nothing.
  'slipway.unaudited': { service: 'yes', sha: 'yes', kind: 'yes', found_at: 'yes' },
  'audit.checkpoint': { key_id: 'no', size: 'no', note: 'no', stored_at: 'no' },
  'slipway.forge_polls': {
    repo: 'no',
    watched_since: 'no',
    next_at: 'no',
    ok_at: 'yes',
    failures: 'no',
    problem: 'yes',
    found: 'no',
  },
  'slipway.follow_ups': {
    run_id: 'no',
    due_at: 'no',
    overdue_recorded: 'no',
    closed_at: 'yes',
    closed_by: 'yes',
    reason: 'yes',
  },
  'slipway.leases': { name: 'no', token: 'no', holder: 'yes', granted_at: 'yes' },
  'slipway.lease_requests': { id: 'no', name: 'no', run_id: 'no', requested_at: 'no' },
  'slipway.canary_ticks': { run_id: 'no', n: 'no', at: 'no', sample: 'no', stored_at: 'no' },
  'slipway.guards': { id: 'no', host: 'no', pid: 'no', version: 'no', started_at: 'no', seen_at: 'no' },
  'slipway.guard_notes': { run_id: 'no', guard_id: 'no', noted_at: 'no' },
  'slipway.staging_parts': { run_id: 'no', round: 'no', part: 'no', body: 'no', at: 'no' },
  'slipway.baselines': { service: 'no', digest: 'no', body: 'no', pulled_at: 'no' },
  'slipway.notifications': {
    run_id: 'no',
    subject: 'no',
    channel: 'no',
    status: 'no',
    attempts: 'no',
    next_at: 'no',
    problem: 'yes',
    created_at: 'no',
    resends: 'no',
  },
  'slipway.delivery_effects': { service: 'no', id: 'no', request: 'no', answer: 'no', at: 'no' },
  'slipway.delivery_fences': { service: 'no', environment: 'no', fence: 'no' },
  'slipway.blobs': { digest: 'no', media_type: 'no', bytes: 'no', created_at: 'no' },
  'slipway.blob_refs': { digest: 'no' },
  'slipway.blob_scan': { only_row: 'no', read_to: 'no' },
  'slipway.stop_scan': { only_row: 'no', orders_to: 'no', rivals_to: 'no' },
  'slipway.schema_gate': { only_row: 'no', oldest_code: 'no' },
  'slipway.tokens': {
    id: 'no',
    name: 'no',
    hash: 'no',
    scopes: 'no',
    person: 'yes',
    created_at: 'no',
    expires_at: 'yes',
    revoked_at: 'yes',
  },
  'slipway.sessions': { hash: 'no', token_id: 'no', csrf: 'no', created_at: 'no', expires_at: 'no' },
  'slipway.stage_spans': { run_id: 'no', stage: 'no', started_at: 'no', ended_at: 'yes' },
  'slipway.fleet_controls': {
    name: 'no',
    version: 'no',
    value: 'no',
    actor: 'no',
    reason: 'no',
    at: 'no',
  },
  'slipway.replicas': {
    id: 'no',
    host: 'no',
    pid: 'no',
    version: 'no',
    stages: 'no',
    concurrency: 'no',
    active: 'no',
    draining: 'no',
    started_at: 'no',
    last_beat: 'no',
    clock_offset_ms: 'yes',
  },
  'slipway.budget_spent': {
    key: 'no',
    day: 'no',
    tokens: 'no',
    cost_microusd: 'no',
  },
  'slipway.agent_slots': {
    call_id: 'no',
    run_id: 'no',
    replica: 'no',
    budgets: 'no',
    tokens: 'no',
    cost_microusd: 'no',
    taken_at: 'no',
  },
  'slipway.rollbacks': {
    id: 'no',
    run_id: 'no',
    n: 'no',
    service: 'no',
    status: 'no',
    waiting_for: 'yes',
    actor: 'no',
    reason: 'no',
    created_at: 'no',
    finished_at: 'yes',
  },
  'audit.entry': {
    seq: 'no',
    entry_id: 'no',
    recorded_at: 'no',
    pr_number: 'yes',
    event: 'no',
    trace_id: 'no',
    body: 'no',
    leaf_hash: 'no',
    prev_hash: 'no',
    chain_hash: 'no',
  },
};

const log = makeLogger({ level: 'silent', name: 'test' });

test('the database has the tables and columns that the code knows, null where it expects null', async () => {
  await withDatabase(async (database) => {
    const { db, close } = openDatabase(database.appUrl, { poolSize: 1, log });
    const { rows } = await sql<{ table: keyof Database; column: string; nullable: 'YES' | 'NO' }>`
      select table_schema || '.' || table_name as table, column_name as column, is_nullable as nullable
      from information_schema.columns
      where table_schema in ('slipway', 'audit') and table_name not like 'migration%'`.execute(db);
    await close();
    const found: Record<string, Record<string, string>> = {};
    for (const { table, column, nullable } of rows) {
      found[table] = { ...found[table], [column]: nullable.toLowerCase() };
    }
    expect(found).toEqual(KNOWN);
  });
});

test('a run is one attempt at one head, and a finished one has an outcome', async () => {
  await withDatabase(async (database) => {
    const { db, close } = openDatabase(database.appUrl, { poolSize: 1, log });
    const run = makeRunFacts();
    await insertRun(db, run);
    const again = { ...makeRunFacts(), head_sha: run.head_sha };
    await expect(insertRun(db, again)).rejects.toMatchObject({ constraint: 'runs_one_per_attempt' });
    await insertRun(db, again, { attempt: 2 });
    await expect(insertRun(db, makeRunFacts(), { status: 'finished' })).rejects.toMatchObject({
      constraint: 'runs_finished_has_outcome',
    });
    await expect(insertRun(db, makeRunFacts(), { merge_sha: 'abc' })).rejects.toMatchObject({ code: '23514' });
    await insertRun(db, makeRunFacts(), { merge_sha: makeSha(), status: 'finished', outcome: 'blocked' });
    await close();
  });
});
