import type { PrometheusSettings } from '../../config/delivery-schema.ts';
import type { ArmReading, ArmSource } from '../arm-source.ts';
import { readErrorKinds } from './error-kinds.ts';
import { readPrometheusBaseline } from './prometheus-baseline.ts';
import type { Sample } from './prometheus-client.ts';
import type { PrometheusSourceOptions } from './prometheus-source-options.ts';
import { fillTemplate, type TemplateValues } from './query-template.ts';
import { parseBuckets } from './sample-buckets.ts';

/** An older sample means that nobody watches any more, whatever the figures say. */
const STALE_SCRAPES = 2;
/** A scrape is never on the second. */
const STALE_SLACK_S = 1;

/**
 * Raw counters of both arms by instant queries, all of one arm at the same moment of the server's clock. No series, several
 * series, NaN, a fraction where a count should be and a stale sample are each an error: never a zero.
 */
export function makePrometheusSource(options: PrometheusSourceOptions): ArmSource {
  const { settings } = options;
  return {
    async read({ production, canary }, signal) {
      const [control, other] = await Promise.all([
        readArm(options, { arm: settings.arms.production, version: production }, signal),
        canary === null ? null : readArm(options, { arm: settings.arms.canary, version: canary }, signal),
      ]);
      return { control, canary: other };
    },
    baseline: (signal) => readPrometheusBaseline(options, signal),
  };
}

async function readArm(
  { client, settings, thresholdMs }: PrometheusSourceOptions,
  values: TemplateValues,
  signal: AbortSignal,
): Promise<ArmReading> {
  const fill = (template: string): string => fillTemplate(template, values);
  const up = fill(settings.up);
  // First, so that a target that is gone is told as what it is, and for the server's own time.
  const alive = readOne(await client.query(`min(${up})`, signal), up);
  const { at } = alive;
  // What is down is not scraped, and Prometheus drops its series at once: then the last figures stand, with `up` false.
  const last = (template: string): string =>
    alive.value === 1 ? fill(template) : `last_over_time((${fill(template)})[5m:${settings.scrape_interval_s}s])`;
  const count = async (template: string): Promise<number> => {
    const expression = last(template);
    const { value } = readOne(await client.query(expression, signal, at), expression);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new Error(`${expression} is ${value}, which is no count: take raw counters, not rate() or increase()`);
  };
  const [scraped, total, errors, buckets, started] = await Promise.all([
    client.query(`min(timestamp(${up}))`, signal, at),
    count(settings.total),
    settings.errors === undefined ? undefined : count(settings.errors),
    client.query(last(settings.buckets), signal, at),
    settings.started === undefined ? undefined : client.query(last(settings.started), signal, at),
  ]);
  const kinds = alive.value === 1 ? await readErrorKinds({ client, settings, values, at }, signal) : undefined;
  const ageS = at - readOne(scraped, up).value;
  const limitS = STALE_SCRAPES * settings.scrape_interval_s + STALE_SLACK_S;
  if (ageS > limitS) throw new Error(`${up} was scraped ${ageS.toFixed(0)} s ago, at most ${limitS} s are believed`);
  const histogram = parseBuckets(buckets, { unit: settings.bucket_unit, what: fill(settings.buckets) });
  const slow = countSlow(histogram, thresholdMs, fill(settings.buckets));
  return {
    ...(started === undefined ? {} : { since: toSince(readOne(started, fill(settings.started ?? ''))) }),
    total,
    errors: errors ?? total - (await countSuccesses(count, settings, total)),
    slow,
    slow_above_ms: thresholdMs,
    histogram,
    up: alive.value === 1,
    ...(kinds === undefined ? {} : { error_kinds: kinds }),
  };
}

/** Errors as what is no success: a label that no request has produced yet has no series, and that of success always has. */
async function countSuccesses(
  count: (template: string) => Promise<number>,
  { successes }: PrometheusSettings,
  total: number,
): Promise<number> {
  if (successes === undefined) throw new Error('neither errors nor successes are configured');
  const found = await count(successes);
  if (found <= total) return found;
  throw new Error(`there are ${found} successes in ${total} requests; the two queries do not count the same`);
}

function countSlow(histogram: ArmReading['histogram'], thresholdMs: number, what: string): number {
  const edge = histogram.find(({ le_ms }) => le_ms === thresholdMs);
  const all = histogram.at(-1);
  if (edge !== undefined && all !== undefined) return all.count - edge.count;
  const edges = histogram.map(({ le_ms }) => le_ms ?? 'Inf').join(', ');
  throw new Error(
    `${what} has no bucket at exactly ${thresholdMs} ms (p99_latency_threshold_ms), only at ${edges}: give the histogram that bucket`,
  );
}

function toSince({ value }: Sample): string {
  return new Date(Math.round(value * 1000)).toISOString();
}

function readOne(samples: readonly Sample[], expression: string): Sample {
  const [first] = samples;
  if (first === undefined) throw new Error(`${expression} has no value`);
  if (samples.length === 1) return first;
  throw new Error(`${expression} has ${samples.length} series, one is needed: put sum() around it`);
}
