/** A share as it was counted, with its interval; `rate` is null where nothing was counted. */
export interface Rate {
  readonly count: number;
  readonly of: number;
  readonly rate: number | null;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
const Z = 1.959963984540054;

/**
 * The Wilson score interval of a proportion (E. B. Wilson, 1927): it holds its level for small counts and for shares near 0
 * and 1, where the usual ± of the normal approximation says 0 ± 0. Nothing counted says nothing: 0 to 1.
 */
export function wilson(count: number, of: number): Rate {
  if (of === 0) return { count, of, rate: null, low: 0, high: 1 };
  const p = count / of;
  const z2 = Z * Z;
  const centre = (p + z2 / (2 * of)) / (1 + z2 / of);
  const half = (Z / (1 + z2 / of)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of));
  return { count, of, rate: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** How many must be counted so that none of them bounds the rate at `bound`. */
export function countedForBound(bound: number): number {
  return Math.ceil((Z * Z * (1 - bound)) / bound);
}

/** `12.5 % (1 of 8; 2.2–47.1 %)`. */
export function describeRate({ count, of, rate, low, high }: Rate): string {
  if (rate === null) return 'nothing counted';
  return `${percent(rate)} % (${count} of ${of}; ${percent(low)}–${percent(high)} %)`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
