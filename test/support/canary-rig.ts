import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Recorded } from '../../src/audit/audit-log.ts';
import { makeGit } from '../../src/change/git.ts';
import { closeAll } from '../../src/close-all.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { digestOf, RunId, Sha } from '../../src/ids.ts';
import { type Incident, Incident as IncidentSchema } from '../../src/incidents/incident.ts';
import { makeLogger } from '../../src/log.ts';
import { type Core, openCore } from '../../src/open-core.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { Caller } from '../../src/runs/caller.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { readRun } from '../../src/runs/read-run.ts';
import type { DecisionRequest } from '../../src/runs/run-desk.ts';
import { appDatabaseUrl } from '../../src/store/app-database-url.ts';
import { DEFAULT_APP_ROLE, migrate } from '../../src/store/migrate.ts';
import type { Run } from '../../src/store/tables.ts';
import { eventually } from './eventually.ts';
import { type FakeVm, startFakeVm } from './fake-vm.ts';
import { type FleetProcess, startProcess } from './fleet-process.ts';
import { makeTestRepo, type TestRepo } from './git-repo.ts';
import { type KillableStore, startKillablePostgres, startKillableRedis } from './killable-stores.ts';
import { type Behaviour, SERVICE_EDGE_MS, serviceFiles } from './measured-service.ts';
import { type ServicePrometheus, startServicesPrometheus } from './services-prometheus.ts';
import { type SharedBalancer, startSharedBalancer } from './shared-balancer.ts';
import { type SteadyTraffic, startSteadyTraffic } from './steady-traffic.ts';
import { startWeightLog, type WeightLog } from './weight-log.ts';

/** One service of the rig: its repository, its VM, its traffic. */
export interface RigService {
  readonly name: string;
  readonly vm: FakeVm;
  readonly traffic: SteadyTraffic;
  /** A pull request that brings this version, taken through the whole flow. */
  enqueue(behaviour: Behaviour): Promise<RunId>;
  /** Somebody pushes something else to the target branch; its commit. */
  moveTarget(): Sha;
  /** Whether the target branch holds this commit by now. */
  targetHolds(commit: string): boolean;
}

/**
 * Everything a canary stands on, real: PostgreSQL, Redis, HAProxy and Prometheus as programs that can be killed, the VM of
 * docs/delivery.md, worker and guard as the processes that ship, and traffic through the balancer.
 */
export interface CanaryRig {
  readonly services: readonly RigService[];
  readonly balancer: SharedBalancer;
  /** Between the fleet and the balancer, where `hearWeights` asks for it. */
  readonly weights: WeightLog | null;
  readonly prometheus: ServicePrometheus;
  readonly redis: KillableStore;
  readonly postgres: KillableStore;
  readonly core: Core;
  /** Each on a data directory of its own; the same name has the same one again. */
  startWorker(name: string, env?: NodeJS.ProcessEnv, ready?: '/readyz' | null): Promise<FleetProcess>;
  startGuard(name: string): Promise<FleetProcess>;
  /** Of the worker or guard of this name. */
  dataDir(name: string): string;
  run(id: RunId): Promise<Run>;
  entries(id: RunId): Promise<Recorded[]>;
  /** Waits until it is on the record; the stores may be away meanwhile. */
  recorded(id: RunId, event: string, isIt?: (entry: Recorded) => boolean): Promise<Recorded>;
  /** Waits until two more ticks are on the record than there are now. */
  nextTick(id: RunId): Promise<void>;
  /** What was done to the share, in order: `weight 20`, `drift 20`, `weight 0`. */
  shares(id: RunId): Promise<string[]>;
  endOf(id: RunId): Promise<Run>;
  /** Mara, who had no hand in any change, decides what is asked about a run. @throws when her word does not count. */
  decide(id: RunId, decision: DecisionRequest['decision']): Promise<void>;
  /** What `slipway canary judge --run` makes of its stored ticks. */
  judgeAgain(id: RunId): Promise<z.infer<typeof Judged>>;
  incident(id: RunId): Promise<Incident>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly services: number;
  /** Through the balancer, for each service. */
  readonly requestsPerSecond: number;
  readonly thresholds: object;
  /** Overrides of single services, in their order. */
  readonly serviceOverrides?: readonly object[];
  readonly changeClasses?: object;
  readonly fleet?: object;
  /** Where the canary's figures come from; Prometheus unless said otherwise. */
  readonly metrics?: 'prometheus' | 'haproxy';
  /** How long a version may take to become healthy, seconds. */
  readonly healthDeadlineS?: number;
  /** Writes down each weight that HAProxy is told. */
  readonly hearWeights?: boolean;
}

