import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendSignal } from '../../src/embedded/end-orphans.ts';
import { findProgram } from '../../src/embedded/find-program.ts';
import { findPostgresPackage } from '../../src/embedded/postgres-binaries.ts';
import { findProcessesIn } from '../../src/embedded/processes.ts';
import { startEmbeddedPostgres } from '../../src/embedded/start-embedded-postgres.ts';
import { startEmbeddedRedis } from '../../src/embedded/start-embedded-redis.ts';
import { startEmbeddedStores } from '../../src/embedded/start-embedded-stores.ts';
import { makeLogger } from '../../src/log.ts';
import { CHECKOUT, startOwner } from '../support/start-owner.ts';

const log = makeLogger({ level: 'silent', name: 'test' });
const REDIS = ['redis-server', 'valkey-server'];

let root: string;
let dataDir: string;

/** A finished empty cluster, copied where a test is not about making one: making it is most of a start's time. */
let prepared: string;

beforeAll(async () => {
  prepared = await mkdtemp(join(tmpdir(), 'slipway-embedded-prepared-'));
  await (await startEmbeddedPostgres({ dataDir: prepared, log })).close();
});
afterAll(() => rm(prepared, { recursive: true, force: true }));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-embedded-'));
  dataDir = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const copyPrepared = () => cp(prepared, dataDir, { recursive: true });

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function redis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  client.on('error', () => {});
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const serversOf = async (dir: string) => [
  ...(await findProcessesIn(join(dir, 'redis'), REDIS)),
  ...(await findProcessesIn(join(dir, 'postgres'), ['postgres'])),
];
const killAll = (pids: readonly number[]) => {
  for (const pid of pids) sendSignal(pid, 'SIGKILL');
};

describe('the embedded stores', () => {
  it('keep what was written when owner and servers are killed together, at the same addresses', async () => {
    await copyPrepared();
    const first = await startOwner(dataDir);
    await query(first.adminUrl, 'create table kept (n int); insert into kept values (42)');
    await redis(first.redisUrl, (client) => client.set('kept', '42'));
    const servers = await serversOf(dataDir);
    killAll([first.pid, ...servers]);
    await first.kill();

    const second = await startOwner(dataDir);
    expect({ redisUrl: second.redisUrl, adminUrl: second.adminUrl }).toEqual({
      redisUrl: first.redisUrl,
      adminUrl: first.adminUrl,
    });
    expect(await query(second.adminUrl, 'select n from kept')).toEqual([{ n: 42 }]);
    expect(await redis(second.redisUrl, (client) => client.get('kept'))).toBe('42');
    expect(await second.close()).toBe(0);
    expect(await serversOf(dataDir)).toEqual([]);
  });

  it('end by themselves when their owner is killed, and not by the Ctrl-C that its terminal sends to its group', async () => {
    await copyPrepared();
    const owner = await startOwner(dataDir);
    const groupOf = async (pid: number) => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[2];
    const groups = await Promise.all((await serversOf(dataDir)).map(groupOf));
    expect(groups.length).toBeGreaterThan(1);
    expect(groups).not.toContain(await groupOf(owner.pid));
    await owner.kill();
    await vi.waitFor(async () => expect(await serversOf(dataDir)).toEqual([]), { timeout: 20_000, interval: 20 });
  });

  it('refuse a second owner and name the first', async () => {
    await copyPrepared();
    const stores = await startEmbeddedStores({ dataDir, log });
    try {
      await expect(startOwner(dataDir)).rejects.toThrow(`is in use by process ${process.pid}: stop it first`);
      expect(await redis(stores.redisUrl, (client) => client.ping())).toBe('PONG');
    } finally {
      await stores.close();
    }
  });

  it('are started again at the same address when one is killed', async () => {
    await copyPrepared();
    const stores = await startEmbeddedStores({ dataDir, log });
    try {
      await query(stores.adminUrl, 'create table kept (n int); insert into kept values (7)');
      await redis(stores.redisUrl, (client) => client.set('kept', '7'));
      killAll(await serversOf(dataDir));
      expect(await redis(stores.redisUrl, (client) => client.get('kept'))).toBe('7');
      const rows = await vi.waitFor(() => query(stores.adminUrl, 'select n from kept'), {
        timeout: 20_000,
        interval: 50,
      });
      expect(rows).toEqual([{ n: 7 }]);
    } finally {
      await stores.close();
    }
    expect(await serversOf(dataDir)).toEqual([]);
  });

  it('show no secret to other users: not in arguments, files or inherited environment', async () => {
    await copyPrepared();
    const owner = await startOwner(dataDir, { env: { ANTHROPIC_API_KEY: 'not-for-stores' } });
    try {
      const passwords = [owner.redisUrl, owner.adminUrl].map((url) => new URL(url).password);
      for (const pid of await serversOf(dataDir)) {
        const seen =
          (await readFile(`/proc/${pid}/cmdline`, 'utf8')) + (await readFile(`/proc/${pid}/environ`, 'utf8'));
        for (const secret of [...passwords, 'not-for-stores']) expect(seen).not.toContain(secret);
      }
      const modes = await Promise.all(
        ['.', 'redis', 'postgres', 'redis.json', 'postgres.json'].map((name) => stat(join(dataDir, name))),
      );
      expect(modes.map((found) => (found.mode & 0o777).toString(8))).toEqual(['700', '700', '700', '600', '600']);
    } finally {
      await owner.close();
    }
  });

  it('run for a user who is not root, below a home that nobody else may enter', async () => {
    const asRoot = process.getuid?.() === 0;
    const home = join(root, 'home');
    await mkdir(home, { mode: 0o700 });
    await chmod(root, 0o755);
    if (asRoot) await chown(home, 65_534, 65_534);
    // The checkout itself may stand below root's closed home: the other user sees it mounted where they may go.
    const checkout = join(root, 'checkout');
    await mkdir(checkout);
    const mount = ['bwrap', '--bind', '/', '/', '--dev-bind', '/dev', '/dev', '--ro-bind', CHECKOUT, checkout, '--'];
    const setpriv = ['/usr/bin/setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
    const other = asRoot ? { prefix: [...mount, ...setpriv], checkout } : {};
    const owner = await startOwner(join(home, 'data'), { ...other, env: { TMPDIR: home } });
    const [server] = await serversOf(join(home, 'data'));
    const status = await readFile(`/proc/${server}/status`, 'utf8');
    expect(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])).toBe(asRoot ? 65_534 : process.getuid?.());
    expect(await query(owner.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await owner.close()).toBe(0);
  });
});

