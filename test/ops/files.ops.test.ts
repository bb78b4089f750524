import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseVerificationKey } from '../../src/audit/signed-note.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { packageRoot } from '../../src/package-root.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';
import { readSigningKey } from '../../src/signer/signing-key.ts';
import { type ComposeFile, readCompose, readCopies } from '../support/compose-file.ts';

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ alert: z.string().optional(), annotations: z.object({ runbook: z.string() }).optional() }),
      ),
    }),
  ),
});
const OURS = 'slipway:0.1.0';

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: tmpdir(), DOCKER_HOST: 'unix:///nowhere.sock' },
  });
}

function stagesOf(command: readonly string[] = []): string[] {
  return command[0] === 'worker' ? (command[command.indexOf('--stages') + 1] ?? '').split(',') : [];
}

describe('docker-compose.yml', () => {
  let file: ComposeFile;
  beforeAll(() => {
    file = readCompose();
  });

  it('is understood by docker-compose, without an engine', () => {
    const services = run('docker-compose', '--file', 'docker-compose.yml', 'config', '--services').trim().split('\n');
    expect(services.toSorted()).toEqual(Object.keys(file.services).toSorted());
  });

  it('serves every queue once, and test generation by the sandbox alone', () => {
    const served = Object.entries(file.services).flatMap(([name, { command }]) =>
      stagesOf(command).map((stage) => `${stage} ${name}`),
    );
    expect(served.map((line) => line.split(' ', 1).join('')).toSorted()).toEqual([...QUEUE_NAMES].toSorted());
    expect(served.filter((line) => line.endsWith(' sandbox'))).toEqual(['test-gen sandbox']);
  });

  it('gives the sandbox no secret but its way to the stores, no way out and nothing of others to write', () => {
    const sandbox = file.services['sandbox'];
    expect(sandbox?.secrets).toEqual(['redis_url', 'database_url']);
    expect(Object.keys(sandbox?.environment ?? {}).toSorted()).toEqual([
      'DATABASE_URL_FILE',
      'LOG_LEVEL',
      'REDIS_URL_FILE',
      'SLIPWAY_CONFIG',
    ]);
    expect(sandbox?.networks.map((name) => file.networks[name]?.internal)).toEqual([true, true]);
    const shared = sandbox?.volumes.filter((volume) =>
      Object.entries(file.services).some(
        ([name, other]) =>
          name !== 'sandbox-mirrors' &&
          other !== sandbox &&
          other.volumes.some((theirs) => theirs.split(':')[0] === volume.split(':')[0]),
      ),
    );
    expect(shared?.map((volume) => volume.split(':')[2])).toEqual(['ro', 'ro']);
    expect(sandbox?.security_opt).toContain('seccomp=ops/seccomp-bwrap.json');
    expect(existsSync(join(packageRoot, 'ops/seccomp-bwrap.json'))).toBe(true);
  });

  it('gives the signer its key, the record and no way out, and its key to nobody else', () => {
    const { signer } = file.services;
    expect([signer?.secrets, signer?.networks]).toEqual([['database_url'], ['stores', 'watch']]);
    expect(signer?.volumes).toEqual(
      expect.arrayContaining(['signer-key:/signer-key:ro', 'signer:/var/lib/slipway', 'checkpoints:/checkpoints']),
    );
    const holders = (volume: string) =>
      Object.entries(file.services).flatMap(([name, { volumes }]) =>
        volumes.some((one) => one.startsWith(`${volume}:`)) ? [name] : [],
      );
    expect(holders('signer-key')).toEqual(['signer', 'signer-key']);
    expect([holders('signer'), holders('checkpoints')]).toEqual([['signer'], ['signer']]);
    expect(file.services['signer-key']?.network_mode).toBe('none');
  });

  it('makes a signing key once, which the signer accepts', () => {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-signing-'));
    try {
      const key = join(directory, 'signer.key');
      const vkey = run(process.execPath, 'ops/make-signing-key.mjs', key, 'slipway/audit').trim();
      expect(run(process.execPath, 'ops/make-signing-key.mjs', key, 'slipway/audit').trim()).toBe(vkey);
      const { verification } = readSigningKey(key);
      expect(parseVerificationKey(vkey)).toMatchObject({ id: verification.id, name: 'slipway/audit' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('lets workers be scaled: no name, host port or foreign network of their own', () => {
    const { worker } = file.services;
    expect(worker).toMatchObject({ ports: [], networks: ['stores', 'watch', 'outside'] });
    expect(worker?.container_name).toBeUndefined();
    expect(worker?.network_mode).toBeUndefined();
  });

  it('hardens every part, bounds it, and lets it end by itself', () => {
    const flaws = Object.entries(file.services).flatMap(([name, service]) => {
      const ours = service.image === OURS;
      return [
        service.mem_limit === undefined && 'no memory limit',
        !service.ports.every((port) => port.startsWith('127.0.0.1:')) && 'published beyond loopback',
        service.restart !== 'no' && service.healthcheck?.test === undefined && 'no health check',
        ours && service.cap_drop.join() !== 'ALL' && 'keeps capabilities',
        ours && !service.read_only && 'may write to its image',
        ours && service.stop_grace_period !== '35s' && 'is killed before it has closed',
        ours && !service.security_opt.includes('no-new-privileges=true') && 'may gain privileges',
      ].flatMap((flaw) => (flaw === false ? [] : [`${name}: ${flaw}`]));
    });
    expect(flaws).toEqual([]);
  });

  it('waits for the migration wherever the record is opened', () => {
    const opening = Object.entries(file.services).filter(
      ([name, { environment }]) => name !== 'migrate' && environment['DATABASE_URL_FILE'] !== undefined,
    );
    expect(opening.map(([name]) => name)).toEqual([
      'server',
      'worker',
      'guard',
      'signer',
      'sandbox',
      'staging',
      'scrape-token',
    ]);
    const hasty = opening.filter(
      ([, service]) => service.depends_on['migrate']?.condition !== 'service_completed_successfully',
    );
    expect(hasty).toEqual([]);
  });

  it('names only variables that Slipway reads, and no secret by value', () => {
    const known = new Map<string, boolean>(VARIABLES.map(({ name, secret }) => [name, secret]));
    const own = Object.entries(file.services).filter(([, { image }]) => image === OURS);
    const settings = own.flatMap(([name, service]) =>
      Object.entries(service.environment).map(([variable, value]) => ({ name, service, variable, value })),
    );
    expect(
      settings.filter(({ variable }) => known.get(variable.replace(/_FILE$/, '')) !== variable.endsWith('_FILE')),
    ).toEqual([]);
    const unmounted = settings.filter(
      ({ service, variable, value }) =>
        variable.endsWith('_FILE') && value !== '' && !service.secrets.includes(value.replace('/run/secrets/', '')),
    );
    expect(unmounted).toEqual([]);
  });

  it('finds every secret made by ops/make-secrets, which changes none when it runs again', () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'slipway-secrets-')), 'secrets');
    try {
      run('ops/make-secrets', directory);
      const read = () =>
        Object.values(file.secrets).map(({ file: path }) => readFileSync(path.replace('./secrets', directory), 'utf8'));
      const first = read();
      expect(first.filter((content) => content === '')).toHaveLength(1);
      expect(run('ops/make-secrets', directory)).toBe('');
      expect(read()).toEqual(first);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
      const env = {
        REDIS_URL_FILE: join(directory, 'redis_url'),
        DATABASE_URL_FILE: join(directory, 'database_url'),
        SLIPWAY_CONFIG: join(packageRoot, 'ops/slipway.yaml'),
      };
      const config = readConfig({ env });
      expect(config.env.redisUrl).toMatch(/^redis:\/\/default:[0-9a-f]{48}@redis:6379$/);
      expect(config.fleet).toMatchObject({ metrics_host: '0.0.0.0', worker_metrics_port: 9464 });
    } finally {
      rmSync(join(directory, '..'), { recursive: true });
    }
  });

  it('says all its settings in .env.example, without a value that is a secret', () => {
    const example = readFileSync(join(packageRoot, '.env.example'), 'utf8');
    const settings = [...example.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => ({ name, value }));
    const text = readFileSync(join(packageRoot, 'docker-compose.yml'), 'utf8');
    const used = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]);
    for (const { name } of settings) expect(used).toContain(name);
    for (const { value } of settings) expect(value).toMatch(/^(|info|\.\/[\w./-]+|127\.0\.0\.1:\d+)$/);
  });
});

