import { connect } from 'node:net';
import { TransientFailure } from '../../errors.ts';

/** Sends a line of commands, separated by `;`, and returns all that is answered. @throws {TransientFailure} TARGET_UNREACHABLE */
export type RuntimeSocket = (commands: readonly string[], signal: AbortSignal) => Promise<string>;

const LIMIT_MS = 2_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** HAProxy's runtime API, at a path (`/run/haproxy/admin.sock`) or `host:port`. One connection for each line: HAProxy ends it. */
export function makeRuntimeSocket(address: string): RuntimeSocket {
  const place = parseAddress(address);
  return function send(commands, signal) {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let answer = '';
      const socket = connect({ ...place });
      const fail = (why: string, cause?: unknown): void => {
        socket.destroy();
        reject(
          signal.aborted
            ? signal.reason
            : new TransientFailure('TARGET_UNREACHABLE', `HAProxy at ${address} ${why}`, { cause }),
        );
      };
      const limit = setTimeout(() => fail(`did not answer within ${LIMIT_MS} ms`), LIMIT_MS);
      const abort = (): void => fail('was not waited for');
      signal.addEventListener('abort', abort, { once: true });
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => {
        answer += text;
        if (answer.length > MAX_ANSWER_BYTES) fail('answers without end');
      });
      socket.once('error', (error) => fail(`cannot be reached: ${error.message}`, error));
      socket.once('end', () => resolve(answer));
      socket.once('close', () => {
        clearTimeout(limit);
        signal.removeEventListener('abort', abort);
      });
      socket.write(`${commands.join(';')}\n`);
    });
  };
}

function parseAddress(address: string): { path: string } | { host: string; port: number } {
  const tcp = /^(?:\[([0-9a-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(address);
  if (tcp === null) return { path: address };
  return { host: tcp[1] ?? tcp[2] ?? '', port: Number(tcp[3]) };
}
