import type { LimitTerm } from './policy-record.ts';

/** `5.5 = 7.0 base, −1.0 tier critical, −0.5 2 rollbacks in 30 days`. */
export function describeTerms(terms: readonly LimitTerm[]): string {
  const total = terms.reduce((sum, { points }) => sum + Math.round(points * 100), 0) / 100;
  const parts = terms.map(({ label, points }, index) => `${index === 0 ? plain(points) : signed(points)} ${label}`);
  return `${plain(total)} = ${parts.join(', ')}`;
}

/** One decimal, or two where one would round. */
function plain(points: number): string {
  return points.toFixed(Math.round(points * 100) % 10 === 0 ? 1 : 2);
}

function signed(points: number): string {
  return points < 0 ? `−${plain(-points)}` : `+${plain(points)}`;
}
