import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataDir } from '../../../src/embedded/lock-data-dir.ts';
import { readProcessStart } from '../../../src/embedded/processes.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'slipway-lock-')), 'data');
});
afterEach(() => rm(join(dataDir, '..'), { recursive: true, force: true }));

const writeLock = async (owner: { pid: number; start: string }) => {
  const lock = await lockDataDir(dataDir);
  await lock.release();
  const id = '00000000-0000-4000-8000-000000000000';
  await writeFile(join(dataDir, 'owner.lock'), JSON.stringify({ id, ...owner }));
};

const readOwnerAfterTakeOver = async () => {
  const lock = await lockDataDir(dataDir);
  const owner: unknown = JSON.parse(await readFile(join(dataDir, 'owner.lock'), 'utf8'));
  await lock.release();
  return owner;
};

it('makes the directory for its owner alone and leaves nothing behind', async () => {
  const lock = await lockDataDir(dataDir);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect(await readdir(dataDir)).toEqual(['owner.lock']);
  await lock.release();
  await lock.release();
  expect(await readdir(dataDir)).toEqual([]);
});

it('refuses a second owner, names the first and says what to do', async () => {
  const lock = await lockDataDir(dataDir);
  await expect(lockDataDir(dataDir)).rejects.toThrow(
    `${dataDir} is in use by process ${process.pid}: stop it first (kill ${process.pid}), or name another data directory`,
  );
  await lock.release();
  await (await lockDataDir(dataDir)).release();
});

it('takes over from an owner that died', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const start = await readProcessStart(pid);
  await writeLock({ pid, start: start ?? '' });
  await expect(lockDataDir(dataDir)).rejects.toThrow(`in use by process ${pid}`);
  child.stdin.end();
  await once(child, 'exit');
  expect(await readOwnerAfterTakeOver()).toMatchObject({ pid: process.pid });
});

it('takes over when another process has the number of the dead owner', async () => {
  await writeLock({ pid: process.pid, start: 'an earlier boot:1' });
  expect(await readOwnerAfterTakeOver()).toMatchObject({
    pid: process.pid,
    start: await readProcessStart(process.pid),
  });
});

it('takes over a lock that is damaged', async () => {
  await writeLock({ pid: 1, start: '' });
  await writeFile(join(dataDir, 'owner.lock'), '{');
  expect(await readOwnerAfterTakeOver()).toMatchObject({ pid: process.pid });
});

it('lets exactly one of many take over a dead lock, and one after the death of a taker', async () => {
  for (const takerDied of [false, true, false, true]) {
    const start = 'an earlier boot:1';
    await writeLock({ pid: process.pid, start });
    const taker = { id: '00000000-0000-4000-8000-00000000000a', pid: process.pid, start };
    const claim = join(dataDir, 'owner.claim.00000000-0000-4000-8000-000000000000');
    if (takerDied) await writeFile(claim, JSON.stringify(taker));
    const tries = await Promise.allSettled(Array.from({ length: 16 }, () => lockDataDir(dataDir)));
    const owners = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(owners).toHaveLength(1);
    await owners[0]?.release();
    expect(await readdir(dataDir)).toEqual([]);
  }
});
