import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { endOrphans, sendSignal } from './end-orphans.ts';
import { readOrMakeEndpoint, writeEndpoint } from './endpoint.ts';
import { findProgram } from './find-program.ts';
import { keepRunning } from './keep-running.ts';
import { type ChildServer, startChildServer } from './start-child-server.ts';
import { startOnFreePort } from './start-on-free-port.ts';
import { wrapCommand } from './wrap-command.ts';

const PROGRAMS = ['redis-server', 'valkey-server'];

export interface EmbeddedRedis {
  /** `redis://default:<password>@127.0.0.1:<port>`; the same after a restart unless the port was taken meanwhile. */
  readonly url: string;
  /** Resolves with the reason when the server is gone for good. */
  readonly lost: Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts a private Redis or Valkey on `dataDir`/redis: append-only file, no eviction, only on loopback, with a random
 * password that reaches it on standard input. Expects the caller to hold the lock of `dataDir`.
 */
export async function startEmbeddedRedis(options: { dataDir: string; log: Logger }): Promise<EmbeddedRedis> {
  const { log } = options;
  const dataDir = resolve(options.dataDir);
  const program = await findProgram(PROGRAMS);
  if (program === undefined) {
    throw new Error(
      'neither redis-server nor valkey-server was found: run script/bootstrap, or set REDIS_URL to a Redis 6.2 or newer',
    );
  }
  const directory = join(dataDir, 'redis');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const file = join(dataDir, 'redis.json');
  const { endpoint } = await readOrMakeEndpoint(file);
  const wrapped = wrapCommand(
    { command: program, args: ['-'] },
    { setpriv: await findProgram(['setpriv']), bwrap: undefined },
    'TERM',
  );

  async function start(port: number): Promise<ChildServer> {
    await endOrphans({ directory, names: PROGRAMS, signal: 'SIGTERM', log });
    const server = await startChildServer({
      name: 'redis-server',
      ...wrapped,
      cwd: directory,
      input: redisConfig(port, endpoint.password),
      ready: /Ready to accept connections/,
      log,
    });
    await ping(urlAt(port), server);
    return server;
  }

  function urlAt(port: number): string {
    return `redis://default:${endpoint.password}@127.0.0.1:${port}`;
  }

  async function stop(server: ChildServer): Promise<void> {
    sendSignal(server.pid, 'SIGTERM');
    await server.ended;
  }

  // Before the port is chosen: an orphan may still hold ours.
  await endOrphans({ directory, names: PROGRAMS, signal: 'SIGTERM', log });
  const { port, server } = await startOnFreePort(endpoint.port, start);
  await writeEndpoint(file, { ...endpoint, port });
  const kept = keepRunning({ name: 'redis-server', first: server, start: () => start(port), stop, log });
  return { url: urlAt(port), ...kept };
}

/** Relative to its own directory, so that no path needs quoting. The append-only file makes snapshots needless. */
function redisConfig(port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'tcp-backlog 128',
    'daemonize no',
    'dir ./',
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    // Expiry and blocked clients are looked after this often a second: delayed jobs wake on time.
    'hz 100',
    '',
  ].join('\n');
}

/** One PING over a real client: proves port and password, not only that something listens. */
async function ping(url: string, server: ChildServer): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, connectTimeout: 10_000 });
  client.on('error', () => {}); // the command below rejects with the same error
  try {
    await client.ping();
  } catch (cause) {
    sendSignal(server.pid, 'SIGKILL');
    throw new Error(`redis-server started but did not answer\n${await server.ended}`, { cause });
  } finally {
    client.disconnect();
  }
}
