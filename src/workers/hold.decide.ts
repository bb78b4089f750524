import type { WindowState } from '../delivery/deploy-window.ts';
import { WAITS } from '../runs/wait-words.ts';

/** What an operator set, as a run that waits for it names it. */
export interface Brake {
  readonly actor: string;
  readonly reason: string;
}

export interface HoldFacts {
  readonly freeze: Brake | null;
  /** Of the canary's queue; looked at only before anything of it stands. */
  readonly pause: Brake | null;
  readonly window: WindowState;
  /** Something of this canary stands already: only a freeze holds it back then. */
  readonly begun: boolean;
  readonly now: Date;
}

export interface Hold {
  readonly why: string;
  /** When to look again. */
  readonly ms: number;
}

const LOOK_AGAIN_MS = 2_000;
/** An operator may change the windows, so a night is not slept through in one piece. */
const LONGEST_MS = 60_000;
const MAX_REASON = 200;

/** What keeps a run from being delivered now; null when nothing does. The gravest first. */
export function decideHold({ freeze, pause, window, begun, now }: HoldFacts): Hold | null {
  if (freeze !== null) return { why: `${WAITS.freeze}: ${nameBrake(freeze)}`, ms: LOOK_AGAIN_MS };
  if (begun) return null;
  if (pause !== null) return { why: `${WAITS.pause}: ${nameBrake(pause)}`, ms: LOOK_AGAIN_MS };
  if (window.open) return null;
  const left = window.until.getTime() - now.getTime();
  return {
    why: `${WAITS.window}${window.until.toISOString().slice(0, 16)}Z`,
    ms: Math.min(LONGEST_MS, Math.max(1, left)),
  };
}

export function nameBrake({ actor, reason }: Brake): string {
  return `${actor}, ${reason.slice(0, MAX_REASON)}`;
}
