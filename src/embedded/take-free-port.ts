import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ranges from which kernels give ports to outgoing connections: what is free here stays free until it is taken. */
const [FIRST, LAST] = [10_240, 32_767];
const TRIES = 50;

/** A TCP port of 127.0.0.1 that nobody listens on: `preferred` if that one is free, else any. */
export async function takeFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error('no free TCP port on 127.0.0.1');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
