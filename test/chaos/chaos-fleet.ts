import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { closeAll } from '../../src/close-all.ts';
import { childEnvironment } from '../../src/config/child-environment.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import type { Scope } from '../../src/http/tokens.ts';
import { makeLogger } from '../../src/log.ts';
import { type Core, openCore } from '../../src/open-core.ts';
import { issueToken } from '../../src/record-token.ts';
import { appDatabaseUrl } from '../../src/store/app-database-url.ts';
import { migrate } from '../../src/store/migrate.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { type KillableStore, startKillablePostgres, startKillableRedis } from '../support/killable-stores.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { chaosConfig, ONE_WAY, SERVICE_NAMES } from './chaos-config.ts';
import { type ChaosModel, type ModelFault, startChaosModel } from './chaos-model.ts';
import { type CrashOrders, makeCrashOrders } from './crash-orders.ts';
import { LedgerSettings } from './ledger.ts';
import { type ChangePlan, REPLICAS } from './schedule.ts';
import { makeServiceRepository, type ServiceRepository } from './service-repository.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

export interface ChaosFleet {
  readonly directory: string;
  readonly serverUrl: string;
  readonly redis: KillableStore;
  readonly postgres: KillableStore;
  /** Between replica 0 and the stores. */
  readonly wires: { readonly redis: TcpProxy; readonly postgres: TcpProxy };
  readonly model: ChaosModel;
  readonly target: { readonly url: string; readonly token: string; readonly pid: number; readonly ledgerFile: string };
  readonly crashOrders: CrashOrders;
  /** The replicas, then the server, then the guard. */
  readonly processes: readonly SupervisedProcess[];
  readonly replicaUrls: readonly string[];
  readonly repositories: ReadonlyMap<string, ServiceRepository>;
  /** Record and queues, for looking at them from outside. */
  readonly core: Core;
  readonly tokens: { readonly ci: string; readonly people: readonly string[]; readonly operator: string };
  /** Copies of committed entries that the processes shipped. */
  readonly auditFiles: readonly string[];
  readonly logFile: string;
  close(): Promise<void>;
}

/** How much goes wrong by itself, and whether runs go every way there is or only the usual one. */
interface Trouble {
  readonly model: number;
  readonly target: number;
  readonly only?: ModelFault;
  readonly isWide?: boolean;
}

const TROUBLE: Trouble = { model: 0.12, target: 0.02, isWide: true };
const APP_PASSWORD = 'only-for-a-campaign';

