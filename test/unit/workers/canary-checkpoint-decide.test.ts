import { describe, expect, it } from 'vitest';
import { decideSigned, type SignatureFacts } from '../../../src/workers/canary/canary-checkpoint.decide.ts';

const covered = { kind: 'covered', keyId: 'aabbccdd', size: 190n, chainHash: 'c'.repeat(64) } as const;
const healthy = { verdict: 'PASS', cause: null, why: 'healthy' } as const;

function decide(over: Partial<SignatureFacts> = {}) {
  return decideSigned({
    seq: '187',
    coverage: covered,
    judgement: healthy,
    unwatched: null,
    measured: true,
    waitedS: 3,
    limitMin: 60,
    ...over,
  });
}

describe('a canary that passed', () => {
  it('becomes production once its verdict is signed for', () => {
    expect(decide()).toEqual({ kind: 'promote', checkpoint: covered });
  });

  it('waits in words while no checkpoint reaches its verdict', () => {
    expect(decide({ coverage: { kind: 'none' } })).toEqual({
      kind: 'wait',
      why: 'for a signed checkpoint that covers entry 187',
    });
  });

  it('says so where the row that reaches it is signed with another key', () => {
    expect(decide({ coverage: { kind: 'altered', size: '190' } })).toEqual({
      kind: 'wait',
      why: 'for a signed checkpoint that covers entry 187: the one of 190 entries is not signed with a key of audit.checkpoint_keys',
    });
  });

  it.each([
    ['none', { kind: 'none' }, 'entry 187'],
    ['altered', { kind: 'altered', size: '190' }, 'is not signed with a key'],
  ] as const)('is taken back at the limit (%s), and not a second before', (_name, coverage, says) => {
    expect(decide({ coverage, waitedS: 3599.9 })).toMatchObject({ kind: 'wait' });
    expect(decide({ coverage, waitedS: 3600 })).toEqual({
      kind: 'take_back',
      outcome: 'no_checkpoint',
      cause: 'no_checkpoint',
      why: expect.stringMatching(new RegExp(`^60 min after the verdict it still waited for a signed.*${says}`)),
    });
  });

  it('is taken back at once where the record contradicts its signature', () => {
    expect(decide({ coverage: { kind: 'contradicted', seq: '120' } })).toMatchObject({
      kind: 'take_back',
      outcome: 'no_checkpoint',
      why: expect.stringContaining('contradicts what was signed of it, from entry 120 on'),
    });
  });

  it('is taken back for what it shows while it waits, signed or not', () => {
    const failed = { verdict: 'FAIL', cause: 'regression', why: '40 of 50 failed' } as const;
    for (const coverage of [covered, { kind: 'none' } as const])
      expect(decide({ coverage, judgement: failed })).toEqual({
        kind: 'take_back',
        outcome: 'regression',
        cause: 'regression',
        why: '40 of 50 failed',
      });
    const changed = { verdict: 'INCONCLUSIVE', cause: 'environment', why: 'another version' } as const;
    expect(decide({ judgement: changed })).toMatchObject({ outcome: 'no_proof', cause: 'environment' });
    expect(decide({ unwatched: 'nobody watched the canary for 90 s' })).toMatchObject({
      outcome: 'no_proof',
      cause: 'unwatched',
    });
  });

  it('is not promoted while its metrics cannot be read, and goes on when they can', () => {
    expect(decide({ measured: false })).toMatchObject({ kind: 'wait', why: expect.stringContaining('metrics') });
    const frozen = { verdict: 'CONTINUE', cause: 'metrics_unavailable', why: 'frozen' } as const;
    expect(decide({ measured: false, judgement: frozen })).toMatchObject({ kind: 'wait' });
  });

  it('is judged by its signature alone, where the time for proof is over and a person let it go', () => {
    const over = { verdict: 'INCONCLUSIVE', cause: null, why: 'no proof after 12 windows' } as const;
    expect(decide({ judgement: over })).toMatchObject({ kind: 'promote' });
  });

  it('waits no longer and no shorter for a clock that went back', () => {
    expect(decide({ waitedS: -7200 })).toMatchObject({ kind: 'promote' });
    expect(decide({ waitedS: -7200, coverage: { kind: 'none' } })).toMatchObject({ kind: 'wait' });
  });
});
