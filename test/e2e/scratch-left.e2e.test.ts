import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findProcessesIn } from '../../src/embedded/processes.ts';
import { makeLogger } from '../../src/log.ts';
import { collectScratch } from '../../src/scratch/collect-scratch.ts';
import { eventually } from '../support/eventually.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });
const log = makeLogger({ level: 'silent', name: 'test' });

let within: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  within = await mkdtemp(join(tmpdir(), 'slipway-left-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await collectScratch({ log, within });
  await rm(within, { recursive: true, force: true });
});

/** A process of its own in the middle of a migration: a statement of it holds a lock and does not end. */
const MIGRATES = `
  const { openScratch } = await import(process.argv[1] + '/scratch/open-scratch.js');
  const { makeLogger } = await import(process.argv[1] + '/log.js');
  const scratch = await openScratch(makeLogger({ level: 'silent', name: 'test' }));
  await scratch.admin.query('create table items (id int)');
  const stuck = scratch.admin.query('begin; lock table items; select pg_sleep(100000)');
  process.stdout.write('migrates\\n');
  await stuck;`;

async function startMigrating(): Promise<{ child: ChildProcess; directory: string }> {
  const dist = resolve('dist');
  const child = spawn(process.execPath, ['--input-type=module', '-e', MIGRATES, dist], {
    env: { ...process.env, TMPDIR: within },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let said = '';
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  await eventually('it migrates', () => Promise.resolve(said.includes('migrates')), 120_000);
  const [name] = await readdir(within);
  if (name === undefined) throw new Error('it has no directory');
  return { child, directory: join(within, name) };
}

it('removes what a worker that was killed in the middle of a migration left, and ends its database; a living one keeps its own', async () => {
  const { child, directory } = await startMigrating();
  expect(await collectScratch({ log, within })).toBe(0);
  expect(existsSync(join(directory, 'postgres'))).toBe(true);

  child.kill('SIGKILL');
  await eventually('it is dead', () => Promise.resolve(child.signalCode === 'SIGKILL'), 60_000);
  expect(await collectScratch({ log, within })).toBe(1);
  expect(await readdir(within)).toEqual([]);
  expect(await findProcessesIn(within, ['postgres'])).toEqual([]);
  expect(await collectScratch({ log, within })).toBe(0);
});

it('leaves alone what is not certain to be nobody’s', async () => {
  const { child, directory } = await startMigrating();
  const owner: unknown = JSON.parse(await readFile(join(directory, 'owner.json'), 'utf8'));
  child.kill('SIGKILL');
  await eventually('it is dead', () => Promise.resolve(child.signalCode === 'SIGKILL'), 60_000);
  await collectScratch({ log, within });

  const make = async (name: string, text: string | null) => {
    await mkdir(join(within, `slipway-scratch-${name}`));
    if (text !== null) await writeFile(join(within, `slipway-scratch-${name}`, 'owner.json'), text);
  };
  await make('container', JSON.stringify({ ...(owner as object), space: 'pid:[1]' }));
  await make('broken', '{');
  await make('fresh', null);
  await make('unclaimed', null);
  await writeFile(join(within, 'slipway-scratch-unclaimed', 'file'), 'somebody’s');
  await mkdir(join(within, 'elsewhere'));
  await symlink(join(within, 'elsewhere'), join(within, 'slipway-scratch-link'));
  await make('empty', null);
  const old = new Date(Date.now() - 2 * 3_600_000);
  for (const name of ['unclaimed', 'empty']) await utimes(join(within, `slipway-scratch-${name}`), old, old);

  expect(await collectScratch({ log, within })).toBe(1);
  expect((await readdir(within)).toSorted()).toEqual([
    'elsewhere',
    'slipway-scratch-broken',
    'slipway-scratch-container',
    'slipway-scratch-fresh',
    'slipway-scratch-link',
    'slipway-scratch-unclaimed',
  ]);
});
