import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findProgram } from '../../src/embedded/find-program.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { wrapCommand } from '../../src/embedded/wrap-command.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

export interface SystemPostgres {
  /** The superuser, database `slipway`. */
  readonly adminUrl: string;
  /** Runs one of its own client programs against it, e.g. pg_dump; returns what it printed. */
  client(program: string, ...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** A PostgreSQL of the platform with its clients, on a free port of loopback, with an empty database `slipway`. */
export async function startSystemPostgres(directory: string): Promise<SystemPostgres> {
  const bin = findBinaries();
  const [setpriv, bwrap] = await Promise.all([findProgram(['setpriv']), findProgram(['bwrap'])]);
  const wrap = (command: string, args: string[]) =>
    wrapCommand({ command, args }, { setpriv, bwrap: process.getuid?.() === 0 ? bwrap : undefined }, 'QUIT');
  const init = wrap(join(bin, 'initdb'), [
    '-D',
    directory,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  await run(init.command, init.args, { cwd: '/' });
  const port = await takeFreePort();
  const settings = ['-p', String(port), '-k', directory, '-c', 'listen_addresses=127.0.0.1'];
  const server = wrap(join(bin, 'postgres'), ['-D', directory, ...settings]);
  const child = spawn(server.command, server.args, { cwd: '/', stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  await eventually('PostgreSQL answers', () =>
    ask(url('postgres'), 'select 1').then(
      () => true,
      () => false,
    ),
  );
  await ask(url('postgres'), 'create database slipway');
  return {
    adminUrl: url('slipway'),
    async client(program, ...args) {
      const place = ['--host=127.0.0.1', `--port=${port}`, '--username=postgres'];
      return (await run(join(bin, program), [...place, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
    },
    async close() {
      const pid = Number(readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
      process.kill(pid, 'SIGINT');
      await ended;
    },
  };
}

function findBinaries(): string {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .map(Number)
        .filter((version) => version >= 14)
    : [];
  if (versions.length > 0) return join(DEBIAN, String(Math.max(...versions)), 'bin');
  const found = (process.env['PATH'] ?? '').split(':').find((path) => existsSync(join(path, 'initdb')));
  if (found === undefined)
    throw new Error('no PostgreSQL 14 or newer with its clients: script/bootstrap --with postgresql');
  return found;
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
