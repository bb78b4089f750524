/** `2.0`; two decimals where one would round. */
export function showAmount(points: number): string {
  return points.toFixed(Math.round(points * 100) % 10 === 0 ? 1 : 2);
}

/** `+2.0`, `−0.5`. */
export function showPoints(points: number): string {
  if (points === 0) return '0.0';
  return points > 0 ? `+${showAmount(points)}` : `−${showAmount(-points)}`;
}