/** Nothing here is about speed: a machine that is busy for minutes must not fail a test. */
const PATIENCE_MS = 300_000;
const CI: Caller = { tokenId: 't1', name: 'ci', person: null, scopes: ['enqueue', 'read'] };

const MARA: Caller = { tokenId: 't2', name: 'mara', person: 'mara', scopes: ['decide', 'read'] };

export async function startCanaryRig(options: RigOptions): Promise<CanaryRig> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-rig-'));
  const log = makeLogger({ level: 'silent', name: 'rig' });
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  const close = () => closeAll(closers, log);
  try {
    const [redis, postgres] = await Promise.all([
      startKillableRedis(directory, log),
      startKillablePostgres(directory, log),
    ]);
    closers.push(
      () => postgres.start().then(() => postgres.stop()),
      () => redis.start().then(() => redis.stop()),
    );
    const appPassword = 'only-for-this-rig';
    await migrate({ adminUrl: postgres.url, appPassword, log });
    const model: ModelServer = await startModelServer({ port: 0, latencyMs: 1 });
    closers.push(() => model.close());
    const grounds = [];
    for (let n = 1; n <= options.services; n += 1) grounds.push(await makeGround(directory, `shop-${n}`, closers));
    const balancer = await startSharedBalancer(
      directory,
      grounds.map(({ name, front, vm }) => ({ name, front, production: vm.ports.production, canary: vm.ports.canary })),
    );
    closers.push(() => balancer.close());
    const weights =
      options.hearWeights === true ? await startWeightLog(balancer.socket, join(directory, 'heard.sock')) : null;
    if (weights !== null) closers.push(() => weights.close());
    const jobs = grounds.flatMap(({ name, vm }) =>
      (['production', 'canary'] as const).map((arm) => [`${name}-${arm}`, `127.0.0.1:${vm.ports[arm]}`] as const),
    );
    const prometheus = await startServicesPrometheus(directory, Object.fromEntries(jobs));
    closers.push(() => prometheus.close());
    const configFile = join(directory, 'slipway.yaml');
    const delivered = grounds.map((ground, index) => [
      ground.name,
      {
        ...serviceConfig(ground, options, (weights ?? balancer).socket, prometheus),
        ...options.serviceOverrides?.[index],
      },
    ]);
    await writeFile(
      configFile,
      stringify({
        orchestration: {},
        fleet: { canary_guard: 'if_running', ...options.fleet },
        // What cannot be proved ends by itself: nobody is asked here.
        thresholds: { p99_latency_threshold_ms: SERVICE_EDGE_MS, canary_hold_min: 0, ...options.thresholds },
        change_classes: options.changeClasses ?? {},
        services: Object.fromEntries(delivered),
        people: {
          nina: { emails: ['nina@example.com'], logins: ['nina'] },
          // Who commits what Nina writes, in this repository.
          ada: { emails: ['ada@example.com'], logins: ['ada'] },
          mara: { emails: ['mara@example.com'], logins: ['mara'] },
        },
      }),
    );
    const environment = {
      SLIPWAY_CONFIG: configFile,
      REDIS_URL: redis.url,
      DATABASE_URL: appDatabaseUrl(postgres.url, DEFAULT_APP_ROLE, appPassword),
      ANTHROPIC_API_KEY: 'scripted-model',
      ANTHROPIC_BASE_URL: model.url,
      AUDIT_LOG_DESTINATION: join(directory, 'audit.log'),
    };
    const config = readConfig({ file: configFile, env: { ...environment, SLIPWAY_DATA_DIR: join(directory, 'desk') } });
    const core = await openCore(config, log);
    closers.push(core.close);
    const repository = makeGit({ mirrorsDir: join(directory, 'mirrors'), artifactsDir: join(directory, 'made'), log });
    const desk = makeRunDesk({ ...core, config, repository, log });
    const dataDirOf = (name: string) => join(directory, `data-${name}`);
    const processes = new Set<FleetProcess>();
    closers.push(() => Promise.all([...processes].map((process) => process.kill())));
    const start = async (
      command: 'worker' | 'guard',
      name: string,
      env: NodeJS.ProcessEnv,
      ready: '/healthz' | '/readyz' | null,
    ) => {
      const own = { SLIPWAY_DATA_DIR: dataDirOf(name) };
      const started = await startProcess(command, [], { ...environment, ...env, ...own }, { ready });
      processes.add(started);
      return started;
    };
    const services = grounds.map(({ name, vm, repo, front }): RigService => {
      const traffic = startSteadyTraffic(`http://127.0.0.1:${front}/`, options.requestsPerSecond);
      closers.push(() => traffic.end());
      let pr = 0;
      return {
        name,
        vm,
        traffic,
        async enqueue(behaviour) {
          pr += 1;
          const head_sha = openChange(repo, pr, behaviour);
          const request = { repo: `acme/${name}`, pr_number: pr, head_sha, title: behaviour.name, author: 'nina' };
          const result = await desk.enqueue({ ...request, again: false, dry_run: false }, CI);
          return RunId.parse((result.kind === 'older_head' ? result.current : result.run).id);
        },
        moveTarget: () => moveTarget(repo),
        targetHolds(commit) {
          repo.git('fetch', '--quiet', 'origin');
          // A commit that never came there is not known at all.
          return repo.git('rev-list', 'origin/main').split('\n').includes(commit);
        },
      };
    });
    const rig: CanaryRig = {
      services,
      balancer,
      weights,
      prometheus,
      redis,
      postgres,
      core,
      startWorker: (name, env = {}, ready = '/readyz') => start('worker', name, env, ready),
      startGuard: (name) => start('guard', name, {}, '/healthz'),
      dataDir: dataDirOf,
      async run(id) {
        const run = await readRun(core.db, id);
        if (run === null) throw new Error(`no run ${id}`);
        return run;
      },
      entries: (id) => core.audit.list(id),
      recorded: (id, event, isIt = () => true) =>
        eventually(
          `${event} of ${id}`,
          async () => {
            const entries = await core.audit.list(id).catch(() => []);
            return entries.find((each) => each.entry.event === event && isIt(each));
          },
          PATIENCE_MS,
        ),
      async nextTick(id) {
        const ticks = async () =>
          (await core.audit.list(id).catch(() => [])).filter(({ entry }) => entry.event === 'canary_tick').length;
        const before = await ticks();
        await eventually(
          `two more ticks of ${id}`,
          async () => {
            if ((await ticks()) > before + 1) return true;
            const run = await readRun(core.db, id).catch(() => null);
            if (run?.status === 'finished') throw new Error(`it ended ${run.outcome}: ${run.outcome_reason}`);
            return false;
          },
          PATIENCE_MS,
        );
      },
      async shares(id) {
        const done = (await core.audit.list(id)).filter(({ entry }) => entry.event === 'canary_weight.completed');
        return done.map(({ entry }) => `${entry.step} ${JSON.stringify(entry.payload['pct'])}`);
      },
      endOf: (id) =>
        eventually(
          `the end of ${id}`,
          async () => {
            const run = await readRun(core.db, id).catch(() => null);
            return run?.status === 'finished' ? run : null;
          },
          PATIENCE_MS,
        ),
      async decide(id, decision) {
        const { head_sha } = await rig.run(id);
        const request = { decision, reason: 'looked at it', head_sha: Sha.parse(head_sha) };
        const result = await desk.decide(id, request, MARA);
        if (result?.kind !== 'recorded' || result.decision !== decision)
          throw new Error(`not decided: ${JSON.stringify(result)}`);
      },
      async judgeAgain(id) {
        const args = ['bin/slipway.js', 'canary', 'judge', '--run', id, '--json'];
        const env = { PATH: process.env['PATH'], ...environment, SLIPWAY_DATA_DIR: join(directory, 'desk') };
        const { stdout } = await execa(process.execPath, args, { cwd: packageRoot, env, reject: false });
        return Judged.parse(JSON.parse(stdout));
      },
      async incident(id) {
        const report = await rig.recorded(id, 'incident_report');
        return IncidentSchema.parse(report.entry.payload['incident']);
      },
      close,
    };
    return rig;
  } catch (error) {
    await close();
    throw error;
  }
}

