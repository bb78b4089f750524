import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';

/**
 * Becomes the service (`exec`: same pid, its exit code), and leaves a watcher in the process group that ends the whole
 * group when descriptor 3 closes, that is when the target dies in whatever way. So kill -9 of the target orphans nothing.
 */
const WATCHED = '(read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 & exec 3<&- "$@"';

const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export interface Launch {
  readonly command: readonly string[];
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly environment: string;
}

/** Starts a service in a process group of its own, with an environment made from nothing: it can inherit no secret. */
export function launchProcess(launch: Launch): ChildProcess {
  const env = {
    PATH: [dirname(process.execPath), ...SYSTEM_PATH].join(delimiter),
    HOME: launch.directory,
    LANG: 'C.UTF-8',
    NODE_ENV: 'production',
    HOST: launch.host,
    PORT: String(launch.port),
    SLIPWAY_VERSION: launch.version,
    SLIPWAY_ENVIRONMENT: launch.environment,
  };
  return spawn('/bin/sh', ['-c', WATCHED, 'sh', ...launch.command], {
    cwd: launch.directory,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** `preferred` if nothing listens there now, otherwise a free port. Another process may still take it first: then the start fails and is repeated. */
export async function findPort(host: string, preferred: number): Promise<number> {
  return (await tryPort(host, preferred)) ?? (await tryPort(host, 0)) ?? Promise.reject(new Error('no free port'));
}

function tryPort(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}
