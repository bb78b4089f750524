import {
  access,
  chmod,
  constants,
  copyFile,
  cp,
  lstat,
  mkdir,
  readdir,
  readlink,
  realpath,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PermanentFailure } from '../errors.ts';
import type { Logger } from '../log.ts';
import { NODE_PATH, type NodeMount, type TopDirectory } from './bwrap-args.ts';
import { type Cgroups, openCgroups } from './cgroup.ts';
import { isLeftover, newMark, readOwnMark } from './owner-mark.ts';
import { removeTree } from './remove-tree.ts';
import { runTool } from './run-tool.ts';
import { makeSeccompFilter } from './seccomp-filter.ts';

const TOP_DIRECTORIES = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:sandbox:/tmp:/usr/sbin/nologin\n',
  group: 'root:x:0:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost sandbox\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

export interface SandboxOptions {
  /** Where copies are made; undefined = the system's temporary directory. The sandbox uid must be able to enter it. */
  readonly workDir?: string | undefined;
  /** A worker that runs as root drops to this uid. */
  readonly uid: number;
  readonly log: Logger;
  /** `never`: watch memory from outside even where cgroups can be made. */
  readonly cgroups?: 'when_possible' | 'never';
}

/** What this machine offers, found once. */
export interface SandboxHost {
  readonly workDir: string;
  readonly ownMark: string;
  /** Null = runs under the worker's own uid, which is not root. */
  readonly dropUid: number | null;
  /** bash where there is one: dash cannot close descriptors above 9. */
  readonly shell: string;
  readonly bwrap: string;
  readonly disableUserns: boolean;
  readonly topDirectories: readonly TopDirectory[];
  readonly etcDirectory: string;
  readonly node: NodeMount | null;
  readonly path: string;
  readonly seccompFile: string | null;
  readonly cgroups: Cgroups | null;
  readonly close: () => Promise<void>;
}

async function findTool(name: string): Promise<string> {
  for (const directory of ['/usr/bin', '/usr/local/bin', '/bin', '/usr/sbin']) {
    const path = join(directory, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Look on.
    }
  }
  throw new PermanentFailure(
    'SANDBOX_UNAVAILABLE',
    `${name} is not installed; on Debian: apt-get install bubblewrap util-linux coreutils`,
  );
}

async function readTopDirectory(path: string): Promise<TopDirectory[]> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return [{ kind: 'link', path, target: await readlink(path) }];
    return found.isDirectory() ? [{ kind: 'directory', path }] : [];
  } catch {
    return [];
  }
}

/** Whether somebody who owns nothing on the way may enter every parent and read the path. */
async function isOpenToAll(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o005) !== 0o005) return false;
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    if (((await stat(parent)).mode & 0o001) === 0) return false;
    if (parent === '/') return true;
  }
}

async function chooseWorkDir(options: SandboxOptions, dropUid: number | null): Promise<string> {
  const wanted = options.workDir;
  if (wanted === undefined) return realpath(tmpdir());
  await mkdir(wanted, { recursive: true });
  const path = await realpath(wanted);
  if (dropUid === null || (await isOpenToAll(path))) return path;
  options.log.info(
    { workDir: wanted },
    'the sandbox uid cannot enter the work directory; copies go to the temporary directory',
  );
  return realpath(tmpdir());
}

/** Node under /usr is there already. Elsewhere it is mounted, or copied first when it lies behind a closed home. */
async function placeNode(
  binary: string,
  ownDirectory: string,
  dropUid: number | null,
): Promise<{ node: NodeMount | null; path: string }> {
  const usual = '/usr/local/bin:/usr/bin:/bin';
  if (binary.startsWith('/usr/'))
    return { node: null, path: usual.split(':').includes(dirname(binary)) ? usual : `${dirname(binary)}:${usual}` };
  const path = `${NODE_PATH}/bin:${usual}`;
  const npmDirectory = join(dirname(dirname(binary)), 'lib/node_modules/npm');
  const npm = (await readTopDirectory(npmDirectory)).some((found) => found.kind === 'directory') ? npmDirectory : null;
  if (dropUid === null || (await isOpenToAll(binary))) return { node: { binary, npm }, path };
  const copy = { binary: join(ownDirectory, 'node'), npm: npm === null ? null : join(ownDirectory, 'npm') };
  await copyFile(binary, copy.binary);
  await chmod(copy.binary, 0o755);
  if (npm !== null && copy.npm !== null) await cp(npm, copy.npm, { recursive: true });
  return { node: copy, path };
}

/** Modes are set afterwards: the worker's umask may be closed to others. */
async function writeEtc(directory: string): Promise<void> {
  await mkdir(directory);
  await chmod(directory, 0o755);
  for (const [name, text] of Object.entries(ETC_FILES)) {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), 0o644);
  }
}

async function sweepWorkDir(workDir: string): Promise<void> {
  for (const name of await readdir(workDir)) {
    if (await isLeftover(name)) await removeTree(join(workDir, name));
  }
}

/**
 * Finds bubblewrap and what it needs, clears what workers now dead left behind, and writes the few files a sandbox gets
 * from us. The worker's uid matters: as root it drops, because RLIMIT_NPROC does not bind root.
 *
 * @throws {PermanentFailure} SANDBOX_UNAVAILABLE when a tool is missing or the platform is not Linux.
 */
export async function openSandboxHost(options: SandboxOptions): Promise<SandboxHost> {
  if (process.platform !== 'linux')
    throw new PermanentFailure('SANDBOX_UNAVAILABLE', `needs Linux namespaces; this is ${process.platform}`);
  const dropUid = process.getuid?.() === 0 ? options.uid : null;
  const [bwrap] = await Promise.all([findTool('bwrap'), findTool('prlimit'), findTool('setpriv'), findTool('nice')]);
  const shell = await findTool('bash').catch(() => '/bin/sh');
  const help = await runTool(bwrap, ['--help']);
  const ownMark = await readOwnMark();
  const workDir = await chooseWorkDir(options, dropUid);
  await sweepWorkDir(workDir);

  const ownDirectory = join(workDir, newMark(ownMark));
  await mkdir(ownDirectory, { mode: 0o755 });
  const close = () => removeTree(ownDirectory);
  try {
    await chmod(ownDirectory, 0o755);
    const etcDirectory = join(ownDirectory, 'etc');
    await writeEtc(etcDirectory);
    const filter = makeSeccompFilter(process.arch);
    const seccompFile = filter === null ? null : join(ownDirectory, 'seccomp.bpf');
    if (filter !== null && seccompFile !== null) await writeFile(seccompFile, filter);
    const placed = await placeNode(await realpath(process.execPath), ownDirectory, dropUid);
    const cgroups = options.cgroups === 'never' ? null : await openCgroups(ownMark);
    return {
      workDir,
      ownMark,
      dropUid,
      shell,
      bwrap,
      etcDirectory,
      seccompFile,
      cgroups,
      close,
      disableUserns: `${help.stdout}${help.stderr}`.includes('--disable-userns'),
      topDirectories: (await Promise.all(TOP_DIRECTORIES.map(readTopDirectory))).flat(),
      node: placed.node,
      path: placed.path,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
