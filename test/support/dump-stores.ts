import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';

/** One place that can hold data, with all of it. */
export interface Place {
  readonly where: string;
  readonly bytes: Buffer;
}

/** Every key of a Redis with its value. */
export async function dumpRedis(url: string): Promise<Place[]> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys('*');
    return await Promise.all(
      keys.map(async (key) => ({
        where: `redis ${key}`,
        bytes: Buffer.from(JSON.stringify([key, await readKey(redis, key)])),
      })),
    );
  } finally {
    redis.disconnect();
  }
}

async function readKey(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === 'hash') return redis.hgetall(key);
  if (type === 'list') return redis.lrange(key, '0', '-1');
  if (type === 'set') return redis.smembers(key);
  if (type === 'zset') return redis.zrange(key, '0', '-1');
  if (type === 'stream') return redis.xrange(key, '-', '+');
  if (type === 'none') return null;
  return redis.get(key);
}

/** Every row of every table of a database that is ours, and what the server keeps of roles and statements, each as text. */
export async function dumpPostgres(adminUrl: string): Promise<Place[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    const names = [...tables.rows.map(({ name }) => name), 'pg_catalog.pg_authid', 'pg_catalog.pg_stat_activity'];
    const places: Place[] = [];
    for (const name of names) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      places.push({ where: `table ${name}`, bytes: Buffer.from(rows.map(({ row }) => row).join('\n')) });
    }
    return places;
  } finally {
    await client.end();
  }
}

/** Every file under a directory except those named. Files that vanish meanwhile hold nothing. */
export async function dumpFiles(directory: string, except: readonly string[]): Promise<Place[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files
    .filter((file) => !except.includes(file))
    .map(async (file) => ({ where: file, bytes: await readFile(file).catch(() => Buffer.alloc(0)) }));
  return Promise.all(read);
}