describe('the embedded Redis', () => {
  it('loses no write, evicts nothing and asks for its password', async () => {
    const server = await startEmbeddedRedis({ dataDir, log });
    try {
      const read = async (key: string) => redis(server.url, async (client) => (await client.config('GET', key)).at(1));
      expect(await Promise.all(['appendonly', 'appendfsync', 'maxmemory-policy', 'hz', 'bind'].map(read))).toEqual([
        'yes',
        'everysec',
        'noeviction',
        '100',
        '127.0.0.1',
      ]);
      const stranger = new URL(server.url);
      stranger.username = '';
      stranger.password = '';
      await expect(redis(stranger.href, (client) => client.get('x'))).rejects.toThrow('NOAUTH');
    } finally {
      await server.close();
    }
  });

  it('ends a server that an earlier owner left on its directory', async () => {
    const directory = join(dataDir, 'redis');
    await mkdir(directory, { recursive: true });
    const orphan = spawn((await findProgram(REDIS)) ?? '', ['--port', '0', '--unixsocket', './left.sock'], {
      cwd: directory,
    });
    const gone = once(orphan, 'exit');
    for await (const line of createInterface({ input: orphan.stdout })) if (line.includes('eady to accept')) break;
    const server = await startEmbeddedRedis({ dataDir, log });
    await gone;
    expect(await findProcessesIn(directory, REDIS)).toHaveLength(1);
    await server.close();
  });

  it('takes another port when a stranger has taken its own', async () => {
    const first = await startEmbeddedRedis({ dataDir, log });
    await first.close();
    const stranger = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    await once(stranger, 'listening');
    const second = await startEmbeddedRedis({ dataDir, log });
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    await second.close();
    stranger.close();
  });

  it('shows the last lines of a server that cannot start', async () => {
    await mkdir(join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), { recursive: true });
    await expect(startEmbeddedRedis({ dataDir, log })).rejects.toThrow(/redis-server ended with code 1\n(.*\n)*.*AOF/);
  });
});

describe('the embedded PostgreSQL', () => {
  it('syncs every commit, speaks UTF-8, sorts by bytes and refuses a wrong password', async () => {
    await copyPrepared();
    const server = await startEmbeddedPostgres({ dataDir, log });
    try {
      const settings = `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'password_encryption', 'server_encoding', 'lc_messages') order by name`;
      expect(await query(server.adminUrl, settings)).toEqual([
        { name: 'fsync', setting: 'on' },
        { name: 'lc_messages', setting: 'C' },
        { name: 'password_encryption', setting: 'scram-sha-256' },
        { name: 'server_encoding', setting: 'UTF8' },
        { name: 'synchronous_commit', setting: 'on' },
      ]);
      const wrong = new URL(server.adminUrl);
      wrong.password = 'wrong';
      await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    } finally {
      await server.close();
    }
  });

  it('refuses data of another major version, and data without its password', async () => {
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '16\n');
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(
      'was made by PostgreSQL 16, this Slipway carries 17',
    );
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    const refusal = /postgres\.json is missing, so the password of .* is unknown/;
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(refusal);
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(refusal);
  });

  it('starts over when an earlier start was killed while it made the cluster, with a package whose links are missing', async () => {
    const packageDir = join(root, 'package');
    const isLink = async (path: string) => (await lstat(path)).isSymbolicLink();
    await cp(findPostgresPackage(), packageDir, { recursive: true, filter: async (path) => !(await isLink(path)) });
    await mkdir(join(dataDir, 'postgres.new', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'postgres.new', 'PG_VERSION'), '17\n');
    const server = await startEmbeddedPostgres({ dataDir, log, packageDir });
    expect(await query(server.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
    expect(await isLink(join(packageDir, 'native/lib/libpq.so.5'))).toBe(true);
    expect(await readdir(dataDir)).toEqual(['postgres', 'postgres.json']);
  });
});
