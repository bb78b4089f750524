import { expect, it } from 'vitest';
import { keepRunning } from '../../../src/embedded/keep-running.ts';
import type { ChildServer } from '../../../src/embedded/start-child-server.ts';
import { makeLogger } from '../../../src/log.ts';

const log = makeLogger({ level: 'silent', name: 'test' });

/** A server that ends when told to; `starts` counts how often one was started. */
function makeFakeServers(options: { failFrom?: number } = {}) {
  const endings: Array<(reason: string) => void> = [];
  const waiting: Array<() => void> = [];
  const start = async (): Promise<ChildServer> => {
    if (options.failFrom !== undefined && endings.length + 1 >= options.failFrom) throw new Error('port is gone');
    const ended = new Promise<string>((resolve) => endings.push(resolve));
    for (const wake of waiting.splice(0)) wake();
    return { pid: endings.length, ended };
  };
  const nextStart = () => new Promise<void>((resolve) => waiting.push(resolve));
  const stop = async (server: ChildServer) => endings[server.pid - 1]?.('stopped');
  return { start, stop, endings, nextStart };
}

it('starts a server that ended again, and not one that was closed', async () => {
  const fake = makeFakeServers();
  const kept = keepRunning({ name: 'x', first: await fake.start(), start: fake.start, stop: fake.stop, log });
  const again = fake.nextStart();
  fake.endings[0]?.('killed');
  await again;
  await kept.close();
  await kept.close();
  expect(fake.endings).toHaveLength(2);
});

it('gives up with the last reason when the server cannot be started again', async () => {
  const fake = makeFakeServers({ failFrom: 2 });
  const kept = keepRunning({ name: 'x', first: await fake.start(), start: fake.start, stop: fake.stop, log });
  fake.endings[0]?.('killed');
  expect(await kept.lost).toBe('Error: port is gone');
  await kept.close();
});
