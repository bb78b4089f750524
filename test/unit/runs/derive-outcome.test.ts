import { describe, expect, it } from 'vitest';
import { deriveOutcome } from '../../../src/runs/derive-outcome.ts';
import { recorded } from '../../support/entries.ts';

const released = recorded(9, { stage: 'canary', event: 'production_release', outcome: 'promoted' });
const rolledBack = recorded(8, { stage: 'canary', event: 'autonomous_rollback', outcome: 'regression' });
const stopped = (outcome: string) =>
  recorded(7, { stage: 'operator', event: 'stop_requested', outcome, rationale: 'a newer head' });
const decision = (outcome: string) => recorded(6, { stage: 'review', event: 'human_decision', outcome });
const unresolved = recorded(1, {
  stage: 'review',
  event: 'change_resolved',
  outcome: 'blocked',
  payload: { reason: 'merge_conflict' },
});
const rejection = recorded(5, { stage: 'staging', event: 'staging_rejection', outcome: 'smoke_failed' });

describe('the outcome of a run', () => {
  it('is deployed when the release is recorded, whatever was asked afterwards', () => {
    expect(deriveOutcome([released, stopped('cancelled')])).toMatchObject({ outcome: 'deployed', decidedBy: released });
  });
  it('is rolled_back with the cause as its reason', () => {
    expect(deriveOutcome([stopped('superseded'), rolledBack])).toMatchObject({
      outcome: 'rolled_back',
      reason: 'regression',
      decidedBy: rolledBack,
    });
  });
  it('is superseded or cancelled as the stop said', () => {
    expect(deriveOutcome([stopped('superseded')])).toMatchObject({ outcome: 'superseded', reason: 'a newer head' });
    expect(deriveOutcome([stopped('cancelled')])).toMatchObject({ outcome: 'cancelled' });
  });
  it.each(['reject', 'expired'])('is rejected when the decision is %s', (outcome) => {
    expect(deriveOutcome([decision(outcome)])).toMatchObject({ outcome: 'rejected', reason: outcome });
  });
  it('is what ended the run first: a refusal stays one when somebody cancels later', () => {
    expect(deriveOutcome([decision('reject'), stopped('cancelled')]).outcome).toBe('rejected');
    expect(deriveOutcome([stopped('cancelled'), decision('expired')]).outcome).toBe('cancelled');
  });
  it('is not rejected by an approval', () => {
    expect(deriveOutcome([decision('approve')]).outcome).toBe('failed');
  });
  it('is blocked with the reason of the change or of staging', () => {
    expect(deriveOutcome([unresolved])).toMatchObject({ outcome: 'blocked', reason: 'merge_conflict' });
    expect(deriveOutcome([rejection])).toMatchObject({ outcome: 'blocked', reason: 'smoke_failed' });
  });
  it('is failed when nothing on the record explains the end', () => {
    expect(deriveOutcome([])).toMatchObject({ outcome: 'failed', decidedBy: null });
  });
});
