/** A guard that was not heard of for this long is not counted on, milliseconds. */
export const GUARD_LOST_MS = 15_000;

export interface KnownGuard {
  /** Since it last said that it lives, milliseconds, by the database's clock. */
  readonly silentMs: number;
  /** It has the canary of the run in its own file. */
  readonly noted: boolean;
}
