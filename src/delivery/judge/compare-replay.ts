import { z } from 'zod';
import type { CanaryJudgement } from './judgement.ts';
import type { Replay } from './replay-canary.ts';

/** What the live canary said at a tick, as `canary_tick` holds it. */
export interface SaidTick {
  readonly tick: number;
  readonly verdict: string;
  /** As the payload has it. */
  readonly next: unknown;
}

export interface OtherWord {
  readonly tick: number;
  readonly recorded: string;
  /** Null where its sample is not stored any more, so that it cannot be judged again. */
  readonly replayed: string | null;
}

const Next = z.object({ kind: z.string(), pct: z.number().optional() }).nullable().catch(null);

/** The ticks at which a replay says another word than the live canary did. Pure. */
export function findOtherWords(said: readonly SaidTick[], replays: readonly Replay[]): OtherWord[] {
  const byTick = new Map(replays.map(({ tick, judgement }) => [tick, judgement]));
  return said.flatMap(({ tick, verdict, next }) => {
    const judgement = byTick.get(tick);
    const recorded = wordOf({ verdict, next: Next.parse(next) });
    const replayed = judgement === undefined ? null : wordOf(judgement);
    return recorded === replayed ? [] : [{ tick, recorded, replayed }];
  });
}

/** `PASS`, or what is to be done next: `CONTINUE, step_up 20 %`. */
function wordOf({ verdict, next }: { verdict: string; next: z.infer<typeof Next> | CanaryJudgement['next'] }): string {
  if (next === null) return verdict;
  const pct = 'pct' in next && next.pct !== undefined ? ` ${next.pct} %` : '';
  return `${verdict}, ${next.kind}${pct}`;
}
