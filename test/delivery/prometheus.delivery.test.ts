import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { PrometheusSettings } from '../../src/config/delivery-schema.ts';
import { SlipwayFile } from '../../src/config/schema.ts';
import type { ArmSource } from '../../src/delivery/arm-source.ts';
import type { BaselineWindow } from '../../src/delivery/baseline-window.ts';
import { makeMetricSource } from '../../src/delivery/make-metric-source.ts';
import { makePrometheusSource } from '../../src/delivery/prometheus/make-prometheus-source.ts';
import { makePrometheusClient } from '../../src/delivery/prometheus/prometheus-client.ts';
import { digestOf } from '../../src/ids.ts';
import { never } from '../contract/delivery-target.ts';
import { testMetricSource } from '../contract/metric-source.ts';
import { withDirectory } from '../support/delivery-room.ts';
import { eventually } from '../support/eventually.ts';
import type { StartedProgram } from '../support/start-program.ts';
import { type Exporter, startExporter, startServicePrometheus } from '../support/start-test-prometheus.ts';

const QUERIES = {
  up: 'up{arm="{{arm}}"}',
  total: 'sum(http_requests_total{arm="{{arm}}"})',
  successes: 'sum(http_requests_total{arm="{{arm}}",code!~"5.."})',
  buckets: 'sum by (le) (http_seconds_bucket{arm="{{arm}}"})',
};
const asked = { production: digestOf('production'), canary: digestOf('canary') };

function settings(url: string, change: Record<string, unknown> = {}): PrometheusSettings {
  const metrics = { kind: 'prometheus', url, scrape_interval_s: 1, timeout_s: 1, ...QUERIES, ...change };
  const delivery = { kind: 'command', command: ['x'], public_url: 'http://x', metrics };
  const service = { repository: '/x.git', repo: 'a/b', delivery };
  const read = SlipwayFile.parse({ services: { shop: service } }).services['shop']?.delivery;
  if (read?.kind !== 'command' || read.metrics.kind !== 'prometheus') throw new Error('not what was written');
  return read.metrics;
}

const ALL = { window_days: 30, min_days: 14, hours: 'all' } as const;

function sourceOf(
  url: string,
  change: Record<string, unknown> = {},
  now = () => new Date(),
  window: BaselineWindow = ALL,
): ArmSource {
  const read = settings(url, change);
  const client = makePrometheusClient({ url, timeoutMs: read.timeout_s * 1000, token: undefined });
  return makePrometheusSource({ client, settings: read, window, thresholdMs: 800, now });
}

function counters(ok: number, failed: number | null, slow = 0): string {
  const total = ok + (failed ?? 0);
  return [
    `http_requests_total{code="200"} ${ok}`,
    ...(failed === null ? [] : [`http_requests_total{code="500"} ${failed}`]),
    `http_seconds_bucket{le="0.1"} ${total - slow}`,
    `http_seconds_bucket{le="0.8"} ${total - slow}`,
    `http_seconds_bucket{le="+Inf"} ${total}`,
    '',
  ].join('\n');
}

interface Ground {
  readonly url: string;
  readonly program: StartedProgram;
  readonly production: Exporter;
  readonly canary: Exporter;
}

function withPrometheus(work: (ground: Ground) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const production = await startExporter(counters(1_000, 3, 4));
    const canary = await startExporter(counters(50, null));
    const arms = { production: production.address, canary: canary.address };
    const { url, program } = await startServicePrometheus(directory, { arms });
    try {
      await eventually('both are scraped', () =>
        sourceOf(url)
          .read(asked, never())
          .catch(() => null),
      );
      await work({ url, program, production, canary });
    } finally {
      await program.end('SIGKILL');
      await Promise.all([production.close(), canary.close()]);
    }
  });
}

describe('the contract of a metric source, by Prometheus', () => {
  const at = (version: typeof asked.production) => ({ version, endpoint: 'http://x' });
  const target = {
    describe: () =>
      Promise.resolve({
        production: at(asked.production),
        canary: at(asked.canary),
        staging: null,
        base: null,
        canaryPct: 5,
        publicEndpoint: 'http://x',
      }),
    health: () => Promise.resolve({ up: true, detail: 'healthy' }),
  };
  testMetricSource((work) =>
    withPrometheus(({ url, program, production, canary }) =>
      work({
        metrics: makeMetricSource(sourceOf(url), target),
        service: 'shop',
        traffic: async () => {
          production.text = counters(1_100, 5, 4);
          canary.text = counters(60, null);
        },
        breakIt: () => program.end('SIGKILL'),
      }),
    ),
  );
});

