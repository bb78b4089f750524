import { z } from 'zod';
import { parseAnswer } from '../../agents/parse-answer.ts';
import { buildValidationRequest } from '../../agents/validation-request.ts';
import type { Recorded } from '../../audit/audit-log.ts';
import { judgeStaging, StagingMeasurement } from '../../delivery/compare-staging.ts';
import { findEntry } from '../../runs/authorise.ts';
import type { RecordDraft } from '../../runs/record.ts';
import { wholePayload } from '../../runs/whole-payload.ts';
import { askAgent, changeEcho } from '../ask-agent.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import type { StageStep } from '../step.ts';
import { type AskScope, askInStaging } from './ask-in-staging.ts';
import type { Checked } from './check-migrations.ts';
import { rejectStaging } from './reject-staging.ts';
import { decideAsks } from './staging-asks.decide.ts';
import type { StagingPorts } from './staging-ports.ts';
import { validationFacts } from './validation-facts.ts';

const Measured = z.object({
  artifact: z.string(),
  production_version: z.string().nullable(),
  measurement: StagingMeasurement,
});

/** A rejection stands on the record by now; a validation is put there with what follows from it. */
type Ended = { kind: 'ended'; entry: Recorded } | { kind: 'validated'; draft: RecordDraft };

/** Code gates first; the agent is asked only about what passed them, and can only veto; then a person, where one is needed. */
export async function judgeMeasured(
  ports: StagingPorts,
  entered: Entered,
  scope: AskScope & { readonly measured: Recorded; readonly checked: Checked },
): Promise<StageStep | Ended> {
  const { run, record, service } = entered;
  const { measured, checked, round } = scope;
  const { artifact, production_version, measurement } = Measured.parse(await wholePayload(ports.db, measured));
  const { migration } = checked;
  const seen = { measurement, ...(migration === null ? {} : { migration }) };
  const validated = { artifact, production_version, ...seen };
  if (run.dry_run) return { kind: 'validated', draft: described(measured, round, validated) };
  const gate = judgeStaging(measurement, service.staging);
  if (!gate.pass) {
    const [first] = gate.reasons;
    const text = gate.reasons.map((r) => r.text).join('; ');
    const against = { reasons: gate.reasons, ...seen };
    return {
      kind: 'ended',
      entry: await rejectStaging(entered, round, first?.code ?? 'staging_failed', text, against),
    };
  }
  const outcome = await askAgent(ports, run, { stage: 'staging', agent: 'validation', n: round }, (facts) =>
    buildValidationRequest({ ...facts, ...validationFacts(run.service, service.staging, measurement) }),
  );
  if (outcome.kind === 'waiting')
    return waiting(ports, run, {
      kind: 'await_children',
      children: [outcome.child],
      why: 'for the staging validation by the agent',
    });
  const opinion = outcome.kind === 'answer' ? parseAnswer('validation', outcome.text, changeEcho(run)) : outcome;
  if (opinion.kind === 'ok' && !(opinion.answer.proceed && opinion.answer.healthy)) {
    const against = { opinion: opinion.answer, ...seen };
    return {
      kind: 'ended',
      entry: await rejectStaging(entered, round, 'agent_veto', opinion.answer.reasoning, against),
    };
  }
  const inReview = findEntry(await record.list(), 'human_decision', 'review')?.entry.outcome === 'approve';
  const asks = [...gate.asks, ...decideAsks(checked.owed, migration, inReview)];
  const answer = await askInStaging(ports, entered, asks, scope);
  if (answer.kind !== 'approved') return answer;
  const draft: RecordDraft = {
    stage: 'staging',
    step: 'validate',
    event: 'staging_validation',
    n: round,
    ...(outcome.kind === 'answer' ? { model: outcome.model } : {}),
    // The agent can only veto, so without it the gates by code stand alone, and the entry says that they did.
    rationale:
      opinion.kind === 'ok'
        ? opinion.answer.reasoning.slice(0, 1000)
        : `gates by code passed; the agent had no say: ${opinion.reason}`,
    outcome: 'validated',
    payload: {
      ...validated,
      checks: checked.owed,
      // What a person let through, and where that stands.
      ...(answer.decision === null ? {} : { let_through: asks, decision_seq: answer.decision.receipt.seq }),
      opinion: opinion.kind === 'ok' ? opinion.answer : null,
      opinion_missing: opinion.kind === 'ok' ? null : opinion.reason,
    },
    causation: measured.receipt,
  };
  return { kind: 'validated', draft };
}

/** Nothing was staged, so neither gates nor agent have anything to judge. */
function described(recorded: Recorded, round: number, validated: Record<string, unknown>): RecordDraft {
  return {
    stage: 'staging',
    step: 'validate',
    event: 'staging_validation',
    n: round,
    rationale: 'dry run: nothing was staged, so nothing was measured',
    outcome: 'validated',
    payload: { ...validated, opinion: null, opinion_missing: 'dry_run' },
    causation: recorded.receipt,
  };
}
