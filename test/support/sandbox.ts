import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Receipt } from '../../src/audit/audit-log.ts';
import { makeLogger } from '../../src/log.ts';
import { planCgroupPlaces } from '../../src/sandbox/cgroup.ts';
import { readOwnMark } from '../../src/sandbox/owner-mark.ts';
import { readProcessTree } from '../../src/sandbox/process-tree.ts';
import type { SandboxRun } from '../../src/sandbox/sandbox.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox-host.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Nobody: what a worker that runs as root drops to. */
export const SANDBOX_UID = 65_534;

/** Stands for a committed entry where nothing is recorded; only tests may make one. */
export function fakeReceipt(): Receipt {
  return JSON.parse('{"seq":"1","chainHash":"00"}');
}

export interface SandboxGround {
  readonly directory: string;
  /** The untrusted tree. */
  readonly tree: string;
  /** Where copies are made; empty again when nothing was left behind. */
  readonly workDir: string;
  readonly options: SandboxOptions;
}

/** A fresh directory that the sandbox uid can enter, with a tree of the given files; removed afterwards. */
export async function withSandboxGround(
  files: Record<string, string>,
  use: (ground: SandboxGround) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-sandbox-test-'));
  try {
    const tree = join(directory, 'tree');
    const workDir = join(directory, 'work');
    await Promise.all([chmod(directory, 0o755), mkdir(tree), mkdir(workDir, { mode: 0o755 })]);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), content);
    }
    await use({
      directory,
      tree,
      workDir,
      options: { workDir, uid: SANDBOX_UID, log: makeLogger({ level: 'silent', name: 'sandbox-test' }) },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function requestOf(tree: string, command: readonly string[], over: Partial<SandboxRun> = {}): SandboxRun {
  return {
    sourceDirectory: tree,
    files: [],
    command,
    timeoutMs: 20_000,
    memoryMb: 512,
    reportFile: undefined,
    ...over,
  };
}

/** Command lines below this process that hold a text: what a sandbox left running. */
export function processesWith(text: string): string[] {
  return readProcessTree(process.pid).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(text) ? [line] : [];
    } catch {
      return [];
    }
  });
}

/** cgroups that this process made and that still stand. */
export async function ownCgroups(): Promise<string[]> {
  const mark = await readOwnMark();
  const places = planCgroupPlaces(await readFile('/proc/self/cgroup', 'utf8'), '/sys/fs/cgroup');
  const found = await Promise.all(
    places.flatMap((place) => place.parents).map((parent) => readdir(parent).catch(() => [])),
  );
  return found.flat().filter((name) => name.startsWith(mark));
}

/** A worker as a process of its own: one run, its result on stdout. */
export async function writeWorker(
  ground: SandboxGround,
  run: { workDir: string; command: readonly string[] },
): Promise<string> {
  const request = requestOf(ground.tree, run.command);
  const script = `
    import { makeSandbox } from ${JSON.stringify(join(ROOT, 'src/sandbox/make-sandbox.ts'))};
    import { makeLogger } from ${JSON.stringify(join(ROOT, 'src/log.ts'))};
    const log = makeLogger({ level: 'silent', name: 'worker' });
    const sandbox = makeSandbox({ workDir: ${JSON.stringify(run.workDir)}, uid: ${SANDBOX_UID}, log });
    console.log(JSON.stringify(await sandbox.run({}, ${JSON.stringify(request)}, new AbortController().signal)));
    await sandbox.close();`;
  const file = join(ground.directory, 'worker.mts');
  await writeFile(file, script);
  return file;
}