describe('figures from a real Prometheus', () => {
  it('are raw counts of both arms; a series that was never emitted is no zero, and no error either where successes are counted', () =>
    withPrometheus(async ({ url, canary }) => {
      const read = await sourceOf(url).read(asked, never());
      expect(read.control).toEqual({
        total: 1_003,
        errors: 3,
        slow: 4,
        slow_above_ms: 800,
        histogram: [
          { le_ms: 100, count: 999 },
          { le_ms: 800, count: 999 },
          { le_ms: null, count: 1_003 },
        ],
        up: true,
      });
      expect(read.canary).toMatchObject({ total: 50, errors: 0, slow: 0, up: true });
      const byErrors = sourceOf(url, {
        successes: undefined,
        errors: 'sum(http_requests_total{arm="{{arm}}",code=~"5.."})',
      });
      await expect(byErrors.read(asked, never())).rejects.toThrow(
        'sum(http_requests_total{arm="canary",code=~"5.."}) has no value',
      );
      canary.text = counters(60, 2, 1);
      const after = await eventually('the new figures are scraped', async () => {
        const now = await byErrors.read(asked, never()).catch(() => null);
        return now?.canary?.total === 62 ? now : null;
      });
      expect(after.canary).toMatchObject({ errors: 2, slow: 1 });
    }));

  it.each([
    [
      'a series for each label',
      { total: 'http_requests_total{arm="{{arm}}"}' },
      /has [12] series|has 2 series, one is needed/,
    ],
    ['NaN', { total: 'sum(http_requests_total{arm="{{arm}}"}) * NaN' }, 'is NaN, which is no number'],
    ['a division by nothing', { total: 'sum(http_requests_total{arm="{{arm}}"}) / 0' }, 'is +Inf, which is no number'],
    ['a rate', { total: 'sum(http_requests_total{arm="{{arm}}"}) / 7' }, 'which is no count: take raw counters'],
    ['a metric that is not there', { total: 'sum(htp_requests_total{arm="{{arm}}"})' }, 'has no value'],
    ['bad PromQL', { total: 'sum(http_requests_total{arm="{{arm}}"}' }, 'Prometheus answered 400 bad_data'],
    [
      'more successes than requests',
      { successes: '2 * sum(http_requests_total{arm="{{arm}}"})' },
      'do not count the same',
    ],
    ['buckets without le', { buckets: 'sum(http_seconds_bucket{arm="{{arm}}"})' }, 'has a series without le'],
    [
      'no bucket at the threshold',
      { buckets: 'sum by (le) (http_seconds_bucket{arm="{{arm}}",le!="0.8"})' },
      'has no bucket at exactly 800 ms',
    ],
    ['an arm that nobody scrapes', { up: 'up{arm="{{arm}}",job="other"}' }, 'has no value'],
  ])('are refused with %s', (_name, change, said) =>
    withPrometheus(async ({ url }) => {
      await expect(sourceOf(url, change).read(asked, never())).rejects.toThrow(said);
    }),
  );

  it('of a canary that is gone are its last ones, and say that it is down', () =>
    withPrometheus(async ({ url, canary }) => {
      canary.text = null;
      const read = await eventually('it is seen down', async () => {
        const now = await sourceOf(url)
          .read(asked, never())
          .catch(() => null);
        return now?.canary?.up === false ? now : null;
      });
      expect(read.canary).toMatchObject({ total: 50, errors: 0, up: false });
      expect(read.control.up).toBe(true);
    }));

  it('end with the server: stopped it does not answer in time, killed it cannot be reached', () =>
    withPrometheus(async ({ url, program }) => {
      program.signal('SIGSTOP');
      await expect(sourceOf(url).read(asked, never())).rejects.toThrow('did not answer within 1000 ms');
      program.signal('SIGCONT');
      await eventually('it answers again', () =>
        sourceOf(url)
          .read(asked, never())
          .catch(() => null),
      );
      await program.end('SIGKILL');
      await expect(sourceOf(url).read(asked, never())).rejects.toThrow('cannot be reached');
    }));

  it('go out with a bearer token, and stop with the run', () =>
    withFake(
      (request, response) => {
        response.writeHead(401).end(request.headers.authorization ?? 'none');
      },
      async (url) => {
        const client = makePrometheusClient({ url, timeoutMs: 1_000, token: 'of-the-test' });
        await expect(client.query('up', never())).rejects.toThrow('answered 401 and no result');
        await expect(client.query('up', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
      },
    ));
});

function withFake(answer: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  return new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)).then(async () => {
    const place = server.address();
    try {
      await work(`http://127.0.0.1:${typeof place === 'object' ? place?.port : 0}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

describe('answers that no real server gives on demand', () => {
  const vector = (value: string, at: number) => ({
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: {}, value: [at, value] }] },
  });
  it.each([
    [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, 'answered 503 timeout: query timed out'],
    [200, { ...vector('1', 1_000), warnings: ['one store is out of reach'] }, 'a part may be missing'],
    [200, { status: 'success', data: { resultType: 'scalar', result: [1, '1'] } }, 'answered something else'],
    [200, 'welcome', 'answered 200 and no result'],
    [302, {}, 'answered 302|cannot be reached'],
  ])('%i with %o are refused', (status, body, said) =>
    withFake(
      (_request, response) => void response.writeHead(status).end(JSON.stringify(body)),
      async (url) => {
        await expect(sourceOf(url).read(asked, never())).rejects.toThrow(new RegExp(said));
      },
    ),
  );

  it('a sample that is older than two scrapes is stale, whatever it says', () =>
    withFake(
      (request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => {
          body += part.toString();
        });
        request.on('end', () => {
          const query = new URLSearchParams(body).get('query') ?? '';
          response.end(JSON.stringify(vector(query.includes('timestamp') ? '996' : '1', 1_000)));
        });
      },
      async (url) => {
        await expect(sourceOf(url).read(asked, never())).rejects.toThrow(
          'was scraped 4 s ago, at most 3 s are believed',
        );
      },
    ));
});

describe('the baseline of production', () => {
  const DAY_S = 86_400;
  const STEP_S = 240;

  /** Sixteen days with 100 requests in each step: 1 failed, 2 slow ones. */
  function history(untilS: number): string {
    const steps = Math.floor((16 * DAY_S) / STEP_S);
    const series: [string, number][] = [
      ['http_requests_total{arm="production",code="200"}', 99],
      ['http_requests_total{arm="production",code="500"}', 1],
      ['http_seconds_bucket{arm="production",le="0.1"}', 50],
      ['http_seconds_bucket{arm="production",le="0.8"}', 98],
      ['http_seconds_bucket{arm="production",le="1.6"}', 100],
      ['http_seconds_bucket{arm="production",le="+Inf"}', 100],
    ];
    const lines = series.flatMap(([name, each]) =>
      Array.from({ length: steps }, (_, index) => `${name} ${each * (index + 1)} ${untilS - (steps - index) * STEP_S}`),
    );
    const types = ['# TYPE http_requests counter', ...lines.filter((line) => line.startsWith('http_requests'))];
    const buckets = ['# TYPE http_seconds histogram', ...lines.filter((line) => line.startsWith('http_seconds'))];
    return `${[...types, ...buckets, '# EOF'].join('\n')}\n`;
  }

  it('is that of the days there are, and refused where they are too few or the server keeps too few', () =>
    withDirectory(async (directory) => {
      const exporter = await startExporter('');
      const untilS = Math.floor(Date.now() / 1000 / STEP_S) * STEP_S;
      const options = { arms: { other: exporter.address }, history: history(untilS) };
      const kept = await startServicePrometheus(directory, { ...options, retention: '31d' });
      try {
        const baseline = await sourceOf(kept.url).baseline(never());
        expect(baseline?.error_rate).toBeCloseTo(0.01, 3);
        expect(baseline?.requests).toBeGreaterThan(0.98 * 16 * 360 * 100);
        expect(baseline?.requests).toBeLessThan(1.02 * 16 * 360 * 100);
        expect(baseline?.p50_ms).toBeCloseTo(100, 0);
        expect(baseline?.p99_ms).toBeCloseTo(1_200, 0);
        const days = (Date.parse(baseline?.window_to ?? '') - Date.parse(baseline?.window_from ?? '')) / 1000 / DAY_S;
        expect(days).toBeCloseTo(16, 0);
        expect(baseline).toMatchObject({ hour_of_week: null });
        expect(baseline?.days).toBeGreaterThanOrEqual(16);
        // Of sixteen days two hours are like this one: those of a week and of two weeks ago.
        const alike = await sourceOf(kept.url, {}, undefined, { ...ALL, hours: 'same_hour_of_week' }).baseline(never());
        expect(alike?.requests).toBeGreaterThan(0.9 * 2 * 15 * 100);
        expect(alike?.requests).toBeLessThan(1.1 * 2 * 15 * 100);
        expect(alike?.p99_ms).toBeCloseTo(1_200, 0);
        expect(alike).toMatchObject({ hour_of_week: Math.floor(Date.now() / 3_600_000) % 168 });
        await expect(
          sourceOf(kept.url, {}, undefined, { ...ALL, min_days: 25 }).baseline(never()),
        ).rejects.toMatchObject({
          code: 'BASELINE_TOO_YOUNG',
          name: 'UnrecoverableError',
        });
        expect(await sourceOf(kept.url, { total: 'none{arm="{{arm}}"}' }).baseline(never())).toBeNull();
      } finally {
        await kept.program.end('SIGKILL');
      }
      const short = await startServicePrometheus(directory, { arms: {} });
      try {
        await expect(sourceOf(short.url).baseline(never())).rejects.toMatchObject({
          code: 'RETENTION_TOO_SHORT',
          message: expect.stringContaining(
            'keeps 15d, the baseline needs 30 days: start it with --storage.tsdb.retention.time=31d',
          ),
        });
      } finally {
        await short.program.end('SIGKILL');
        await exporter.close();
      }
    }));
});