const Judged = z.object({
  same: z.boolean(),
  recorded: z.string().nullable(),
  judgement: z.object({ verdict: z.string(), why: z.string() }),
});

interface Ground {
  readonly name: string;
  readonly repo: TestRepo;
  readonly vm: FakeVm;
  readonly front: number;
}

/** A repository whose tip runs as production on a VM. */
async function makeGround(directory: string, name: string, closers: (() => Promise<unknown>)[]): Promise<Ground> {
  const repo = makeTestRepo(name);
  closers.push(async () => repo.remove());
  const files = serviceFiles({ name: 'first' });
  repo.commit({ files: { ...files, 'README.md': '# Shop\n' }, message: 'Shop', email: 'owner@example.com' });
  repo.push('main');
  const home = join(directory, name);
  const first = join(home, 'first');
  mkdirSync(first, { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(first, path), text);
  const vm = await startFakeVm(home, { digest: digestOf(`${name} first`), directory: first });
  closers.push(() => vm.close());
  return { name, repo, vm, front: await takeFreePort() };
}

/** On top of what the target branch is by now, pushed as a forge keeps it. */
function openChange(repo: TestRepo, pr: number, behaviour: Behaviour) {
  repo.git('fetch', '--quiet', 'origin');
  repo.git('checkout', '--quiet', '-B', `pr-${pr}`, 'origin/main');
  const head = repo.commit({
    files: { 'behaviour.json': `${JSON.stringify(behaviour)}\n` },
    message: behaviour.name,
    author: 'Nina',
    email: 'nina@example.com',
  });
  repo.push(`${head}:refs/pull/${pr}/head`, `pr-${pr}`);
  return head;
}

let moves = 0;

function moveTarget(repo: TestRepo): Sha {
  moves += 1;
  repo.git('fetch', '--quiet', 'origin');
  repo.git('checkout', '--quiet', '-B', 'main', 'origin/main');
  const commit = repo.commit({
    files: { [`note-${moves}.md`]: '# Note\n' },
    message: 'Note',
    email: 'owner@example.com',
  });
  repo.push('main');
  return commit;
}

function serviceConfig(
  { name, repo, vm, front }: Ground,
  { metrics = 'prometheus', healthDeadlineS = 120 }: RigOptions,
  socket: string,
  prometheus: ServicePrometheus,
): object {
  const of = (metric: string, labels = '') => `${metric}{job="${name}-{{arm}}"${labels}}`;
  return {
    repository: repo.origin,
    repo: `acme/${name}`,
    staging: {
      duration_s: 0.25,
      load: { rate_rps: 250, warm_up_s: 0 },
      regression: { compare: 'off' },
      health_deadline_s: healthDeadlineS,
      p99_budget_ms: SERVICE_EDGE_MS,
    },
    delivery: {
      kind: 'haproxy',
      socket,
      backend: name,
      public_url: `http://127.0.0.1:${front}`,
      drain_s: 0,
      deploy: { command: [vm.program], timeout_s: 60 },
      metrics:
        metrics === 'haproxy'
          ? { kind: 'haproxy', latency_table: `${name}_latency`, latency_edge_ms: SERVICE_EDGE_MS }
          : {
              kind: 'prometheus',
              url: prometheus.url,
              timeout_s: 2,
              scrape_interval_s: 1,
              up: of('up'),
              total: `sum(${of('http_request_duration_seconds_count')})`,
              errors: `sum(${of('http_errors_total')})`,
              error_kinds: `sum by (route, code) (${of('http_requests_total', ',code=~"5.."')})`,
              buckets: of('http_request_duration_seconds_bucket'),
              started: of('process_start_time_seconds'),
            },
    },
  };
}
