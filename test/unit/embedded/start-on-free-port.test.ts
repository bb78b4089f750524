import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import type { ChildServer } from '../../../src/embedded/start-child-server.ts';
import { startOnFreePort } from '../../../src/embedded/start-on-free-port.ts';
import { takeFreePort } from '../../../src/embedded/take-free-port.ts';

const server: ChildServer = { pid: 1, ended: Promise.resolve('') };

it('takes the preferred port when it is free, and another when it is not', async () => {
  const preferred = await takeFreePort();
  expect(await startOnFreePort(preferred, async () => server)).toEqual({ port: preferred, server });
  const stranger = createServer().listen(preferred, '127.0.0.1');
  await once(stranger, 'listening');
  expect((await startOnFreePort(preferred, async () => server)).port).not.toBe(preferred);
  stranger.close();
});

it('tries another port when one was taken in between, and five at most', async () => {
  const tried: number[] = [];
  const start = async (port: number) => {
    tried.push(port);
    if (tried.length !== 3) throw new Error('could not bind: Address already in use');
    return server;
  };
  expect((await startOnFreePort(undefined, start)).port).toBe(tried[2]);
  await expect(startOnFreePort(undefined, start)).rejects.toThrow('Address already in use');
  expect(tried).toHaveLength(8);
});

it('throws any other failure at once', async () => {
  let starts = 0;
  const start = async () => {
    starts += 1;
    throw new Error('disk full');
  };
  await expect(startOnFreePort(undefined, start)).rejects.toThrow('disk full');
  expect(starts).toBe(1);
});
