import { z } from 'zod';
import { isPastDeadline, withDeadline } from '../../with-deadline.ts';

export interface PrometheusOptions {
  readonly url: string;
  /** Of one request, answer included. */
  readonly timeoutMs: number;
  /** Sent as a bearer token when present. */
  readonly token: string | undefined;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Unix time at which the query was evaluated, in seconds. */
  readonly at: number;
}

/** The HTTP API, v1. Each call throws with what Prometheus said, and never makes a number of what is none. */
export interface PrometheusClient {
  /** An instant query; without `at` at the server's own present. */
  query(expression: string, signal: AbortSignal, at?: number): Promise<Sample[]>;
  /** Moments, in Unix seconds, at which the expression has a value. */
  presence(
    expression: string,
    range: { from: number; to: number; stepS: number },
    signal: AbortSignal,
  ): Promise<number[]>;
  /** What the server says about its retention, e.g. `15d`; null when it is no Prometheus and has no such page. */
  retention(signal: AbortSignal): Promise<string | null>;
}

const Point = z.tuple([z.number(), z.string()]);
const Labels = z.record(z.string(), z.string());
const Vector = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: Labels, value: Point })),
});
const Matrix = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: Labels, values: z.array(Point) })),
});
const RuntimeInfo = z.object({ storageRetention: z.string() });
const Failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });
const Success = z.object({
  status: z.literal('success'),
  data: z.unknown(),
  warnings: z.array(z.string()).optional(),
});

export function makePrometheusClient(options: PrometheusOptions): PrometheusClient {
  const ask = makeAsker(options);
  return {
    async query(expression, signal, at) {
      const fields = at === undefined ? {} : { time: String(at) };
      const data = await ask('query', { query: expression, ...fields }, signal);
      const { result } = parse(Vector, data, expression);
      return result.map(({ metric, value: [time, text] }) => {
        const value = Number(text);
        if (!Number.isFinite(value)) throw new Error(`${expression} is ${text}, which is no number`);
        return { labels: metric, value, at: time };
      });
    },
    async presence(expression, { from, to, stepS }, signal) {
      const fields = { query: expression, start: String(from), end: String(to), step: String(stepS) };
      const { result } = parse(Matrix, await ask('query_range', fields, signal), expression);
      const moments = new Set(result.flatMap(({ values }) => values.map(([time]) => time)));
      return [...moments].toSorted((a, b) => a - b);
    },
    async retention(signal) {
      const data = await ask('status/runtimeinfo', {}, signal);
      return data === null ? null : parse(RuntimeInfo, data, 'status/runtimeinfo').storageRetention;
    },
  };
}

/** Null stands for 404: this server has no such page. Warnings mean that a part is missing, so they are refused as well. */
function makeAsker({ url, timeoutMs, token }: PrometheusOptions) {
  return async function ask(path: string, fields: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    const where = new URL(`api/v1/${path}`, url.endsWith('/') ? url : `${url}/`);
    let status: number;
    let text: string;
    try {
      const isQuery = path.startsWith('query');
      ({ status, text } = await withDeadline(signal, timeoutMs, async (limit) => {
        const response = await fetch(where, {
          method: isQuery ? 'POST' : 'GET',
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          redirect: 'error',
          signal: limit,
          ...(isQuery ? { body: new URLSearchParams(fields) } : {}),
        });
        return { status: response.status, text: await response.text() };
      }));
    } catch (error) {
      signal.throwIfAborted();
      const why = isPastDeadline(error) ? `did not answer within ${timeoutMs} ms` : 'cannot be reached';
      throw new Error(`Prometheus at ${url} ${why}`, { cause: error });
    }
    if (status === 404) return null;
    const json = parseJson(text);
    const failure = Failure.safeParse(json);
    if (failure.success)
      throw new Error(`Prometheus answered ${status} ${failure.data.errorType}: ${failure.data.error}`);
    const success = Success.safeParse(json);
    if (status !== 200 || !success.success) throw new Error(`Prometheus at ${url} answered ${status} and no result`);
    const { data, warnings = [] } = success.data;
    if (warnings.length > 0)
      throw new Error(`Prometheus answered with warnings, so a part may be missing: ${warnings[0]}`);
    return data;
  };
}

function parse<T extends z.ZodType>(schema: T, data: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Error(`Prometheus answered something else than ${what} asks for: ${parsed.error.issues[0]?.message ?? ''}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
