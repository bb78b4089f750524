import type { Coverage } from '../../audit/read-coverage.ts';
import type { CanaryJudgement } from '../../delivery/judge/judgement.ts';
import { assertNever } from '../../errors.ts';
import { WAITS } from '../../runs/wait-words.ts';

/** Cause of a rollback: it may be production, but nobody signed the record that says so. */
const NO_CHECKPOINT = 'no_checkpoint';

/** What the promotion rests on; null where no signature is asked for. */
export type Signed = Extract<Coverage, { kind: 'covered' }> | null;

export interface SignatureFacts {
  /** Place of the verdict in the log. */
  readonly seq: string;
  readonly coverage: Coverage;
  /** All ticks so far, also those taken since the verdict. */
  readonly judgement: Pick<CanaryJudgement, 'verdict' | 'cause' | 'why'>;
  /** Why nobody can have watched it; null while it is watched. */
  readonly unwatched: string | null;
  /** The newest tick could be read. */
  readonly measured: boolean;
  readonly waitedS: number;
  readonly limitMin: number;
}

export type SignatureDecision =
  | { readonly kind: 'promote'; readonly checkpoint: Extract<Coverage, { kind: 'covered' }> }
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'take_back'; readonly outcome: string; readonly cause: string; readonly why: string };

/**
 * Whether a canary that may become production does so now. What it shows while it waits outweighs its verdict; a record that
 * contradicts its signatures promotes nothing; and a signature that does not come ends it as a gate that stays closed. Pure.
 */
export function decideSigned(facts: SignatureFacts): SignatureDecision {
  const { seq, coverage, judgement, unwatched, measured, waitedS, limitMin } = facts;
  if (unwatched !== null) return { kind: 'take_back', outcome: 'no_proof', cause: 'unwatched', why: unwatched };
  const { verdict, cause, why } = judgement;
  if (cause !== null && (verdict === 'FAIL' || verdict === 'INCONCLUSIVE'))
    return { kind: 'take_back', outcome: verdict === 'FAIL' ? cause : 'no_proof', cause, why };
  if (coverage.kind === 'contradicted') {
    const broken = `the record contradicts what was signed of it, from entry ${coverage.seq} on`;
    return unsigned(`${broken}: nothing is promoted on it`);
  }
  if (coverage.kind === 'covered' && measured) return { kind: 'promote', checkpoint: coverage };
  const lacks = describeLack(coverage, seq);
  if (waitedS >= limitMin * 60) return unsigned(`${limitMin} min after the verdict it still waited ${lacks}`);
  return { kind: 'wait', why: lacks };
}

function unsigned(why: string): SignatureDecision {
  return { kind: 'take_back', outcome: NO_CHECKPOINT, cause: NO_CHECKPOINT, why };
}

function describeLack(coverage: Exclude<Coverage, { kind: 'contradicted' }>, seq: string): string {
  const wanted = `${WAITS.checkpoint} that covers entry ${seq}`;
  switch (coverage.kind) {
    case 'none':
      return wanted;
    case 'altered':
      return `${wanted}: the one of ${coverage.size} entries is not signed with a key of audit.checkpoint_keys`;
    case 'covered':
      return 'for metrics of the canary, which is signed for';
    default:
      return assertNever(coverage);
  }
}
