import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAll } from '../close-all.ts';
import { childEnvironment } from '../config/child-environment.ts';
import { readConfig } from '../config/read-config.ts';
import { makeLocalTarget } from '../delivery/local/make-local-target.ts';
import { takeFreePort } from '../embedded/take-free-port.ts';
import type { Scope } from '../http/tokens.ts';
import type { Logger } from '../log.ts';
import { openCore } from '../open-core.ts';
import { issueToken } from '../record-token.ts';
import { type SlipwayProcess, spawnSlipway } from '../spawn-slipway.ts';
import { untilAnswers } from '../until-answers.ts';
import { startGround } from '../up.ts';
import { demoChanges } from './demo-changes.ts';
import { DEMO_SERVICE, demoConfig } from './demo-config.ts';
import { type DemoRepository, makeRepository } from './make-repository.ts';
import { type ModelServer, startModelServer } from './model-server.ts';

/** Requests per second of the demo's production traffic: 5 % of it proves a canary in half a minute. */
const TRAFFIC_RPS = 500;

export interface Demo {
  readonly directory: string;
  readonly repository: DemoRepository;
  readonly serverUrl: string;
  readonly workerUrls: readonly string[];
  /** Null when the real model is used. */
  readonly model: ModelServer | null;
  readonly tokens: { readonly ci: string; readonly reviewer: string };
  /** For the CLI, as CI would set it. */
  readonly cliEnv: NodeJS.ProcessEnv;
  readonly processes: readonly SlipwayProcess[];
  readonly databaseUrl: string;
  /** Where production answers. */
  readonly publicUrl: string;
  readonly close: () => Promise<void>;
}

/** Everything that the demo shows, each part a process of its own: stores, target, server, two workers, traffic. */
export async function startDemo(options: { log: Logger; say: (text: string) => void }): Promise<Demo> {
  const { log, say } = options;
  const directory = await mkdtemp(join(tmpdir(), 'slipway-demo-'));
  await chmod(directory, 0o700);
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  try {
    say('making the sample service’s repository, with a branch for each pull request');
    const repository = await makeRepository(directory, demoChanges);
    const configFile = join(directory, 'slipway.yaml');
    await writeFile(configFile, demoConfig(repository.url));
    const logFile = join(directory, 'slipway.log');

    const outside = readConfig({ file: configFile });
    const model = outside.env.anthropicApiKey === undefined ? await startModelServer({ port: 0 }) : null;
    if (model !== null) closers.push(() => model.close());
    const config = {
      ...outside,
      env: {
        ...outside.env,
        dataDir: join(directory, 'data'),
        auditLogDestination: join(directory, 'audit.log'),
        // The scripted model takes any key; it is made here because the client refuses to start without one.
        ...(model === null ? {} : { anthropicApiKey: 'scripted-model', anthropicBaseUrl: model.url }),
      },
    };

    say('starting private Redis, PostgreSQL and the local delivery target');
    const ground = await startGround(config, { configFile, logFile, log });
    closers.push(ground.close);
    const { localTargetUrl = '', localTargetToken = '', databaseUrl = '' } = ground.config.env;
    const target = makeLocalTarget({ url: localTargetUrl, token: localTargetToken, log });
    const { publicEndpoint } = await target.describe(DEMO_SERVICE, AbortSignal.timeout(10_000));

    say('starting one server and two worker replicas, and sending production traffic');
    const port = await takeFreePort();
    const processes: SlipwayProcess[] = [];
    const start = (name: string, args: string[], env: NodeJS.ProcessEnv) => {
      const process = spawnSlipway({ name, args, env, logFile });
      closers.push(() => process.stop());
      processes.push(process);
    };
    start('traffic', ['demo-traffic', '--url', publicEndpoint, '--rps', String(TRAFFIC_RPS)], childEnvironment({}));
    start('server', ['server', '--config', configFile], { ...ground.childEnv, PORT: String(port) });
    const workerPorts = [await takeFreePort(), await takeFreePort()];
    for (const [index, workerPort] of workerPorts.entries()) {
      start(
        `worker-${index + 1}`,
        ['worker', '--config', configFile, '--metrics-port', String(workerPort)],
        ground.childEnv,
      );
    }
    const serverUrl = `http://127.0.0.1:${port}`;
    const workerUrls = workerPorts.map((workerPort) => `http://127.0.0.1:${workerPort}`);
    await Promise.all([serverUrl, ...workerUrls].map((url) => untilAnswers(`${url}/readyz`)));

    const core = await openCore(ground.config, log);
    const issue = async (name: string, scopes: readonly Scope[], person: string | null) =>
      (await issueToken(core, { name, scopes, person, expiresAt: null })).token;
    const tokens = {
      ci: await issue('ci', ['enqueue', 'read'], null),
      reviewer: await issue('mara', ['decide', 'read'], 'mara'),
    };
    await core.close();
    return {
      directory,
      repository,
      serverUrl,
      workerUrls,
      model,
      tokens,
      cliEnv: childEnvironment({ serverUrl, token: tokens.ci }),
      processes,
      databaseUrl,
      publicUrl: publicEndpoint,
      close: () => closeAll(closers, log),
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}
