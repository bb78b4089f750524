/** Where the sockets behind the doors, and the script below, are seen inside a sandbox. */
export const DOORS_PATH = '/doors';
export const DOOR_SCRIPT = 'open.mjs';

/**
 * Runs inside, before the command: listens on the loopback ports it is told and hands each connection to the socket of
 * that name, then starts the command and ends as it did. There is no other way out: the network namespace is empty.
 */
export const DOOR_SCRIPT_TEXT = `import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { connect, createServer } from 'node:net';

const words = process.argv.slice(2);
const end = words.indexOf('--');
const ports = words.slice(0, end).map(Number);
const [program, ...args] = words.slice(end + 1);

await Promise.all(ports.map((port) => new Promise((resolve, reject) => {
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    const outer = connect({ path: '${DOORS_PATH}/' + port + '.sock', allowHalfOpen: true });
    const drop = () => { inner.destroy(); outer.destroy(); };
    inner.on('error', drop);
    outer.on('error', drop);
    inner.pipe(outer).pipe(inner);
  });
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
})));

const child = spawn(program, args, { stdio: 'inherit' });
child.once('error', (error) => {
  console.error(program + ': ' + error.message);
  process.exit(127);
});
child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
`;

/** The command with the doors opened before it. */
export function throughDoors(ports: readonly number[], command: readonly string[]): readonly string[] {
  return ['node', `${DOORS_PATH}/${DOOR_SCRIPT}`, ...ports.map(String), '--', ...command];
}
