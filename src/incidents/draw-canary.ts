import { type ChartPoint, drawLineChart } from '../charts/line-chart.ts';
import type { SeriesPoint, WeightChange } from './incident.ts';

/** What is drawn of a canary, live or over. */
export interface CanaryCourse {
  readonly series: readonly SeriesPoint[];
  readonly weights: readonly WeightChange[];
  readonly limits: { readonly error_rate_threshold: number; readonly slow_share_threshold: number };
}

/** Of so many requests and more a share says something by itself; until then spans are drawn together. */
const POINT_REQUESTS = 20;

/** Errors of canary and production over time, with the threshold and the steps of the weight. Pure. */
export function drawErrors(course: CanaryCourse): string {
  return draw(course, 'errors', course.limits.error_rate_threshold, 'Errors');
}

/** Requests above the latency limit, likewise. */
export function drawSlow(course: CanaryCourse): string {
  return draw(course, 'slow', course.limits.slow_share_threshold, 'Slow requests');
}

function draw({ series, weights }: CanaryCourse, event: 'errors' | 'slow', limit: number, what: string): string {
  const points = joinSpans(series);
  const line = (arm: 'canary' | 'control'): ChartPoint[] =>
    points.map((point) => [
      point.elapsed_s,
      point[arm].requests === 0 ? null : (100 * point[arm][event]) / point[arm].requests,
    ]);
  const lines = [
    { name: 'canary', points: line('canary') },
    { name: 'production', points: line('control'), dashed: true },
  ];
  const highest = Math.max(limit * 200, ...lines.flatMap((each) => each.points.map(([, y]) => y ?? 0)));
  const end = Math.max(1, ...series.map(({ elapsed_s }) => elapsed_s), ...weights.map(({ elapsed_s }) => elapsed_s));
  return drawLineChart({
    title: `${what} of the canary and of production, percent of requests, with the limit of ${percent(limit * 100)} and the steps of the weight`,
    x: {
      label: 'seconds under traffic',
      min: 0,
      max: end,
      ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => ({ at: part * end, label: `${Math.round(part * end)} s` })),
    },
    y: {
      label: what,
      min: 0,
      max: highest,
      ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => ({ at: part * highest, label: percent(part * highest) })),
    },
    lines,
    limits: [{ at: limit * 100, label: `limit ${percent(limit * 100)}` }],
    marks: weights
      .filter(({ phase }) => phase === 'completed')
      .map(({ elapsed_s, pct }) => ({ at: elapsed_s, label: `${pct} % of traffic` })),
  });
}

function joinSpans(series: readonly SeriesPoint[]): SeriesPoint[] {
  const joined: SeriesPoint[] = [];
  let open: SeriesPoint | null = null;
  for (const point of series) {
    open =
      open === null
        ? point
        : { ...point, canary: add(open.canary, point.canary), control: add(open.control, point.control) };
    if (open.canary.requests < POINT_REQUESTS) continue;
    joined.push(open);
    open = null;
  }
  return open === null ? joined : [...joined, open];
}

function add(a: SeriesPoint['canary'], b: SeriesPoint['canary']): SeriesPoint['canary'] {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors, slow: a.slow + b.slow };
}

function percent(value: number): string {
  return `${Number(value.toFixed(2))} %`;
}
