import { DOORS_PATH } from './door-script.ts';

/** Where the copy of the untrusted tree is seen inside. */
const JOB_PATH = '/job';
/** Where a Node that does not live under /usr is seen inside. */
export const NODE_PATH = '/opt/node';
/** Nobody, inside; outside it is the sandbox uid. */
const INNER_ID = '65534';
const MEGABYTE = 1024 * 1024;

/** How `/bin`, `/lib` and their like look on this machine. */
export type TopDirectory =
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string };

/** A Node outside /usr: the binary and, when it has one, its npm. Host paths the sandbox uid can read. */
export interface NodeMount {
  readonly binary: string;
  readonly npm: string | null;
}

export interface BwrapProfile {
  readonly topDirectories: readonly TopDirectory[];
  /** Directory of our own with the few files of /etc that programs expect. */
  readonly etcDirectory: string;
  readonly node: NodeMount | null;
  /** Search path inside. */
  readonly path: string;
  readonly disableUserns: boolean;
  /** Open descriptor numbers in bwrap; null = not used. */
  readonly statusFd: number;
  readonly seccompFd: number | null;
  /** Host directory with the fresh copy. */
  readonly jobDirectory: string;
  /** Host directory with the sockets behind the doors; null = there are none. */
  readonly doorsDirectory: string | null;
  /** Set beside the four plain variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly tmpMb: number;
}

function topDirectoryArgs(top: TopDirectory): string[] {
  return top.kind === 'link' ? ['--symlink', top.target, top.path] : ['--ro-bind', top.path, top.path];
}

function nodeArgs(node: NodeMount | null): string[] {
  if (node === null) return [];
  const binary = ['--ro-bind', node.binary, `${NODE_PATH}/bin/node`];
  if (node.npm === null) return binary;
  const npm = ['--ro-bind', node.npm, `${NODE_PATH}/lib/node_modules/npm`];
  const links = ['npm', 'npx'].flatMap((name) => [
    '--symlink',
    `../lib/node_modules/npm/bin/${name}-cli.js`,
    `${NODE_PATH}/bin/${name}`,
  ]);
  return [...binary, ...npm, ...links];
}

/**
 * The arguments of bubblewrap, up to and with `--`. The order matters: mounts are made from left to right. Every mount
 * point lies in the sandbox's own empty root and none inside the untrusted tree, because bubblewrap before 0.12
 * follows a link planted there out to the host (CVE-2026-87766). Root and /dev end read-only: they are memory
 * without a size limit.
 */
export function bwrapArgs(profile: BwrapProfile): string[] {
  return [
    ['--unshare-all', '--unshare-user'],
    profile.disableUserns ? ['--disable-userns'] : [],
    ['--uid', INNER_ID, '--gid', INNER_ID, '--hostname', 'sandbox'],
    ['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ['--json-status-fd', String(profile.statusFd)],
    profile.seccompFd === null ? [] : ['--seccomp', String(profile.seccompFd)],
    [
      '--clearenv',
      '--setenv',
      'PATH',
      profile.path,
      '--setenv',
      'HOME',
      '/tmp',
      '--setenv',
      'TMPDIR',
      '/tmp',
      '--setenv',
      'LANG',
      'C.UTF-8',
    ],
    Object.entries(profile.environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ['--ro-bind', '/usr', '/usr'],
    profile.topDirectories.flatMap(topDirectoryArgs),
    ['--ro-bind', profile.etcDirectory, '/etc'],
    nodeArgs(profile.node),
    profile.doorsDirectory === null ? [] : ['--ro-bind', profile.doorsDirectory, DOORS_PATH],
    ['--proc', '/proc'],
    ['--dev', '/dev', '--size', String(64 * MEGABYTE), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ['--size', String(profile.tmpMb * MEGABYTE), '--tmpfs', '/tmp'],
    ['--bind', profile.jobDirectory, JOB_PATH],
    ['--remount-ro', '/', '--chdir', JOB_PATH, '--'],
  ].flat();
}
