import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { verifyLog } from '../../src/audit/verify.ts';
import { closeAll } from '../../src/close-all.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { startEmbeddedRedis } from '../../src/embedded/start-embedded-redis.ts';
import { RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { openQueues, type Queues } from '../../src/queues/connections.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { reconcile } from '../../src/runs/reconcile.ts';
import { EnqueueRequest } from '../../src/runs/run-desk.ts';
import { appDatabaseUrl } from '../../src/store/app-database-url.ts';
import { assertSafeRole } from '../../src/store/assert-safe-role.ts';
import { migrate } from '../../src/store/migrate.ts';
import { assertSchemaFits } from '../../src/store/schema-version.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeSha, openLog, PATIENT } from '../support/record.ts';
import { type SystemPostgres, startSystemPostgres } from '../support/system-postgres.ts';

const log = makeLogger({ level: 'error', name: 'restore' });
const CI = { tokenId: 't', name: 'ci', person: null, scopes: ['enqueue'] };
const appPassword = 'only-for-this-test';
const closers: (() => Promise<unknown>)[] = [];
let directory: string;
let queues: Queues;
let config: Config;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-restore-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, 'redis'));
  const redis = await startEmbeddedRedis({ dataDir: join(directory, 'redis'), log });
  closers.push(() => redis.close());
  queues = openQueues(redis.url, log);
  closers.push(() => queues.close());
  const file = join(directory, 'slipway.yaml');
  const delivery = { kind: 'local', command: ['node', 'server.js'] };
  await writeFile(file, stringify({ services: { shop: { repo: 'acme/shop', repository: '/nowhere', delivery } } }));
  config = readConfig({ file, env: {} });
});
afterAll(() => closeAll(closers, log));

/** The stores as a server has them. */
function open(postgres: SystemPostgres) {
  const { db, audit, close } = openLog(appDatabaseUrl(postgres.adminUrl, 'slipway_app', appPassword), {
    limitsMs: PATIENT,
  });
  closers.push(close);
  const repository = { isAncestor: async () => false };
  const desk = makeRunDesk({ db, audit, queues, config, repository, log } as never);
  const enqueue = async (pr_number: number): Promise<Run> => {
    const request = EnqueueRequest.parse({ repo: 'acme/shop', pr_number, head_sha: makeSha(), author: 'nina' });
    const result = await desk.enqueue(request, CI);
    if (result.kind !== 'created') throw new Error(result.kind);
    return result.run;
  };
  return { db, audit, enqueue };
}

it('a backup comes back whole, shows by a kept head that it is old, and live runs go on from it', async () => {
  const source = await startSystemPostgres(join(directory, 'source'));
  closers.push(() => source.close());
  await migrate({ adminUrl: source.adminUrl, appPassword, log });
  const before = open(source);
  const runs = [await before.enqueue(1), await before.enqueue(2), await before.enqueue(3)];
  const headThen = (await verifyLog(before.db)).head;

  // The commands of docs/operations.md.
  const dump = join(directory, 'slipway.dump');
  const roles = join(directory, 'roles.sql');
  await source.client('pg_dumpall', '--roles-only', `--file=${roles}`);
  await source.client('pg_dump', '--format=custom', `--file=${dump}`, 'slipway');
  const late = await before.enqueue(4);
  const headNow = (await verifyLog(before.db)).head;

  const restored = await startSystemPostgres(join(directory, 'restored'));
  closers.push(() => restored.close());
  // The superuser is there already: psql says so and goes on.
  await restored.client('psql', '--quiet', `--file=${roles}`, 'postgres');
  await restored.client('pg_restore', '--exit-on-error', '--dbname=slipway', dump);
  expect(await migrate({ adminUrl: restored.adminUrl, appPassword, log })).toEqual({ applied: [] });

  const after = open(restored);
  await assertSchemaFits(after.db);
  await assertSafeRole(after.db);
  const whole = await verifyLog(after.db, { heads: headThen === null ? [] : [headThen] });
  expect(whole).toMatchObject({ ok: true, entries: 4, head: headThen });
  const old = await verifyLog(after.db, { heads: headNow === null ? [] : [headNow] });
  expect(old.ok).toBe(false);
  expect(old.problems.map(({ kind }) => kind)).toEqual(['head_missing']);
  await expect(sql`update audit.entry set body = ''`.execute(after.db)).rejects.toThrow('permission denied');
  await expect(
    restored.client('psql', '--set=ON_ERROR_STOP=1', '--command=alter table audit.entry add column x int', 'slipway'),
  ).rejects.toThrow('DDL on the audit log refused');

  // Jobs of a time that the store does not know any more must not meet it.
  await queues.redis.flushall();
  await reconcile({ db: after.db, audit: after.audit, queues, config, log }, new Date(Date.now() + 60_000));
  const states = await Promise.all(
    [...runs, late].map(async ({ id }) =>
      (await queues.byName.review.getJob(stageJobId(RunId.parse(id), 'review')))?.getState(),
    ),
  );
  expect(states).toEqual(['waiting', 'waiting', 'waiting', undefined]);
  // The chain goes on where the backup ended.
  await after.enqueue(4);
  expect(await verifyLog(after.db)).toMatchObject({ ok: true, entries: 5 });
});
