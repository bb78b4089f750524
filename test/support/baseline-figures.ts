/** Production's own figures over four weeks, as a metric source tells them. */
export const BASELINE_FIGURES = {
  window_from: '2026-10-30T08:00:00.000Z',
  window_to: '2026-11-20T09:00:00.000Z',
  requests: 20_000,
  error_rate: 0.001,
  p50_ms: 10,
  p95_ms: 40,
  p99_ms: 90,
  days: 28,
  hour_of_week: 32,
};
