import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { closeAll } from '../../src/close-all.ts';
import { childEnvironment } from '../../src/config/child-environment.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { startEmbeddedStores } from '../../src/embedded/start-embedded-stores.ts';
import type { Logger } from '../../src/log.ts';
import { type Core, openCore } from '../../src/open-core.ts';
import { appDatabaseUrl } from '../../src/store/app-database-url.ts';
import { DEFAULT_APP_ROLE, migrate } from '../../src/store/migrate.ts';

export interface BenchGround {
  readonly config: Config;
  readonly configFile: string;
  /** For replicas: the stores' addresses. */
  readonly childEnv: NodeJS.ProcessEnv;
  readonly core: Core;
  readonly redisUrl: string;
  readonly adminUrl: string;
  readonly directory: string;
  readonly log: Logger;
  readonly close: () => Promise<void>;
}

/** Own stores in a temporary directory, migrated, with `services` services: as many runs can deploy at the same time. */
export async function startBenchGround(
  services: number,
  log: Logger,
  options: { agentCap?: number } = {},
): Promise<BenchGround> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  const close = () => closeAll(closers, log);
  try {
    const configFile = join(directory, 'slipway.yaml');
    await writeFile(configFile, benchConfig(services, options.agentCap ?? 50));
    const stores = await startEmbeddedStores({ dataDir: join(directory, 'data'), log });
    closers.push(stores.close);
    const password = 'bench';
    await migrate({ adminUrl: stores.adminUrl, appPassword: password });
    const databaseUrl = appDatabaseUrl(stores.adminUrl, DEFAULT_APP_ROLE, password);
    const config = readConfig({
      file: configFile,
      env: {
        SLIPWAY_DATA_DIR: join(directory, 'data'),
        AUDIT_LOG_DESTINATION: join(directory, 'audit.log'),
        LOG_LEVEL: 'error',
        REDIS_URL: stores.redisUrl,
        DATABASE_URL: databaseUrl,
      },
    });
    const core = await openCore(config, log);
    closers.push(core.close);
    return {
      config,
      configFile,
      childEnv: childEnvironment(config.env),
      core,
      redisUrl: stores.redisUrl,
      adminUrl: stores.adminUrl,
      directory,
      log,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export function serviceName(n: number): string {
  return `svc-${n}`;
}

/** Parts are cut small, so that each file of the bench's change is one agent call. */
function benchConfig(services: number, agentCap: number): string {
  const service = (n: number) => ({
    repository: `https://git.invalid/bench/${serviceName(n)}.git`,
    repo: `bench/${serviceName(n)}`,
    delivery: { kind: 'local', command: ['true'] },
  });
  return stringify({
    profile: 'demo',
    orchestration: { max_concurrent_agents: agentCap },
    review: { max_part_tokens: 2_000 },
    services: Object.fromEntries(Array.from({ length: services }, (_, n) => [serviceName(n), service(n)])),
    people: { nina: { emails: ['nina@example.com'], logins: ['nina'] } },
    server: { port: 0 },
  });
}
