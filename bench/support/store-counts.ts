import { readdir, readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

/** Totals of both stores since they began. Differences of two readings are what happened in between. */
export interface StoreCounts {
  readonly redisCommands: number;
  readonly evalsha: number;
  readonly redisBytes: number;
  readonly redisCpuMs: number;
  /** Transactions that wrote something: each is one commit record and one flush, unless a group shares it. */
  readonly commits: number;
  readonly walBytes: number;
  readonly databaseBytes: number;
  readonly postgresCpuMs: number;
}

export interface StoreProbe {
  read(): Promise<StoreCounts>;
  close(): Promise<void>;
}

const TICK_MS = 10;

/** Reads what two stores of the bench's own counted. */
export async function openStoreProbe(stores: { redisUrl: string; adminUrl: string }): Promise<StoreProbe> {
  const redis = new Redis(stores.redisUrl);
  const client = new pg.Client(stores.adminUrl);
  await client.connect();
  const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
  const directory = rows[0]?.directory ?? '';
  return {
    async read() {
      const info = await redis.info('everything');
      const calls = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(
        ([, name, n]) => [name, Number(n)] as const,
      );
      const { rows: figures } = await client.query<{ commits: string; wal: string; size: string }>(`
        select pg_snapshot_xmax(pg_current_snapshot())::text as commits,
          (pg_current_wal_insert_lsn() - '0/0')::text as wal, pg_database_size(current_database())::text as size`);
      const [figure] = figures;
      return {
        redisCommands: calls.reduce((sum, [, n]) => sum + n, 0),
        evalsha: calls.find(([name]) => name === 'evalsha')?.[1] ?? 0,
        redisBytes: field(info, 'used_memory'),
        redisCpuMs: (field(info, 'used_cpu_user') + field(info, 'used_cpu_sys')) * 1_000,
        commits: Number(figure?.commits),
        walBytes: Number(figure?.wal),
        databaseBytes: Number(figure?.size),
        postgresCpuMs: await postgresCpuMs(directory),
      };
    },
    async close() {
      redis.disconnect();
      await client.end();
    },
  };
}

function field(info: string, name: string): number {
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
}

export function diffCounts(after: StoreCounts, before: StoreCounts): StoreCounts {
  const names = Object.keys(after) as (keyof StoreCounts)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as unknown as StoreCounts;
}

/** The server's processes, ended children included: all descendants of the postmaster on that directory. NaN off Linux. */
async function postgresCpuMs(directory: string): Promise<number> {
  const postmaster = await findPostmaster(directory);
  if (postmaster === null) return Number.NaN;
  let ticks = 0;
  for (const pid of await pids()) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (pid !== postmaster && Number(fields[1]) !== postmaster) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
    if (pid === postmaster) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks * TICK_MS;
}

async function findPostmaster(directory: string): Promise<number | null> {
  for (const pid of await pids()) {
    const [program, ...words] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (program?.endsWith('/postgres') && words.includes(directory)) return pid;
  }
  return null;
}

async function pids(): Promise<number[]> {
  return (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
}
