/** Which of production's past a baseline is made from. */
export interface BaselineWindow {
  readonly window_days: number;
  /** `same_hour_of_week`: only the hours of the week that is on now; `all`: every hour of the window. */
  readonly hours: 'same_hour_of_week' | 'all';
  readonly min_days: number;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;

/** 0–167, UTC; hours a week apart have the same number. */
export function hourOfWeek(ms: number): number {
  return Math.floor(ms / HOUR_MS) % 168;
}

/** The hours of the window that are like the one `nowMs` lies in, the newest first; the one that is on is not over yet. */
export function hoursLikeNow(nowMs: number, windowDays: number): { readonly fromMs: number; readonly toMs: number }[] {
  const startMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const weeks = Math.floor((windowDays * 86_400_000) / WEEK_MS);
  return Array.from({ length: weeks }, (_, k) => {
    const fromMs = startMs - (k + 1) * WEEK_MS;
    return { fromMs, toMs: fromMs + HOUR_MS };
  });
}

/** Null without values. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
