import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';
import type { Logger } from '../log.ts';
import { claimScratch } from './scratch-owner.ts';

export interface ScratchDatabase {
  /** Where it listens outside of the sandbox. */
  readonly address: { readonly host: string; readonly port: number };
  /** For a program that reaches it at this port of its own loopback; the user owns the database and is no superuser. */
  urlAt(port: number): string;
  /** The superuser's own connection, for looking. */
  readonly admin: Client;
  close(): Promise<void>;
}

export const SCRATCH_PREFIX = 'slipway-scratch-';
const NAME = 'scratch';
const USER = 'migrator';
/** Of one statement's temporary files. */
const TEMP_FILES = '256MB';

/**
 * A PostgreSQL of its own with one empty database, gone without a trace when closed. What is run against it is not trusted: a
 * superuser could start programs of this machine from SQL (`COPY … TO PROGRAM`), so it never is one.
 * @throws when this machine has no PostgreSQL from npm, or it does not start; the message says what to do.
 */
export async function openScratch(log: Logger): Promise<ScratchDatabase> {
  const directory = await mkdtemp(join(tmpdir(), SCRATCH_PREFIX));
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    await claimScratch(directory);
    const postgres = await startEmbeddedPostgres({ dataDir: directory, log });
    closers.push(() => postgres.close());
    const password = randomBytes(16).toString('hex');
    const root = await connect(postgres.adminUrl);
    try {
      await root.query(`create role ${USER} login password '${password}'`);
      await root.query(`alter role ${USER} set temp_file_limit = '${TEMP_FILES}'`);
      await root.query(`create database ${NAME} owner ${USER}`);
      await root.query(`revoke connect on database postgres from public`);
    } finally {
      await root.end();
    }
    const url = new URL(postgres.adminUrl);
    const address = { host: url.hostname, port: Number(url.port) };
    url.pathname = `/${NAME}`;
    const admin = await connect(url.href);
    closers.push(() => admin.end());
    return { address, urlAt: (port) => `postgres://${USER}:${password}@127.0.0.1:${port}/${NAME}`, admin, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on('error', () => undefined); // the next query tells it
  await client.connect();
  return client;
}
