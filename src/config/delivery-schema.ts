import { z } from 'zod';
import { command, seconds } from './schema-parts.ts';

const LocalDelivery = z.strictObject({
  kind: z.literal('local'),
  command: command.describe('Starts the service; it must listen on 127.0.0.1:$PORT.'),
  health_path: z.string().startsWith('/').default('/healthz').describe('Answers 200 when the service is ready.'),
  port: z.int().min(0).max(65535).default(0).describe('Where production traffic is served; 0 takes a free port.'),
});

const program = {
  command: command.describe('The program, asked in JSON on stdin: docs/delivery.md. Run without a shell.'),
  timeout_s: seconds.max(3600).default(60).describe('It and all it started are ended past this.'),
  environment: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'))
    .default([])
    .describe('Names of variables of the worker that the program gets, beside PATH, HOME and LANG.'),
};
const Program = z.strictObject(program);
export type ProgramSettings = z.infer<typeof Program>;

const CommandMetrics = z.strictObject({ kind: z.literal('command'), ...program });

const promql = z.string().min(1).max(2000);
const armName = z.string().regex(/^[\w.:/-]{1,80}$/, 'a label value of letters, digits and . _ : / -');

const PrometheusMetrics = z.strictObject({
  kind: z.literal('prometheus'),
  url: z
    .url({ protocol: /^https?$/ })
    .describe('Base address of the HTTP API; SLIPWAY_PROMETHEUS_TOKEN is sent as bearer token.'),
  timeout_s: seconds.max(60).default(5).describe('Of one request.'),
  scrape_interval_s: seconds
    .max(60)
    .default(15)
    .describe('How often the service is scraped: older samples than two of these are stale.'),
  arms: z
    .strictObject({
      production: armName.default('production').describe('Stands for `{{arm}}` in queries about production.'),
      canary: armName.default('canary').describe('Stands for `{{arm}}` in queries about the canary.'),
    })
    .prefault({}),
  up: promql.describe('Selector of the scrape health of all instances of an arm, e.g. `up{job="shop-{{arm}}"}`.'),
  total: promql.describe('Raw counter of requests, one series: `sum(http_requests_total{arm="{{arm}}"})`.'),
  errors: promql.optional().describe('Raw counter of failed requests, one series that is there from the start.'),
  successes: promql
    .optional()
    .describe(
      'In place of `errors`, for counters whose label appears with the first error: what is no success is an error.',
    ),
  error_kinds: promql
    .optional()
    .describe(
      'Raw counters of failed requests, one series for each kind, for the incident report: `sum by (route, code) (http_requests_total{arm="{{arm}}", code=~"5.."})`. No label may name the arm.',
    ),
  buckets: promql.describe('Raw histogram, one series for each le; an edge must be exactly p99_latency_threshold_ms.'),
  bucket_unit: z.enum(['s', 'ms']).default('s').describe('Unit of le.'),
  started: promql
    .optional()
    .describe('When the counters began at zero, in Unix seconds, one series; tells a restart for certain.'),
  baseline: z
    .strictObject({
      version: z
        .string()
        .max(80)
        .default('.*')
        .describe('Stands for `{{version}}` in queries about the past, e.g. with =~.'),
    })
    .prefault({}),
});
export type PrometheusSettings = z.infer<typeof PrometheusMetrics>;

const HaproxyMetrics = z.strictObject({
  kind: z.literal('haproxy'),
  latency_table: z
    .string()
    .regex(/^[\w.:-]{1,80}$/)
    .describe('Stick table in which HAProxy counts slow responses by server name: docs/delivery.md.'),
  latency_edge_ms: z
    .number()
    .positive()
    .describe('From where on HAProxy counts a response as slow; must be p99_latency_threshold_ms.'),
});

const drain = z
  .number()
  .min(0)
  .max(60)
  .default(5)
  .describe('How long a version is left running after traffic was taken from it, for requests in flight.');

const publicUrl = z.url({ protocol: /^https?$/ }).describe('The entry to production traffic.');

const CommandDelivery = z.strictObject({
  kind: z.literal('command'),
  ...program,
  public_url: publicUrl,
  metrics: z.discriminatedUnion('kind', [PrometheusMetrics, CommandMetrics]),
});

const servers = z.array(z.string().regex(/^[\w.:-]{1,80}$/, 'the name of a server in HAProxy')).min(1);

const HaproxyDelivery = z.strictObject({
  kind: z.literal('haproxy'),
  socket: z
    .string()
    .regex(/^(?:\/.+|[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})$/, 'a path that starts with /, or host:port')
    .describe('Runtime API, `level admin`: the path of a unix socket, or host:port.'),
  backend: z
    .string()
    .regex(/^[\w.:-]{1,80}$/)
    .describe('The backend that serves production.'),
  stable_servers: servers.default(['stable']).describe('Its servers that run the production version.'),
  canary_servers: servers
    .default(['canary'])
    .describe('Its servers that run the canary, each with `weight 0` in the file.'),
  public_url: publicUrl,
  drain_s: drain,
  deploy: Program.describe('Starts and stops versions; HAProxy only routes.'),
  metrics: z.discriminatedUnion('kind', [PrometheusMetrics, HaproxyMetrics, CommandMetrics]),
});

const NginxDelivery = z.strictObject({
  kind: z.literal('nginx'),
  split_file: z
    .string()
    .startsWith('/')
    .describe('File that nginx includes in its http block; only Slipway writes it.'),
  reload: Program.describe('Makes nginx check and read its files again, e.g. [nginx, -s, reload].'),
  probe_url: z
    .url({ protocol: /^http$/ })
    .describe('A location that returns the state of the split file: docs/delivery.md.'),
  public_url: publicUrl,
  drain_s: drain,
  deploy: Program.describe('Starts and stops versions; nginx only routes.'),
  metrics: z.discriminatedUnion('kind', [PrometheusMetrics, CommandMetrics]),
});

/** How a service is deployed, its traffic shared and its metrics read. docs/delivery.md tells it to people. */
export const Delivery = z.discriminatedUnion('kind', [LocalDelivery, CommandDelivery, HaproxyDelivery, NginxDelivery]);
export type DeliverySettings = z.infer<typeof Delivery>;
export type MetricSettings = Exclude<DeliverySettings, { kind: 'local' }>['metrics'];
