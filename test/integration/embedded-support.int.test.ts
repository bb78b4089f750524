import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { makeDatabase, redisForTest, withDatabase } from '../support/stores.ts';

it('gives each test a database of its own and removes it', async () => {
  const first = await makeDatabase();
  const names = await withDatabase(async (second) => {
    const client = new pg.Client({ connectionString: second.adminUrl });
    await client.connect();
    const { rows } = await client.query(
      "select current_database() as here, (select count(*)::int from pg_database where datname like 'test_%') as n",
    );
    await client.end();
    expect(rows[0]).toEqual({ here: second.name, n: expect.any(Number) });
    return [first.name, second.name];
  });
  await first.drop();
  const client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
  const { rows } = await client.query('select datname from pg_database where datname = any($1)', [names]);
  await client.end();
  expect(new Set(names).size).toBe(2);
  expect(rows).toEqual([]);
});

it('gives each test a prefix of its own on a Redis that answers', async () => {
  const [one, two] = [redisForTest(), redisForTest()];
  expect(one.prefix).not.toBe(two.prefix);
  const redis = new Redis(one.url);
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  await redis.quit();
});
