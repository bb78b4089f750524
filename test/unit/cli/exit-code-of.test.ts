import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodeOfOutcome, type RunState } from '../../../src/cli/exit-code-of.ts';

const state = (run: Partial<RunState['run']>, escalations: RunState['escalations'] = []): RunState => ({
  run: { route: null, outcome: null, stop_kind: null, ...run },
  escalations,
});
const open = { stage: 'review', decided_at: null, decision: null };
const approved = { stage: 'review', decided_at: '2026-11-23T00:00:00.000Z', decision: 'approve' };
const rejected = { ...approved, decision: 'reject' };

describe('exitCodeOf', () => {
  it.each([
    ['deployed', 0],
    ['blocked', 4],
    ['rejected', 5],
    ['rolled_back', 6],
    ['failed', 7],
    ['superseded', 8],
    ['cancelled', 9],
    ['an outcome of a newer server', 7],
  ])('says %s with %i, whatever is waited for', (outcome, code) => {
    expect(exitCodeOfOutcome(outcome)).toBe(code);
    expect(exitCodeOf(state({ outcome, route: 'human' }, [open]), 'outcome')).toBe(code);
    expect(exitCodeOf(state({ outcome }), 'reviewed')).toBe(code);
  });

  it('waits for a review that is not there yet', () => {
    expect(exitCodeOf(state({}), 'reviewed')).toBeUndefined();
    expect(exitCodeOf(state({}), 'outcome')).toBeUndefined();
  });

  it('is done with an automated review only until reviewed', () => {
    expect(exitCodeOf(state({ route: 'automated' }), 'reviewed')).toBe(0);
    expect(exitCodeOf(state({ route: 'automated' }), 'outcome')).toBeUndefined();
  });

  it('says 3 while a person is awaited, at any stage, and waits on when asked to', () => {
    for (const until of ['reviewed', 'outcome'] as const) {
      expect(exitCodeOf(state({ route: 'human' }, [open]), until)).toBe(3);
      expect(exitCodeOf(state({ route: 'automated' }, [approved, open]), until)).toBe(3);
      expect(exitCodeOf(state({ route: 'human' }, [open]), until, true)).toBeUndefined();
    }
  });

  it('takes the review as over while people are asked about the live canary', () => {
    const canary = { ...open, stage: 'canary' };
    expect(exitCodeOf(state({ route: 'automated' }, [canary]), 'reviewed')).toBe(0);
    expect(exitCodeOf(state({ route: 'human' }, [approved, canary]), 'reviewed')).toBe(0);
    expect(exitCodeOf(state({ route: 'automated' }, [canary]), 'outcome')).toBe(3);
  });

  it('says 3 for a review that goes to a human before the wait is open', () => {
    expect(exitCodeOf(state({ route: 'human' }), 'reviewed')).toBe(3);
    expect(exitCodeOf(state({ route: 'human' }), 'reviewed', true)).toBeUndefined();
  });

  it('takes an approved review as reviewed, and waits for the outcome of a rejected one', () => {
    expect(exitCodeOf(state({ route: 'human' }, [approved]), 'reviewed')).toBe(0);
    expect(exitCodeOf(state({ route: 'human' }, [rejected]), 'reviewed')).toBeUndefined();
    expect(exitCodeOf(state({ route: 'human' }, [approved]), 'outcome')).toBeUndefined();
  });

  it('waits for the outcome of a run that is being stopped', () => {
    expect(exitCodeOf(state({ stop_kind: 'cancelled', route: 'automated' }), 'reviewed')).toBeUndefined();
    expect(exitCodeOf(state({ stop_kind: 'superseded', route: 'human' }, [open]), 'outcome')).toBeUndefined();
  });
});
