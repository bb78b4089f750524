/**
 * How a store is started so that it never outlives its owner and, for PostgreSQL, never runs as root.
 * Both are properties of the process, so they are had by running it through a small program.
 */
export interface Wrappers {
  /** util-linux `setpriv`; undefined where it does not exist (macOS): an orphan is then ended by the next start. */
  readonly setpriv: string | undefined;
  /** bubblewrap, when the server must run as another user than ours. */
  readonly bwrap: string | undefined;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

const NOBODY = '65534';

/**
 * Asks the kernel to send `signal` to the server when its parent dies, even by SIGKILL. With `bwrap` the server runs
 * as `nobody` of an own user namespace: for the host it is still us, so it reaches files below a home that nobody else
 * may enter, and no system user and no chown is needed. It is `nobody` because PostgreSQL looks its user up by name,
 * and that one is on every machine.
 */
export function wrapCommand(inner: Command, wrappers: Wrappers, signal: 'TERM' | 'QUIT'): Command {
  const bound = wrappers.setpriv === undefined ? inner : prefix([wrappers.setpriv, '--pdeathsig', signal, '--'], inner);
  if (wrappers.bwrap === undefined) return bound;
  const user = ['--unshare-user', '--uid', NOBODY, '--gid', NOBODY];
  const files = ['--bind', '/', '/', '--dev-bind', '/dev', '/dev'];
  return prefix([wrappers.bwrap, ...user, ...files, '--die-with-parent', '--'], bound);
}

function prefix([command = '', ...args]: readonly string[], inner: Command): Command {
  return { command, args: [...args, inner.command, ...inner.args] };
}