describe('the Dockerfile', () => {
  it('copies only what the repository has and .dockerignore lets through', () => {
    const known = run('git', 'ls-files', '--cached', '--others', '--exclude-standard').split('\n');
    const allowed = readFileSync(join(packageRoot, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = readCopies()
      .filter(({ copy }) => copy.from === null)
      .flatMap(({ copy }) => copy.sources);
    expect(sources).toContain('src');
    const unknown = sources.filter((source) => !known.some((path) => path === source || path.startsWith(`${source}/`)));
    expect(unknown).toEqual([]);
    expect(sources.filter((source) => !allowed.includes(source.split('/', 1).join('')))).toEqual([]);
  });

  it('ends as a user without rights, with the entry and the health check that compose relies on', () => {
    const text = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8');
    expect(/^USER (\S+)$/m.exec(text)?.[1]).toBe('node');
    expect(text).toContain('ENTRYPOINT ["node", "--max-semi-space-size=8", "bin/slipway.js"]');
    expect(text).toMatch(/^HEALTHCHECK .*ops\/check-health\.mjs/m);
    expect(text).toMatch(/^FROM node:\d+\.\d+\.\d+-bookworm-slim /m);
  });
});

describe('Prometheus files', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-promtool-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are a configuration that promtool accepts, of jobs that compose has', () => {
    expect(run('promtool', 'check', 'config', '--syntax-only', 'ops/prometheus.yml')).toContain('SUCCESS');
    const text = readFileSync(join(packageRoot, 'ops/prometheus.yml'), 'utf8');
    const names = [...text.matchAll(/names: \[(\S+)\]/g)].map((match) => match[1]);
    expect(names).toEqual(['worker', 'local-target', 'sandbox', 'signer', 'guard']);
    for (const name of names) expect(Object.keys(readCompose().services)).toContain(name);
  });

  it('alert where they must and stay quiet over a healthy fleet', () => {
    expect(run('promtool', 'check', 'rules', 'ops/alerts.yml')).toContain('SUCCESS');
    for (const file of ['ops/alerts.test.yml', 'ops/alerts-usual.test.yml'])
      expect(run('promtool', 'test', 'rules', file)).toContain('SUCCESS');
    const names = (path: string) =>
      new Set(
        [...readFileSync(join(packageRoot, path), 'utf8').matchAll(/(?:alert: |alertname[=:] ?"?)(\w+)/g)].map(
          (match) => match[1],
        ),
      );
    const rules = names('ops/alerts.yml');
    expect(rules.size).toBeGreaterThan(10);
    const tested = new Set([...names('ops/alerts.test.yml'), ...names('ops/alerts-usual.test.yml')]);
    expect([...rules].filter((name) => !tested.has(name))).toEqual([]);
  });

  it('link each alert to a runbook of its own that says what it means, what to look at and what to do', () => {
    const { groups } = Rules.parse(parse(readFileSync(join(packageRoot, 'ops/alerts.yml'), 'utf8')));
    const alerts = groups.flatMap(({ rules }) => rules.filter((rule) => rule.alert !== undefined));
    const flaws = alerts.flatMap(({ alert, annotations }) => {
      const path = annotations?.runbook ?? '';
      const text =
        existsSync(join(packageRoot, path)) && path !== '' ? readFileSync(join(packageRoot, path), 'utf8') : '';
      const parts = [`# ${alert}\n`, '## What it means\n', '## Look at\n', '## Do\n'];
      return parts.filter((part) => !text.includes(part)).map((part) => `${alert}: ${path} lacks ${part.trim()}`);
    });
    expect(flaws).toEqual([]);
    const linked = alerts.map(({ annotations }) => annotations?.runbook);
    expect(new Set(linked).size).toBe(alerts.length);
    const written = readdirSync(join(packageRoot, 'docs/runbooks'))
      .map((name) => `docs/runbooks/${name}`)
      // Those of the causes of a rollback are linked from its incident.
      .filter((path) => linked.includes(path) || !path.startsWith('docs/runbooks/canary-'));
    expect(new Set(written)).toEqual(new Set(linked));
  });
});
