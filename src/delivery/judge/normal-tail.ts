/**
 * P(Z > z) for a standard normal Z, to the last digits on both sides: the power series of erf near zero, the continued
 * fraction of erfc beyond (NIST DLMF 7.6.2 and 7.9.1).
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const upper = (x < 2 ? 1 - erfSeries(x) : erfcFraction(x)) / 2;
  return z < 0 ? 1 - upper : upper;
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** From the back: 1 / (x + (1/2) / (x + 1 / (x + (3/2) / …))). */
function erfcFraction(x: number): number {
  if (x > 27) return 0;
  let rest = x;
  for (let k = 120; k >= 1; k -= 1) rest = x + k / 2 / rest;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * rest);
}
