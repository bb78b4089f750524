/**
 * Exact binomial figures by the regularized incomplete beta function (continued fraction, modified Lentz; NIST DLMF
 * 8.17.22). Used instead of normal approximations, which call 1 error in 60 against 1 in 1140 a certainty.
 */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0: Lanczos below 20, Stirling's series above, where it is exact to the last digits. */
function lnGamma(x: number): number {
  if (x >= 20) {
    const i = 1 / x;
    const i2 = i * i;
    const series = i * (1 / 12 - i2 * (1 / 360 - i2 * (1 / 1260 - i2 / 1680)));
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }
  const z = x - 1;
  const sum = LANCZOS.reduce((total, c, k) => (k === 0 ? c : total + c / (z + k)), 0);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** I_x(a, b), the distribution function of Beta(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x > (a + 1) / (a + b + 2)) return 1 - (front * betaFraction(1 - x, b, a)) / b;
  return (front * betaFraction(x, a, b)) / a;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

/**
 * One-sided Clopper–Pearson upper bound: the largest share that `k` events in `n` still allow.
 * 1 when nothing was seen (`n` = 0): no data proves nothing.
 */
export function upperBound(k: number, n: number, confidence = 0.95): number {
  if (n <= 0 || k >= n) return 1;
  if (k === 0) return -Math.expm1(Math.log1p(-confidence) / n);
  let low = k / n;
  let high = 1;
  for (let step = 0; step < 100 && high - low > 1e-14 * high; step += 1) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, k + 1, n - k) < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** One-sided Clopper–Pearson lower bound: the smallest share that `k` events in `n` still allow. 0 when nothing was seen. */
export function lowerBound(k: number, n: number, confidence = 0.95): number {
  return n <= 0 ? 0 : 1 - upperBound(n - k, n, confidence);
}

/** P(X ≥ k) for X ~ Binomial(n, p). */
export function upperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return incompleteBeta(p, k, n - k + 1);
}

/** P(X ≤ k) for X ~ Binomial(n, p). */
export function lowerTail(k: number, n: number, p: number): number {
  if (k >= n) return 1;
  if (k < 0) return 0;
  return incompleteBeta(1 - p, n - k, k + 1);
}