/** Everything real and of its own: stores, server, three replicas, guard, model server, delivery target, repositories. */
export async function startChaosFleet(
  seed: number,
  changes: readonly ChangePlan[],
  trouble: Trouble = TROUBLE,
): Promise<ChaosFleet> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-chaos-'));
  const log = makeLogger({ name: 'chaos', level: 'fatal' });
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  try {
    const repositories = new Map(
      SERVICE_NAMES.map((name, index) => {
        const own = changes.filter(({ service }) => service === index);
        return [name, makeServiceRepository(join(directory, `${name}.git`), own)];
      }),
    );
    const configFile = join(directory, 'slipway.yaml');
    await writeFile(
      configFile,
      chaosConfig((name) => repositories.get(name)?.origin ?? '', trouble.isWide === true),
    );

    const [redis, postgres] = await Promise.all([
      startKillableRedis(directory, log),
      startKillablePostgres(directory, log),
    ]);
    closers.push(
      () => redis.stop(),
      () => postgres.stop(),
    );
    await migrate({ adminUrl: postgres.url, appPassword: APP_PASSWORD, profile: 'demo', log });
    const databaseUrl = appDatabaseUrl(postgres.url, 'slipway_app', APP_PASSWORD);
    const wires = { redis: await wireTo(redis.url), postgres: await wireTo(databaseUrl) };
    closers.push(
      () => wires.redis.close(),
      () => wires.postgres.close(),
    );
    const model = await startChaosModel({ seed: seed ^ 0x30de1, trouble: trouble.model, only: trouble.only });
    closers.push(() => model.close());
    const target = await startTarget(directory, seed, trouble);
    closers.push(() => target.close());

    const crashOrders = makeCrashOrders(join(directory, 'crash'));
    const auditFiles: string[] = [];
    const logFile = join(directory, 'slipway.log');
    const environmentOf = (name: string, throughWires: boolean) => {
      const auditLogDestination = join(directory, `audit-${name}.log`);
      auditFiles.push(auditLogDestination);
      const environment = childEnvironment({
        redisUrl: throughWires ? withPort(redis.url, wires.redis.port) : redis.url,
        databaseUrl: throughWires ? withPort(databaseUrl, wires.postgres.port) : databaseUrl,
        anthropicApiKey: 'scripted-model',
        anthropicBaseUrl: model.url,
        localTargetUrl: target.url,
        localTargetToken: target.token,
        // Replica 0 is a machine of its own, as far as mirrors and artifacts go; the rest share one.
        dataDir: join(directory, 'data', throughWires ? 'apart' : 'shared'),
        auditLogDestination,
        logLevel: 'warn',
      });
      return { ...environment, SLIPWAY_CRASH_POINT: crashOrders.directory };
    };
    const supervise = (name: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
      superviseProcess({ name, args: [...args, '--config', configFile], env, logFile });
    const port = await takeFreePort();
    const serverUrl = `http://127.0.0.1:${port}`;
    const replicaPorts = await Promise.all(Array.from({ length: REPLICAS }, takeFreePort));
    const replicas = Array.from({ length: REPLICAS }, (_, index) => {
      const name = `replica-${index}`;
      const args = ['worker', '--concurrency', '4', '--metrics-port', String(replicaPorts[index])];
      return supervise(name, args, environmentOf(name, index === 0));
    });
    const server = supervise('server', ['server'], { ...environmentOf('server', false), PORT: String(port) });
    // Without a key, without Redis and without a place in common with the others, as it is meant to run.
    const guard = supervise(
      'guard',
      ['guard', '--metrics-port', '0'],
      childEnvironment({
        databaseUrl,
        localTargetUrl: target.url,
        localTargetToken: target.token,
        dataDir: join(directory, 'data', 'guard'),
        auditLogDestination: join(directory, 'audit-guard.log'),
        logLevel: 'warn',
      }),
    );
    auditFiles.push(join(directory, 'audit-guard.log'));
    const processes = [...replicas, server, guard];
    closers.push(() => Promise.all(processes.map((process) => process.end())));
    await untilAnswers(`${serverUrl}/readyz`);

    const core = await openCore(readConfig({ file: configFile, env: environmentOf('harness', false) }), log);
    closers.push(core.close);
    const issue = async (name: string, scopes: readonly Scope[], person: string | null) =>
      (await issueToken(core, { name, scopes, person, expiresAt: null })).token;
    const tokens = {
      ci: await issue('ci', ['enqueue', 'read'], null),
      people: [await issue('mara', ['decide', 'read'], 'mara'), await issue('omar', ['decide', 'read'], 'omar')],
      operator: await issue('operator', ['admin', 'read'], null),
    };
    return {
      directory,
      serverUrl,
      redis,
      postgres,
      wires,
      model,
      target,
      crashOrders,
      processes,
      repositories,
      replicaUrls: replicaPorts.map((own) => `http://127.0.0.1:${own}`),
      core,
      tokens,
      auditFiles,
      logFile,
      close: () => closeAll(closers, log),
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

function wireTo(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  return startTcpProxy({ host: hostname, port: Number(port) });
}

function withPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

async function startTarget(directory: string, seed: number, { target: trouble, isWide = false }: Trouble) {
  const token = 'only-for-this-campaign';
  const ledgerFile = join(directory, 'ledger.jsonl');
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', new URL('./run-ledger-target.ts', import.meta.url).pathname],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child.stdin.end(
    JSON.stringify(
      LedgerSettings.parse({
        token,
        file: ledgerFile,
        services: SERVICE_NAMES,
        seed: seed ^ 0x7a46e7,
        trouble,
        drift: isWide ? 0.002 : 0,
        oneWay: isWide ? [...ONE_WAY] : [],
      }),
    ),
  );
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    url: String(url),
    token,
    pid: child.pid ?? -1,
    ledgerFile,
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
