import type { Recorded } from '../../audit/audit-log.ts';
import { describeWait } from '../../runs/describe-wait.ts';
import type { EscalationView, RunView } from '../../runs/run-desk.ts';
import type { Wait } from '../../runs/why-waiting.decide.ts';
import type { Run } from '../../store/tables.ts';
import { eventName } from '../event-names.ts';
import { type EntryJson, type EscalationJson, type RunDetail, RunJson } from './schemas.ts';

/** Parsed, so that a column added to the table does not reach the wire by itself. */
export function runJson(run: Run): RunJson {
  const times = { created_at: run.created_at.toISOString(), finished_at: run.finished_at?.toISOString() ?? null };
  return RunJson.parse({ ...run, ...times });
}

export function entryJson(recorded: Recorded): EntryJson {
  return {
    seq: recorded.receipt.seq,
    chain_hash: recorded.receipt.chainHash,
    recorded_at: recorded.recordedAt.toISOString(),
    name: eventName(recorded.entry.event),
    entry: recorded.entry,
  };
}

function escalationJson(escalation: EscalationView): EscalationJson {
  return {
    run_id: escalation.run_id,
    stage: escalation.stage,
    reasons: [...escalation.reasons],
    approvals_needed: escalation.approvals_needed,
    approvals: [...escalation.approvals],
    void_approvals: [...escalation.void_approvals],
    owners: [...escalation.owners],
    rules: escalation.rules && {
      binding: { ...escalation.rules.binding },
      why: [...escalation.rules.why],
      override: escalation.rules.override,
    },
    deadline_at: escalation.deadline_at.toISOString(),
    opened_at: escalation.opened_at.toISOString(),
    decided_at: escalation.decided_at?.toISOString() ?? null,
    decision: escalation.decision,
    package: escalation.package,
  };
}

export function runDetail(view: RunView, wait: Wait, now: Date): RunDetail {
  return {
    run: runJson(view.run),
    why_waiting: { kind: wait.kind, text: describeWait(wait, now, view.run.front_at !== null) },
    escalations: view.escalations.map(escalationJson),
    policy: view.policy,
    score: view.score,
    usage: {
      input_tokens: view.usage.inputTokens,
      output_tokens: view.usage.outputTokens,
      cost_microusd: view.usage.costMicroUsd,
    },
    review_usage: view.reviewUsage,
    entries: view.entries.map(entryJson),
  };
}
