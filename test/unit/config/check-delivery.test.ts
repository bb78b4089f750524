import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkDelivery } from '../../../src/config/check-delivery.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { Service, SlipwayFile } from '../../../src/config/schema.ts';

const limits = SlipwayFile.parse({}).thresholds;
const metrics = { kind: 'command' as const, command: ['counters'], timeout_s: 60, environment: ['DATABASE_URL_FILE'] };
const delivery = {
  kind: 'command' as const,
  command: ['deploy'],
  timeout_s: 60,
  environment: ['KUBECONFIG', 'SLIPWAY_TOKEN'],
  public_url: 'https://shop.example.com',
  metrics,
};

it('gives no program a secret of Slipway itself, in whichever section it stands', () => {
  expect(checkDelivery({ delivery, limits }).map(({ path, problem }) => [path.join('.'), problem])).toEqual([
    ['environment.1', 'is a secret of Slipway itself, which no program is given'],
    ['metrics.environment.0', 'is a secret of Slipway itself, which no program is given'],
  ]);
});

it('reads the variables that programs are given by name, and only those', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-config-'));
  try {
    const file = join(directory, 'slipway.yaml');
    const service = {
      repository: '/srv/shop.git',
      repo: 'acme/shop',
      delivery: {
        ...delivery,
        environment: ['KUBECONFIG', 'NOT_SET'],
        metrics: { ...metrics, environment: ['REGION'] },
      },
    };
    writeFileSync(file, JSON.stringify({ services: { shop: service } }));
    const { env } = readConfig({ file, env: { KUBECONFIG: '/etc/kube', REGION: 'eu', OTHER: 'x' } });
    expect(env.programVariables).toEqual({ KUBECONFIG: '/etc/kube', REGION: 'eu' });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it.each([
  [{ up: 'up' }, 'metrics.up', 'names neither {{arm}} nor {{version}}, so both arms would show the same'],
  [
    { total: 'sum(x{v="{{sha}}"})' },
    'metrics.total',
    '{{sha}} is not known; there are {{arm}}, {{version}} and {{version_short}}',
  ],
  [{ up: 'min(up{arm="{{arm}}"})' }, 'metrics.up', 'must be a selector alone, without functions around it'],
  [{ errors: 'sum(e{arm="{{arm}}"})' }, 'metrics', 'needs exactly one of errors and successes'],
  [{ arms: { production: 'a', canary: 'a' } }, 'metrics.arms.canary', 'is the same as arms.production'],
])('refuses queries that cannot tell the arms apart: %o', (change, path, problem) => {
  const prometheus = {
    kind: 'prometheus',
    url: 'http://127.0.0.1:9090',
    up: 'up{arm="{{arm}}"}',
    total: 'sum(t{arm="{{arm}}"})',
    successes: 'sum(s{arm="{{arm}}"})',
    buckets: 'sum by (le) (b{arm="{{arm}}"})',
    ...change,
  };
  expect(remarksOf({ ...delivery, environment: [], metrics: prometheus })).toEqual([[path, problem]]);
});

it('holds HAProxy to weights it can express, to two arms, and to the edge that is judged', () => {
  const haproxy = {
    kind: 'haproxy',
    socket: '/run/haproxy/admin.sock',
    backend: 'shop',
    public_url: 'https://shop.example.com',
    deploy: { command: ['deploy'] },
    metrics: { kind: 'haproxy', latency_table: 'slipway_latency', latency_edge_ms: 800 },
  };
  expect(remarksOf(haproxy)).toEqual([]);
  expect(remarksOf({ ...haproxy, canary_servers: ['stable'] })).toEqual([
    ['canary_servers.0', 'stands among stable_servers too'],
  ]);
  expect(remarksOf(haproxy, { ...limits, canary_traffic_initial_pct: 0.2 })).toEqual([
    ['canary_servers', "HAProxy's weights from 0 to 256 cannot share 0.2 % among these servers"],
  ]);
  expect(remarksOf({ ...haproxy, metrics: { ...haproxy.metrics, latency_edge_ms: 500 } })).toEqual([
    ['metrics.latency_edge_ms', expect.stringContaining('must be p99_latency_threshold_ms (800)')],
  ]);
});

function remarksOf(written: unknown, of = limits): unknown[] {
  const service = Service.parse({ repository: '/srv/shop.git', repo: 'acme/shop', delivery: written });
  return checkDelivery({ delivery: service.delivery, limits: of }).map(({ path, problem }) => [
    path.join('.'),
    problem,
  ]);
}
