import { mkdir, readFile, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../log.ts';
import { endOrphans, sendSignal } from './end-orphans.ts';
import { readOrMakeEndpoint, writeEndpoint } from './endpoint.ts';
import { findProgram } from './find-program.ts';
import { keepRunning } from './keep-running.ts';
import { makeCluster, readClusterVersion } from './make-cluster.ts';
import { findPostgresPackage, readPostgresBinaries } from './postgres-binaries.ts';
import { type ChildServer, startChildServer } from './start-child-server.ts';
import { startOnFreePort } from './start-on-free-port.ts';
import { type Command, wrapCommand } from './wrap-command.ts';

const MAJOR_VERSION = '17';
/** A fast shutdown that takes longer is followed by an immediate one; the log of changes makes that safe. */
const FAST_SHUTDOWN_MS = 20_000;

export interface EmbeddedPostgres {
  /** The superuser, database `postgres`. The roles of the product are made by the migration. */
  readonly adminUrl: string;
  /** Resolves with the reason when the server is gone for good. */
  readonly lost: Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts a private PostgreSQL on `dataDir`/postgres, from the npm package of this platform: only on loopback, SCRAM
 * passwords, every commit synced to disk. Expects the caller to hold the lock of `dataDir`.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: Logger;
  packageDir?: string;
}): Promise<EmbeddedPostgres> {
  const { log, packageDir = findPostgresPackage() } = options;
  const dataDir = resolve(options.dataDir);
  const binaries = await readPostgresBinaries(packageDir);
  const wrap = await makeWrap();
  const directory = join(dataDir, 'postgres');
  const file = join(dataDir, 'postgres.json');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const version = await readClusterVersion(directory);
  if (version !== undefined && version !== MAJOR_VERSION) {
    throw new Error(
      `${directory} was made by PostgreSQL ${version}, this Slipway carries ${MAJOR_VERSION}: dump it with the older one and restore, or name another data directory`,
    );
  }
  const { endpoint, isNew } = await readOrMakeEndpoint(file);
  if (version !== undefined && isNew) {
    await rm(file);
    throw new Error(
      `${file} is missing, so the password of ${directory} is unknown: put the file back, or move the directory away to start empty`,
    );
  }
  if (version === undefined)
    await makeCluster({ directory, password: endpoint.password, wrap, initdb: binaries.initdb });

  async function start(port: number): Promise<ChildServer> {
    await endOrphans({ directory, names: ['postgres'], signal: 'SIGQUIT', log });
    // Nobody works in the directory (looked up just now), so a number left in this file belongs to a dead server or,
    // used again, to a stranger: then PostgreSQL would refuse to start.
    if (process.platform === 'linux') await rm(join(directory, 'postmaster.pid'), { force: true });
    const server = await startChildServer({
      name: 'postgres',
      ...wrap([binaries.postgres, '-D', directory, ...settings(port)]),
      cwd: '/',
      ready: /database system is ready to accept connections/,
      log,
    });
    await selectOne(urlAt(port), server);
    return server;
  }

  function urlAt(port: number): string {
    return `postgres://postgres:${endpoint.password}@127.0.0.1:${port}/postgres`;
  }

  async function stop(server: ChildServer): Promise<void> {
    // With bwrap our child is only the wrapper; the server itself writes its number here.
    const pid = (await readPostmasterPid(directory)) ?? server.pid;
    sendSignal(pid, 'SIGINT');
    const timer = new AbortController();
    const slow = wait(FAST_SHUTDOWN_MS, 'slow', { signal: timer.signal }).catch(() => 'ended');
    if ((await Promise.race([server.ended, slow])) === 'slow') sendSignal(pid, 'SIGQUIT');
    timer.abort();
    await server.ended;
  }

  // Before the port is chosen: an orphan may still hold ours.
  await endOrphans({ directory, names: ['postgres'], signal: 'SIGQUIT', log });
  const { port, server } = await startOnFreePort(endpoint.port, start);
  await writeEndpoint(file, { ...endpoint, port });
  const kept = keepRunning({ name: 'postgres', first: server, start: () => start(port), stop, log });
  return { adminUrl: urlAt(port), ...kept };
}

/**
 * PostgreSQL refuses to be root, and a user who stands in no user list (a container started with a bare number). Then
 * everything of it runs inside a user namespace as somebody else.
 */
async function makeWrap(): Promise<(command: readonly string[]) => Command> {
  const [setpriv, bwrap] = await Promise.all([findProgram(['setpriv']), findProgram(['bwrap'])]);
  const asOther = process.getuid?.() === 0 || !hasUserName();
  if (asOther && bwrap === undefined) {
    throw new Error(
      'PostgreSQL runs neither as root nor as a user without a name, and bwrap was not found: run script/bootstrap, start as another user, or set DATABASE_URL',
    );
  }
  return ([command = '', ...args]) =>
    wrapCommand({ command, args }, { setpriv, bwrap: asOther ? bwrap : undefined }, 'QUIT');
}

function hasUserName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function settings(port: number): readonly string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket's path may have only 107 bytes, which a deep checkout exceeds.
    unix_socket_directories: '',
    max_connections: '200',
    // Statements can carry passwords (ALTER ROLE); they stay out of the log.
    log_min_error_statement: 'panic',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return Object.entries(values).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/** One query over a real connection: proves port and password, not only that something listens. */
async function selectOne(adminUrl: string, server: ChildServer): Promise<void> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // a later failure is told by `ended`
  try {
    await client.connect();
    await client.query('select 1');
  } catch (cause) {
    sendSignal(server.pid, 'SIGKILL');
    throw new Error(`postgres started but did not answer\n${await server.ended}`, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}

async function readPostmasterPid(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n', 1)[0]);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}
