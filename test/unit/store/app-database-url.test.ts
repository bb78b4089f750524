import pg from 'pg';
import { expect, test } from 'vitest';
import { appDatabaseUrl } from '../../../src/store/app-database-url.ts';

const PASSWORD = 'p@ss/w:rd?&=%41 #';

/** What the driver makes of a connection string. */
function read(url: string) {
  const { user, password, host, port, database } = new pg.Client(url);
  return { user, password, host, port, database };
}

test('keeps server and database, and replaces who connects', () => {
  const url = appDatabaseUrl(
    'postgresql://postgres:admin@db.internal:6000/slipway?application_name=x',
    'slipway_app',
    PASSWORD,
  );
  expect(read(url)).toEqual({
    user: 'slipway_app',
    password: PASSWORD,
    host: 'db.internal',
    port: 6000,
    database: 'slipway',
  });
  expect(url).not.toContain('admin');
});

test('works for a unix socket, which has no host to put a user before', () => {
  const url = appDatabaseUrl(
    'postgresql:///slipway?host=/run/pg&port=6001&user=postgres&password=admin',
    'app',
    PASSWORD,
  );
  expect(read(url)).toEqual({ user: 'app', password: PASSWORD, host: '/run/pg', port: 6001, database: 'slipway' });
});
