import { sentence } from './words.ts';

export interface LabelledValue {
  readonly label: string;
  readonly value: string;
}

const TIME = /^\d{4}-\d\d-\d\dT(?:\d\d:){2}\d\d/;

/** A baseline as people read it: `p99_ms: 87.31` → `p99 · 87.3 ms`, `error_rate: 0.002` → `Error rate · 0.20 %`. */
export function baselineRows(baseline: Readonly<Record<string, unknown>>): LabelledValue[] {
  const { window_from: from, window_to: to, ...rest } = baseline;
  const window =
    isTime(from) && isTime(to) ? [{ label: 'UTC window', value: `${minuteOf(from)} – ${minuteOf(to)}` }] : [];
  const others = window.length > 0 ? rest : baseline;
  return [
    ...Object.entries(others).map(([key, value]) => ({ label: labelOf(key), value: valueOf(key, value) })),
    ...window,
  ];
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value);
}

/** `11-22 22:00`: the year is on the run. */
function minuteOf(time: string): string {
  return time.slice(5, 16).replace('T', ' ');
}

function labelOf(key: string): string {
  const percentile = /^(p\d+)_ms$/.exec(key)?.[1];
  return percentile ?? sentence(key.replace(/_(ms|s|pct)$/, ''));
}

function valueOf(key: string, value: unknown): string {
  if (value === null || value === undefined) return 'not known';
  if (typeof value === 'number') return numberOf(key, value);
  if (typeof value !== 'string') return JSON.stringify(value);
  return isTime(value) ? `${value.slice(0, 19).replace('T', ' ')} UTC` : value;
}

function numberOf(key: string, value: number): string {
  if (key.endsWith('_ms')) return `${value.toFixed(1)} ms`;
  if (key.endsWith('_rate')) return `${(value * 100).toFixed(2)} %`;
  if (key.endsWith('_pct')) return `${value} %`;
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 }).format(value);
}
