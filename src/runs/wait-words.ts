/** How steps begin what they write on a waiting run, where somebody else has to understand it: src/runs/why-waiting.decide.ts, metrics. */
export const WAITS = {
  tick: 'for the next canary tick',
  guard: 'for `slipway guard` to have the canary in its file',
  /** Followed by what it is to cover. */
  checkpoint: 'for a signed checkpoint',
  zero: 'for the delivery target to take its canary out',
  freeze: 'for the end of a freeze',
  pause: 'for the canary queue, which is paused',
  /** Followed by when, `2026-11-30T08:00Z`. */
  window: 'for the deploy window that opens at ',
} as const;
