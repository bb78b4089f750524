import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ComposeService } from './compose-file.ts';

const IMAGE_USER = 1000;
const ETC = [
  'passwd',
  'group',
  'hosts',
  'resolv.conf',
  'nsswitch.conf',
  'ssl',
  'alternatives',
  'ld.so.cache',
  'localtime',
].map((name) => `/etc/${name}`);
const TOP = ['/bin', '/sbin', '/lib', '/lib64'];

/** What the containers of one fleet share. All paths are this machine's. */
export interface ContainerGround {
  /** The tree that the Dockerfile makes, seen as /app. */
  readonly imageDir: string;
  readonly volumesDir: string;
  /** Host paths of bind mounts, by the path inside. */
  readonly binds: Readonly<Record<string, string>>;
  /** Where the sockets of the stores are; seen inside as outside. */
  readonly storesDir: string;
  readonly secretsDir: string;
  readonly logFile: string;
  /** Ports of the compose file to ports that are free here: all containers share this machine's network. */
  readonly port: (service: string, port: number) => number;
}

export interface Container {
  readonly name: string;
  /** Resolves with `exit N` or the signal. */
  readonly ended: Promise<string>;
  /** What it has written to stdout. */
  output(): string;
  /** SIGTERM to the process itself, as `docker stop` sends it. */
  terminate(): Promise<string>;
}

/**
 * Runs a service of the compose file as its container would run it, without an engine: bubblewrap shows it the image, its
 * own volumes, secrets and environment and nothing else of this machine, read-only where the file says so, as the
 * image's user and without capabilities. The network is this machine's, so ports are changed; that is the one difference.
 */
export async function runContainer(name: string, service: ComposeService, ground: ContainerGround): Promise<Container> {
  const ports = (value: string) =>
    value
      .replace(/(?<=^|[:=])\d{4}(?=$|\/|=)/g, (port) => String(ground.port(name, Number(port))))
      .replace('//local-target:', '//127.0.0.1:');
  const environment = {
    NODE_ENV: 'production',
    SLIPWAY_DATA_DIR: '/var/lib/slipway',
    HOST: '0.0.0.0',
    ...service.environment,
  };
  const command = [
    ...(service.entrypoint ?? ['node', '--max-semi-space-size=8', 'bin/slipway.js']),
    ...(service.command ?? []),
  ].map(ports);
  const bwrap = [
    [
      '--die-with-parent',
      '--unshare-user',
      '--uid',
      String(IMAGE_USER),
      '--gid',
      String(IMAGE_USER),
      '--cap-drop',
      'ALL',
      '--info-fd',
      '3',
    ],
    ['--clearenv', '--setenv', 'PATH', process.env['PATH'] ?? '/usr/bin:/bin'],
    Object.entries(environment).flatMap(([key, value]) => ['--setenv', key, ports(value)]),
    [
      '--ro-bind',
      '/usr',
      '/usr',
      ...ETC.flatMap((path) => ['--ro-bind-try', path, path]),
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--tmpfs',
      '/tmp',
    ],
    TOP.filter((path) => existsSync(path)).flatMap((path) =>
      lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path],
    ),
    ['--bind', ground.storesDir, ground.storesDir, '--ro-bind', ground.imageDir, '/app', '--dir', '/var/lib/slipway'],
    service.volumes.flatMap((volume) => mountArgs(volume, ground)),
    service.secrets.flatMap((secret) => ['--ro-bind', join(ground.secretsDir, secret), `/run/secrets/${secret}`]),
    service.read_only ? ['--remount-ro', '/'] : [],
    ['--chdir', '/app', '--', ...command],
  ].flat();
  // Root gives its rights up first: the image's user is not root, and the limits of the sandbox hold for no root.
  const drop =
    process.getuid?.() === 0 ? ['setpriv', `--reuid=${IMAGE_USER}`, `--regid=${IMAGE_USER}`, '--clear-groups'] : [];
  const [program = '', ...args] = [...drop, 'bwrap', ...bwrap];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  const log = createWriteStream(ground.logFile, { flags: 'a' });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => log.write(String(chunk).replace(/^(?=.)/gm, `${name}: `)));
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const ended = once(child, 'close').then(([code, signal]) => (signal === null ? `exit ${code}` : String(signal)));
  const info = await text(child.stdio[3] as Readable);
  const pid = Number(/"child-pid": (\d+)/.exec(info)?.[1] ?? 0);
  if (pid === 0)
    throw new Error(`${name} did not start: ${await ended}\n${readFileSync(ground.logFile, 'utf8').slice(-2000)}`);
  return {
    name,
    ended,
    output: () => output.join(''),
    async terminate() {
      try {
        process.kill(pid, 'SIGTERM');
      } catch {
        // It has ended already; `ended` says how.
      }
      return ended;
    },
  };
}

/** `name:/path[:ro]` is a volume, `./path:/path[:ro]` a bind; the file has no other forms. */
function mountArgs(volume: string, ground: ContainerGround): string[] {
  const [source = '', target = '', mode] = volume.split(':');
  const isBind = source.startsWith('.') || source.startsWith('/');
  const host = isBind ? ground.binds[target] : join(ground.volumesDir, source);
  if (host === undefined) throw new Error(`nothing is said for the bind mount ${target}`);
  if (!isBind) mkdirSync(host, { recursive: true });
  return [mode === 'ro' ? '--ro-bind' : '--bind', host, target];
}
