import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { makeApiClient } from '../../src/cli/api-client.ts';
import { demoChanges } from '../../src/demo/demo-changes.ts';
import { makeRepository } from '../../src/demo/make-repository.ts';
import { startModelServer } from '../../src/demo/model-server.ts';
import { startEmbeddedStores } from '../../src/embedded/start-embedded-stores.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { RunId, Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { packageRoot } from '../../src/package-root.ts';
import { EnqueueRequest } from '../../src/runs/run-desk.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { type Container, type ContainerGround, runContainer } from '../support/compose-container.ts';
import { type ComposeFile, readCompose } from '../support/compose-file.ts';
import { giveToImageUser, makeImage } from '../support/compose-image.ts';
import { eventually } from '../support/eventually.ts';
import { startPrometheus } from '../support/start-prometheus.ts';

const DECISION_REASON = 'a credential is in the diff';
const soon = () => AbortSignal.timeout(20_000);
const PromAnswer = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
const Dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), type: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
});

describe('the fleet of docker-compose.yml, as processes', () => {
  const base = mkdtempSync(join(tmpdir(), 'slipway-ops-'));
  const closers: (() => Promise<unknown>)[] = [];
  const containers = new Map<string, Container>();
  const ports = new Map<string, number>();
  let file: ComposeFile;
  let ground: ContainerGround;
  let heads: readonly Sha[];
  let token: string;

  const at = (service: string, port: number) =>
    ports.get(SHARED.includes(port) ? String(port) : `${service}:${port}`) ?? 0;
  const url = (service: string, port: number, path = '') => `http://127.0.0.1:${at(service, port)}${path}`;
  // Ports that several services speak of are one port; the rest belongs to each container.
  const SHARED = [9480, 9481, 8000, 8001];
  const start = async (name: string) => {
    const service = file.services[name];
    if (service === undefined) throw new Error(`no service ${name}`);
    const container = await runContainer(name, service, ground);
    containers.set(name, container);
    return container;
  };
  const log = () =>
    readFileSync(ground.logFile, 'utf8')
      .split('\n')
      .filter((line) => !line.includes('"msg":"request"'))
      .join('\n')
      .slice(-3000);
  const runOnce = async (name: string) => {
    const how = await (await start(name)).ended;
    expect(how === 'exit 0' ? how : `${how}\n${log()}`).toBe('exit 0');
  };

  beforeAll(async () => {
    file = readCompose({
      ANTHROPIC_API_KEY_FILE: '/run/secrets/anthropic_api_key',
      ANTHROPIC_BASE_URL: 'http://model',
    });
    for (const port of SHARED) ports.set(String(port), await takeFreePort());
    for (const [name, port] of [
      ['server', 8080],
      ['worker', 9464],
      ['guard', 9464],
      ['staging', 9464],
      ['sandbox', 9464],
    ] as const)
      ports.set(`${name}:${port}`, await takeFreePort());
    const stores = await startEmbeddedStores({
      dataDir: join(base, 'stores'),
      log: makeLogger({ level: 'warn', name: 'stores' }),
    });
    closers.push(() => stores.close());
    const model = await startModelServer({ port: 0, latencyMs: 1 });
    closers.push(() => model.close());
    const { worker } = file.services;
    if (worker !== undefined) worker.environment['ANTHROPIC_BASE_URL'] = model.url.replace('127.0.0.1', 'localhost');

    makeImage(join(base, 'image'));
    mkdirSync(join(base, 'repositories'));
    const repository = await makeRepository(join(base, 'repositories'), demoChanges);
    heads = repository.heads;
    renameSync(repository.url, join(base, 'repositories', 'shop.git'));
    const config = z
      .looseObject({
        services: z.record(z.string(), z.looseObject({ delivery: z.looseObject({}) })),
        people: z.looseObject({}),
      })
      .parse(parse(readFileSync(join(packageRoot, 'ops/slipway.yaml'), 'utf8')));
    const { shop } = config.services;
    if (shop !== undefined) {
      shop.delivery['port'] = at('', 8001);
      // Ten blocks of twenty requests, and no budget: what is missing here is production's past.
      shop['staging'] = { duration_s: 20, load: { rate_rps: 20, warm_up_s: 1 } };
    }
    config.people = {
      mara: { emails: ['mara@example.com'], logins: ['mara'] },
      ...Object.fromEntries(['nina', 'tomas', 'jonas'].map((name) => [name, { emails: [`${name}@example.com`] }])),
    };
    writeFileSync(join(base, 'slipway.yaml'), stringify(config));

    const secrets = join(base, 'secrets');
    mkdirSync(join(secrets, 'ssh'), { recursive: true });
    const app = new URL(stores.adminUrl);
    app.username = 'slipway_app';
    app.password = 'only-for-this-test';
    const values = {
      redis_url: stores.redisUrl,
      database_admin_url: stores.adminUrl,
      database_url: app.href,
      local_target_token: 'a-token-of-this-test',
      anthropic_api_key: 'scripted-model',
      git_read: '# nothing is reached by https here\n',
      git_write: '# nothing is reached by https here\n',
    };
    for (const [name, value] of Object.entries(values)) writeFileSync(join(secrets, name), value, { mode: 0o400 });
    mkdirSync(join(base, 'volumes'));
    ground = {
      imageDir: join(base, 'image'),
      volumesDir: join(base, 'volumes'),
      binds: {
        '/etc/slipway/slipway.yaml': join(base, 'slipway.yaml'),
        '/repositories': join(base, 'repositories'),
        '/home/node/.ssh': join(secrets, 'ssh'),
      },
      storesDir: join(base, 'stores'),
      secretsDir: secrets,
      logFile: join(base, 'fleet.log'),
      port: (service, port) => at(service, port) || port,
    };
    for (const name of Object.keys(file.volumes)) mkdirSync(join(base, 'volumes', name));
    if (process.getuid?.() === 0) giveToImageUser(base);
  }, 300_000);

  afterAll(async () => {
    await Promise.all([...containers.values()].map((container) => container.terminate()));
    for (const close of closers.reverse()) await close();
    rmSync(base, { recursive: true, force: true });
  });

  it('migrates, links the mirrors, and starts every part until it answers', async () => {
    await runOnce('migrate');
    await runOnce('sandbox-mirrors');
    await start('local-target');
    await untilAnswers(url('', 9480, '/healthz'));
    await start('target-gate');
    await untilAnswers(url('', 9481, '/healthz'));
    await runOnce('seed-production');
    await untilAnswers(url('', 8000, '/healthz'));
    await runOnce('scrape-token');
    token = readFileSync(join(base, 'volumes/scrape-token/token'), 'utf8');
    for (const name of ['server', 'worker', 'guard', 'staging', 'sandbox']) await start(name);
    await Promise.all([
      untilAnswers(url('server', 8080, '/readyz')),
      ...['worker', 'guard', 'staging', 'sandbox'].map((name) => untilAnswers(url(name, 9464, '/readyz'))),
    ]).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${log()}`);
    });
    for (const name of ['server', 'worker', 'staging', 'sandbox']) {
      const port = name === 'server' ? 8080 : 9464;
      const health = file.services[name]?.healthcheck?.test ?? [
        'CMD',
        'node',
        'ops/check-health.mjs',
        'http://127.0.0.1:8080/readyz',
      ];
      expect(
        execFileSync(
          process.execPath,
          health.slice(2).map((word) => word.replace(String(port), String(at(name, port)))),
          { cwd: ground.imageDir, encoding: 'utf8' },
        ),
      ).toBe('');
    }
  });

  it('generates a test in the sandbox from borrowed objects, with the repository out of its reach', async () => {
    const { ci } = await clients();
    const sandbox = containers.get('sandbox');
    expect(await sandbox?.terminate()).toBe('exit 0');
    const run = await enqueue(ci, 1, 0);
    await eventually('the review ends', async () =>
      (await ci.readRun(run, soon())).entries.some(({ entry }) => entry.event === 'review_evaluation'),
    );
    const [there, away] = [join(base, 'repositories/shop.git'), join(base, 'away.git')];
    renameSync(there, away);
    try {
      await start('sandbox');
      const generated = await eventually(
        'a test is generated',
        async () => (await ci.readRun(run, soon())).entries.find(({ entry }) => entry.event === 'test_generation'),
        60_000,
      );
      expect(generated.entry).toMatchObject({ outcome: 'validated', payload: { validated: true } });
    } finally {
      renameSync(away, there);
    }
  });

  it('stages the merge on the target and finds nothing wrong but a missing baseline', async () => {
    const { ci } = await clients();
    const [run] = await ci.listRuns({}, soon());
    const staged = await eventually(
      'staging ends',
      async () =>
        (await ci.readRun(RunId.parse(run?.id), soon())).entries.find(({ entry }) =>
          /^staging_(validation|rejection)$/.test(entry.event),
        ),
      60_000,
    );
    expect(staged.entry).toMatchObject({
      event: 'staging_rejection',
      rationale: expect.stringContaining('production has measured nothing'),
    });
  });

  it('shows data in every panel of the dashboard', async () => {
    const { ci, reviewer } = await clients();
    const escalate = async (pr: number, change: number) => {
      const run = await enqueue(ci, pr, change);
      await eventually('a person is asked', async () => (await ci.readRun(run, soon())).escalations.length > 0);
      return run;
    };
    const reject = async (pr: number) => {
      const run = await escalate(pr, 3);
      await reviewer.decide(
        run,
        { decision: 'reject', reason: DECISION_REASON, head_sha: heads[3] ?? Sha.parse('') },
        soon(),
      );
      await eventually('the run ends', async () => (await ci.readRun(run, soon())).run.outcome === 'rejected');
    };
    await reject(4);
    await escalate(3, 2);
    const prometheus = await startPrometheus({
      directory: base,
      token,
      address: (job) => `127.0.0.1:${at(job, job === 'server' ? 8080 : 9464)}`,
    });
    closers.push(() => prometheus.close());
    const query = async (expr: string) =>
      PromAnswer.parse(
        await (
          await fetch(
            `${prometheus.url}/api/v1/query?${new URLSearchParams({ query: expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '5m') })}`,
          )
        ).json(),
      ).data.result;
    await eventually('Prometheus reaches every part', async () => (await query('count(up == 1) == 4')).length > 0);
    await eventually(
      'the first run was seen',
      async () => (await query('slipway_runs_total{outcome="rejected"} >= 1')).length > 0,
    );
    // Rates need something to happen while Prometheus looks.
    await reject(5);
    await eventually(
      'the second run was seen',
      async () => (await query('delta(slipway_runs_total{outcome="rejected"}[1m]) > 0')).length > 0,
    );
    // When a stage ended is written a moment after the run is seen to have ended.
    await eventually(
      'the end of a stage was seen',
      async () => (await query('sum(delta(slipway_stage_duration_seconds_count[1m])) > 0')).length > 0,
    );

    const { panels } = Dashboard.parse(
      JSON.parse(readFileSync(join(packageRoot, 'ops/grafana/dashboard.json'), 'utf8')),
    );
    expect(panels.filter((panel) => panel.type === 'row')).toHaveLength(8);
    const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
    expect(queries.length).toBeGreaterThan(25);
    const shown = await Promise.all(
      queries.map(async ({ title, expr }) => ({
        title,
        expr,
        numbers: (await query(expr)).filter(({ value }) => Number.isFinite(Number(value[1]))).length,
      })),
    );
    expect(shown.filter(({ numbers }) => numbers === 0)).toEqual([]);

    const scalers = readFileSync(join(packageRoot, 'ops/kubernetes/autoscaling.yaml'), 'utf8');
    const wants = [...scalers.matchAll(/^ +query: (.+)$/gm)].map((match) => match[1] ?? '');
    expect(wants).toHaveLength(2);
    for (const expr of wants) expect(Number((await query(expr))[0]?.value[1])).toBeGreaterThanOrEqual(0);

    const names = (text: string) => new Set(text.match(/slipway_[a-z_0-9]*[a-z0-9]/g));
    const scraped = new Set(
      (await query('count by (__name__) ({__name__=~"slipway_.*"})')).map(({ metric }) => metric['__name__']),
    );
    const used = [
      ...names(queries.map(({ expr }) => expr).join('\n')),
      ...names(readFileSync(join(packageRoot, 'ops/alerts.yml'), 'utf8')),
    ];
    // No forge is polled and no signer runs here, so nothing is said of them.
    const absent = /^slipway_(?:forge|signer|checkpoint)_/;
    expect(used.filter((name) => !scraped.has(name) && !absent.test(name))).toEqual([]);
  });

  it('ends every part with 0 on SIGTERM', async () => {
    const running = [...containers.values()].filter(({ name }) => file.services[name]?.restart !== 'no');
    expect(running.map(({ name }) => name).toSorted()).toEqual([
      'guard',
      'local-target',
      'sandbox',
      'server',
      'staging',
      'target-gate',
      'worker',
    ]);
    const ends = await Promise.all(
      running.map(async (container) => `${container.name}: ${await container.terminate()}`),
    );
    expect(ends.toSorted()).toEqual(running.map(({ name }) => `${name}: exit 0`).toSorted());
  });

  let made: { ci: string; reviewer: string } | null = null;
  async function clients() {
    made ??= { ci: await issue('ci', 'enqueue,read'), reviewer: await issue('mara', 'decide,read', 'mara') };
    const client = (secret: string) => makeApiClient({ serverUrl: url('server', 8080), token: secret });
    return { ci: client(made.ci), reviewer: client(made.reviewer) };
  }

  /** As an operator would: `docker compose run --rm server token create …`. */
  async function issue(name: string, scopes: string, person?: string): Promise<string> {
    const { server } = file.services;
    if (server === undefined) throw new Error('no service server');
    const words = [
      'token',
      'create',
      '--name',
      name,
      '--scopes',
      scopes,
      ...(person === undefined ? [] : ['--person', person]),
    ];
    const container = await runContainer(`token-${name}`, { ...server, command: words }, ground);
    expect(await container.ended).toBe('exit 0');
    return container.output().trim();
  }

  async function enqueue(ci: ReturnType<typeof makeApiClient>, pr: number, change: number): Promise<RunId> {
    const { title = '', author } = demoChanges[change] ?? {};
    const request = EnqueueRequest.parse({
      repo: 'acme/shop',
      pr_number: pr,
      head_sha: heads[change],
      title,
      author: author?.email ?? '',
    });
    return RunId.parse((await ci.enqueue(request, soon())).run.id);
  }
});
