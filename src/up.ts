import { closeAll } from './close-all.ts';
import { childEnvironment } from './config/child-environment.ts';
import type { Config } from './config/config.ts';
import { keepSecret, removeRunningStores, writeRunningStores } from './embedded/running-stores.ts';
import { startEmbeddedStores } from './embedded/start-embedded-stores.ts';
import { takeFreePort } from './embedded/take-free-port.ts';
import { keepRunning } from './keep-running.ts';
import type { Logger } from './log.ts';
import { seedProduction } from './seed-production.ts';
import { spawnSlipway } from './spawn-slipway.ts';
import { appDatabaseUrl } from './store/app-database-url.ts';
import { DEFAULT_APP_ROLE, migrate } from './store/migrate.ts';
import { untilAnswers } from './until-answers.ts';

/** What the parts of a one-machine fleet stand on. */
export interface Ground {
  /** The configuration with the addresses of everything that runs here. */
  readonly config: Config;
  /** For child processes: the same addresses, as variables. */
  readonly childEnv: NodeJS.ProcessEnv;
  /** Resolves with the reason when a part is gone for good. */
  readonly lost: Promise<string>;
  readonly close: () => Promise<void>;
}

export interface GroundOptions {
  readonly configFile: string | undefined;
  readonly logFile?: string;
  readonly log: Logger;
}

/** Private Redis and PostgreSQL, migrated, the local delivery target and the guard as processes of their own. */
export async function startGround(config: Config, options: GroundOptions): Promise<Ground> {
  const { log } = options;
  const { dataDir } = config.env;
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const stores = await startEmbeddedStores({ dataDir, log });
    closers.push(stores.close);
    const appPassword = await keepSecret(dataDir, 'app-password');
    await migrate({ adminUrl: stores.adminUrl, appPassword, profile: config.profile, log });
    const environment = {
      ...config.env,
      redisUrl: stores.redisUrl,
      databaseUrl: appDatabaseUrl(stores.adminUrl, DEFAULT_APP_ROLE, appPassword),
      localTargetUrl: `http://127.0.0.1:${await takeFreePort()}`,
      localTargetToken: await keepSecret(dataDir, 'local-target-token'),
    };
    const childEnv = childEnvironment(environment);
    const target = spawnSlipway({
      name: 'local-target',
      args: ['local-target', ...(options.configFile === undefined ? [] : ['--config', options.configFile])],
      // What is deployed runs beside it as the same user, so it holds no more than it needs: no store, no model key.
      env: childEnvironment({
        dataDir,
        localTargetUrl: environment.localTargetUrl,
        localTargetToken: environment.localTargetToken,
        logLevel: environment.logLevel,
      }),
      ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
    });
    closers.push(() => target.stop());
    await writeRunningStores(dataDir, {
      redisUrl: environment.redisUrl,
      databaseUrl: environment.databaseUrl,
      localTargetUrl: environment.localTargetUrl,
      localTargetToken: environment.localTargetToken,
    });
    closers.push(() => removeRunningStores(dataDir));
    closers.push(keepGuard(environment, options));
    await untilAnswers(`${environment.localTargetUrl}/healthz`, target.ended);
    await seedProduction({ ...config, env: environment }, log);
    const lost = Promise.race([stores.lost, target.ended.then((how) => `the local delivery target ended: ${how}`)]);
    return { config: { ...config, env: environment }, childEnv, lost, close: () => closeAll(closers, log) };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

/** It needs the record and the targets, and outlives this process for as long as a canary has traffic. */
function keepGuard(environment: Config['env'], { configFile, logFile, log }: GroundOptions): () => Promise<void> {
  const { databaseUrl, localTargetUrl, localTargetToken, dataDir, logLevel, programVariables } = environment;
  return keepRunning(
    {
      name: 'guard',
      args: [
        'guard',
        '--ends-with-parent',
        '--metrics-port',
        '0',
        ...(configFile === undefined ? [] : ['--config', configFile]),
      ],
      env: childEnvironment({
        databaseUrl,
        localTargetUrl,
        localTargetToken,
        dataDir,
        logLevel,
        programVariables,
        auditLogDestination: environment.auditLogDestination,
      }),
      outlives: true,
      ...(logFile === undefined ? {} : { logFile }),
    },
    log,
  );
}
