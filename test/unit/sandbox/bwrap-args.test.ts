import { describe, expect, it } from 'vitest';
import { type BwrapProfile, bwrapArgs } from '../../../src/sandbox/bwrap-args.ts';
import { limitsOf, prlimitArgs } from '../../../src/sandbox/limits.ts';

const PROFILE: BwrapProfile = {
  topDirectories: [
    { kind: 'link', path: '/bin', target: 'usr/bin' },
    { kind: 'directory', path: '/lib64' },
  ],
  etcDirectory: '/tmp/own/etc',
  node: { binary: '/opt/tools/bin/node', npm: '/opt/tools/lib/node_modules/npm' },
  path: '/opt/node/bin:/usr/bin',
  disableUserns: true,
  statusFd: 3,
  seccompFd: 4,
  jobDirectory: '/tmp/copy/job',
  doorsDirectory: '/tmp/copy/doors',
  environment: { SLIPWAY_ENDPOINT: 'http://127.0.0.1:8080' },
  tmpMb: 64,
};
const MOUNTS: Record<string, number> = {
  '--ro-bind': 2,
  '--bind': 2,
  '--tmpfs': 1,
  '--proc': 1,
  '--dev': 1,
  '--symlink': 2,
};

function mountPoints(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const width = MOUNTS[arg];
    return width === undefined ? [] : [args[index + width] ?? ''];
  });
}

describe('bwrapArgs', () => {
  it('makes no mount point inside the untrusted tree', () => {
    const points = mountPoints(bwrapArgs(PROFILE));
    expect(points).toContain('/job');
    expect(points.filter((point) => point.startsWith('/job/'))).toEqual([]);
  });

  it('binds one host directory writable, the fresh copy, and nothing of it twice', () => {
    const args = bwrapArgs(PROFILE);
    const writable = args.flatMap((arg, index) =>
      arg.startsWith('--bind') || arg.startsWith('--dev-bind') ? [args[index + 1]] : [],
    );
    expect(writable).toEqual(['/tmp/copy/job']);
  });

  it('gives every memory file system a size and closes the rest for writing last', () => {
    const args = bwrapArgs(PROFILE);
    const sizes = args.flatMap((arg, index) => (arg === '--tmpfs' ? [args[index - 2]] : []));
    expect(sizes).toEqual(['--size', '--size']);
    const lastMount = Math.max(...Object.keys(MOUNTS).map((mount) => args.lastIndexOf(mount)));
    expect(args.lastIndexOf('--remount-ro')).toBeGreaterThan(lastMount);
    expect(args[args.lastIndexOf('--remount-ro') + 1]).toBe('/');
  });

  it('drops everything: namespaces, capabilities, environment, terminal, and dies with its parent', () => {
    const args = bwrapArgs(PROFILE);
    expect(args).toEqual(
      expect.arrayContaining([
        '--unshare-all',
        '--unshare-user',
        '--disable-userns',
        '--clearenv',
        '--new-session',
        '--die-with-parent',
      ]),
    );
    expect(args[args.indexOf('--cap-drop') + 1]).toBe('ALL');
    expect(args.at(-1)).toBe('--');
  });

  it('leaves out what this bubblewrap or this machine does not have', () => {
    const args = bwrapArgs({ ...PROFILE, disableUserns: false, seccompFd: null, node: null });
    expect(args).not.toContain('--disable-userns');
    expect(args).not.toContain('--seccomp');
    expect(args.join(' ')).not.toContain('/opt/node/bin/npm');
    expect(bwrapArgs({ ...PROFILE, node: { binary: '/x/node', npm: null } }).join(' ')).not.toContain('npm');
  });
});

describe('limits', () => {
  it('never limits addresses, which Node needs by the terabyte', () => {
    const args = prlimitArgs(limitsOf({ timeoutMs: 1000, memoryMb: 512 }));
    expect(args.some((arg) => arg.startsWith('--as'))).toBe(false);
    expect(args).toEqual(expect.arrayContaining(['--core=0', '--nproc=512', '--fsize=67108864', '--cpu=13']));
  });
});
