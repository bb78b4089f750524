import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAll } from '../../src/close-all.ts';
import { readConfig } from '../../src/config/read-config.ts';
import type { DemoChange } from '../../src/demo/demo-changes.ts';
import { demoConfig } from '../../src/demo/demo-config.ts';
import { type DemoRepository, makeRepository } from '../../src/demo/make-repository.ts';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import type { Scope } from '../../src/http/tokens.ts';
import { makeLogger } from '../../src/log.ts';
import { type Core, openCore } from '../../src/open-core.ts';
import { issueToken } from '../../src/record-token.ts';
import { type SlipwayProcess, spawnSlipway } from '../../src/spawn-slipway.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { startGround } from '../../src/up.ts';
import { eventually } from './eventually.ts';
import { readProcessesOf } from './left-behind.ts';

export interface SmallFleet {
  readonly directory: string;
  readonly repository: DemoRepository;
  readonly serverUrl: string;
  readonly model: ModelServer;
  readonly server: SlipwayProcess;
  readonly worker: SlipwayProcess;
  /** Record and queues, as the fleet itself opens them. */
  readonly core: Core;
  token(name: string, scopes: readonly Scope[], person?: string): Promise<string>;
  /** Asks the API. Returns the status and the parsed body. */
  ask(path: string, token: string, body?: object): Promise<{ status: number; body: unknown }>;
  /** Ends everything. @throws when a process of it is left. */
  close(): Promise<void>;
}

/** The real thing, small: private stores, the local target, one server and one worker, each a process of its own, with the scripted model. */
export async function startSmallFleet(changes: readonly DemoChange[]): Promise<SmallFleet> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-small-'));
  const log = makeLogger({ name: 'small-fleet', level: 'error' });
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  try {
    const [repository, model] = await Promise.all([
      makeRepository(directory, changes),
      startModelServer({ port: 0, latencyMs: 5 }),
    ]);
    closers.push(() => model.close());
    const configFile = join(directory, 'slipway.yaml');
    await writeFile(configFile, demoConfig(repository.url));
    const environment = {
      ANTHROPIC_API_KEY: 'scripted-model',
      ANTHROPIC_BASE_URL: model.url,
      SLIPWAY_DATA_DIR: join(directory, 'data'),
      AUDIT_LOG_DESTINATION: join(directory, 'audit.log'),
    };
    const logFile = join(directory, 'slipway.log');
    const ground = await startGround(readConfig({ file: configFile, env: environment }), { configFile, logFile, log });
    closers.push(ground.close);
    const start = (name: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
      const process = spawnSlipway({
        name,
        args: [...args, '--config', configFile],
        env: { ...ground.childEnv, ...env },
        logFile,
      });
      closers.push(() => process.stop());
      return process;
    };
    const [port, workerPort] = [await takeFreePort(), await takeFreePort()];
    const serverUrl = `http://127.0.0.1:${port}`;
    const server = start('server', ['server'], { PORT: String(port) });
    const worker = start('worker', ['worker', '--metrics-port', String(workerPort)]);
    await Promise.all([
      untilAnswers(`${serverUrl}/readyz`, server.ended),
      untilAnswers(`http://127.0.0.1:${workerPort}/readyz`, worker.ended),
    ]);
    const core = await openCore(ground.config, log);
    closers.push(core.close);
    return {
      directory,
      repository,
      serverUrl,
      model,
      server,
      worker,
      core,
      token: async (name, scopes, person) =>
        (await issueToken(core, { name, scopes, person: person ?? null, expiresAt: null })).token,
      async ask(path, token, body) {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const response = await fetch(
          serverUrl + path,
          body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
        );
        return { status: response.status, body: await response.json() };
      },
      async close() {
        await closeAll(closers, log);
        await eventually('no process of the fleet is left', () => readProcessesOf(directory).length === 0, 5_000);
      },
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}
