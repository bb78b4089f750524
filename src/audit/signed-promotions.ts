import type { Entry } from './entry.ts';
import type { Finding } from './verify-policy.ts';

/** One change that was made production, and the entry that must stand under a signature for it. */
interface Promotion {
  readonly seq: string;
  readonly runId: string;
  /** Its verdict; all else that authorises it stands before. */
  readonly restsOn: string;
}

export interface SignedPromotions {
  /** Takes the entries of the log in order. */
  add(seq: string, entry: Entry): void;
  count(): number;
  /** Those whose verdict is none of the first `size` entries. */
  beyond(size: bigint): Finding<'promotion_unsigned'>[];
}

/** Whether what became production had been decided on a record that is signed. Pure; remembers a little for each promotion. */
export function makeSignedPromotions(): SignedPromotions {
  const verdicts = new Map<string, string>();
  const promotions = new Map<string, Promotion>();
  return {
    add(seq, { run_id: runId, event, dry_run: dryRun }) {
      if (runId === null || dryRun) return;
      if (event === 'canary_verdict') verdicts.set(runId, seq);
      if (event === 'run_finished') verdicts.delete(runId);
      if ((event !== 'promotion.intended' && event !== 'production_release') || promotions.has(runId)) return;
      promotions.set(runId, { seq, runId, restsOn: verdicts.get(runId) ?? seq });
    },
    count: () => promotions.size,
    beyond(size) {
      const reach = size === 0n ? 'there is no signed checkpoint' : `the checkpoint ends with entry ${size - 1n}`;
      return [...promotions.values()]
        .filter(({ restsOn }) => BigInt(restsOn) >= size)
        .map(({ seq, runId, restsOn }) => ({
          seq,
          kind: 'promotion_unsigned',
          detail: `run ${runId} became production on entry ${restsOn}, and ${reach}`,
        }));
    },
  };
}
