import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkDelivery } from '../../../src/config/check-delivery.ts';
import { readConfig } from '../../../src/config/read-config.ts';

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
  expect(checkDelivery(delivery).map(({ path, problem }) => [path.join('.'), problem])).toEqual([
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
