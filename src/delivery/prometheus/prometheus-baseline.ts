import { PermanentFailure } from '../../errors.ts';
import { hourOfWeek, hoursLikeNow, median } from '../baseline-window.ts';
import { computePercentile } from '../histogram.ts';
import type { ArmCounters, Baseline } from '../metric-source.ts';
import type { PrometheusSourceOptions } from './prometheus-source-options.ts';
import { fillTemplate } from './query-template.ts';
import { parseBuckets } from './sample-buckets.ts';

const DAY_S = 86_400;
/** Prometheus refuses more than 11,000 points of a range; this is far below, and coarse enough for 90 days. */
const MAX_POINTS = 1_000;
const UNITS_S: Readonly<Record<string, number>> = { y: 365 * DAY_S, w: 7 * DAY_S, d: DAY_S, h: 3600, m: 60, s: 1 };

/**
 * Production's own figures in the hours of the window that are like the one that is on: a budget, not a test. Counts are sums, a
 * percentile is the median of those of the single hours, so that one bad hour does not become the budget. The versions changed
 * meanwhile, so queries with `{{version}}` match any.
 * @throws {PermanentFailure} RETENTION_TOO_SHORT, BASELINE_TOO_YOUNG: what exists would be less than what was asked for, silently.
 */
export async function readPrometheusBaseline(
  options: PrometheusSourceOptions,
  signal: AbortSignal,
): Promise<Omit<Baseline, 'service'> | null> {
  const { client, settings, window, now } = options;
  const { window_days, min_days, hours } = window;
  const windowS = Math.round(window_days * DAY_S);
  checkRetention(await client.retention(signal), window_days);

  const to = Math.floor(now().getTime() / 1000);
  const fill = fillFor(options);
  const stepS = Math.max(Math.ceil(settings.scrape_interval_s), Math.ceil(windowS / MAX_POINTS));
  // Points are counted from the start, and the newest must be one of them.
  const from = to - Math.floor(windowS / stepS) * stepS;
  const moments = await client.presence(fill(settings.total), { from, to, stepS }, signal);
  const [first] = moments;
  if (first === undefined) return null;
  const days = new Set(moments.map((moment) => Math.floor(moment / DAY_S))).size;
  if (days < min_days)
    throw new PermanentFailure(
      'BASELINE_TOO_YOUNG',
      `production has figures of ${days} day(s), ${min_days} are needed (staging.baseline.min_days); until then set staging.p99_budget_ms`,
    );
  const spans =
    hours === 'all'
      ? [{ fromMs: first * 1000, toMs: to * 1000 }]
      : hoursLikeNow(now().getTime(), window_days).filter(({ toMs }) => toMs > first * 1000);
  const figures: SpanFigures[] = [];
  for (const span of spans) {
    const read = await readSpan(options, span, hours === 'all' ? stepS : Math.ceil(settings.scrape_interval_s), signal);
    if (read.requests > 0) figures.push(read);
  }
  const requests = figures.reduce((sum, each) => sum + each.requests, 0);
  if (requests === 0) return null;
  const middle = (share: number) => median(figures.flatMap(({ buckets }) => percentile(buckets, share) ?? []));
  const failed = figures.reduce((sum, each) => sum + each.failed, 0);
  return {
    window_from: new Date(Math.min(...spans.map(({ fromMs }) => fromMs))).toISOString(),
    window_to: new Date(Math.max(...spans.map(({ toMs }) => toMs))).toISOString(),
    requests: Math.round(requests),
    error_rate: Math.min(1, Math.max(0, failed / requests)),
    p50_ms: middle(0.5),
    p95_ms: middle(0.95),
    p99_ms: middle(0.99),
    days,
    hour_of_week: hours === 'all' ? null : hourOfWeek(now().getTime()),
  };
}

interface SpanFigures {
  readonly requests: number;
  readonly failed: number;
  readonly buckets: ArmCounters['histogram'];
}

function fillFor({ settings }: PrometheusSourceOptions): (template: string) => string {
  const values = { arm: settings.arms.production, version: settings.baseline.version };
  return (template) => fillTemplate(template, values);
}

/** What grew between two moments; nothing where there are no series. */
async function readSpan(
  options: PrometheusSourceOptions,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  stepS: number,
  signal: AbortSignal,
): Promise<SpanFigures> {
  const { client, settings } = options;
  const fill = fillFor(options);
  const at = toMs / 1000;
  const grown = (template: string): string => `increase((${fill(template)})[${(toMs - fromMs) / 1000}s:${stepS}s])`;
  const total = async (template: string): Promise<number> =>
    (await client.query(grown(template), signal, at)).reduce((sum, { value }) => sum + value, 0);
  const requests = await total(settings.total);
  if (requests === 0) return { requests, failed: 0, buckets: [] };
  const failed =
    settings.errors === undefined ? requests - (await total(settings.successes ?? '')) : await total(settings.errors);
  const samples = await client.query(grown(settings.buckets), signal, at);
  const shape = { unit: settings.bucket_unit, what: fill(settings.buckets), whole: false };
  return { requests, failed, buckets: parseBuckets(samples, shape) };
}

/** In the open bucket nothing is known but a lower limit, and a budget on that would be no budget: null. */
function percentile(histogram: ArmCounters['histogram'], share: number): number | null {
  const edges = histogram.flatMap(({ le_ms }) => (le_ms === null ? [] : [le_ms]));
  const total = histogram.at(-1)?.count ?? 0;
  const closed = histogram.at(-2)?.count ?? 0;
  if (total === 0 || closed < share * total) return null;
  const own = histogram.map(({ count }, index) => count - (histogram[index - 1]?.count ?? 0));
  return computePercentile(edges, own, share);
}

function checkRetention(retention: string | null, windowDays: number): void {
  const keptS = retention === null ? null : parseRetention(retention);
  if (keptS === null || keptS >= windowDays * DAY_S) return;
  throw new PermanentFailure(
    'RETENTION_TOO_SHORT',
    `Prometheus keeps ${retention}, the baseline needs ${windowDays} days: start it with --storage.tsdb.retention.time=${windowDays + 1}d, or lower staging.baseline.window_days`,
  );
}

/** `15d`, `4w2d`, `30d or 100GiB`; null when it is limited by size alone. */
function parseRetention(text: string): number | null {
  const [time = ''] = text.split(' or ');
  if (!/^(?:\d+[ywdhms])+$/.test(time)) return null;
  return [...time.matchAll(/(\d+)([ywdhms])/g)].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (UNITS_S[unit] ?? 1),
    0,
  );
}
