import type { ChildServer } from './start-child-server.ts';
import { takeFreePort } from './take-free-port.ts';

const TRIES = 5;

/**
 * Starts a server on `preferred` or on any free port. Between finding a port and listening on it another process can
 * take it; then the next one is tried. Any other failure is thrown at once.
 */
export async function startOnFreePort(
  preferred: number | undefined,
  start: (port: number) => Promise<ChildServer>,
): Promise<{ port: number; server: ChildServer }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await takeFreePort(attempt === 1 ? preferred : undefined);
    try {
      return { port, server: await start(port) };
    } catch (error) {
      if (attempt === TRIES || !String(error).includes('Address already in use')) throw error;
    }
  }
}
