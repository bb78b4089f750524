import type { Receipt, Recorded } from '../../src/audit/audit-log.ts';
import { Entry } from '../../src/audit/entry.ts';

/** A recorded entry as the log would return it; only what a test says differs from an ordinary one. */
export function recorded(seq: number, fields: Partial<Entry> & Pick<Entry, 'event' | 'stage'>): Recorded {
  const entry = Entry.parse({
    v: 1,
    entry_id: '00000000-0000-8000-8000-000000000000',
    run_id: 'a'.repeat(32),
    trace_id: 'a'.repeat(32),
    step: 'step',
    n: 0,
    repo: 'acme/shop',
    service: 'shop',
    pr_number: 1,
    head_sha: 'b'.repeat(40),
    base_sha: null,
    author: 'nina',
    actor: { kind: 'system', id: 'slipway' },
    risk_score: null,
    rationale: 'because',
    timestamp: '2026-11-01T00:00:00.000Z',
    agent_version: 'slipway/0.1.0',
    policy_hash: null,
    outcome: 'done',
    profile: 'production',
    dry_run: false,
    causation_seq: null,
    payload: {},
    sanitised: false,
    ...fields,
  });
  // A receipt cannot be made outside the audit room, which is the point of it; a test only needs something of its shape.
  const receipt = { seq: String(seq), chainHash: 'c'.repeat(64) } as unknown as Receipt;
  return { receipt, entry, recordedAt: new Date(entry.timestamp) };
}
