import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PermanentFailure } from '../errors.ts';
import { layOutTree } from './lay-out-tree.ts';
import { limitsOf } from './limits.ts';
import { runInHost, withJobDirectory } from './make-sandbox.ts';
import { INSIDE_COMMAND, INSIDE_SCRIPT, type InsideFindings } from './probe-script.ts';
import { readProcessTree } from './process-tree.ts';
import { runConfined } from './run-confined.ts';
import type { SandboxReadiness, SandboxResult } from './sandbox.ts';
import type { SandboxHost } from './sandbox-host.ts';

type Attack = SandboxReadiness['attacks'][number];

export interface ProbeGround {
  readonly host: SandboxHost;
  /** Our own directory on the host, seen by no sandbox. */
  readonly directory: string;
  /** An empty tree to run in. */
  readonly tree: string;
  readonly signal: AbortSignal;
}

/** An attack takes a second at most; on a machine on which everything starts at once it must not be taken for one that got through. */
const ATTACK_MS = 30_000;
const OWN_ENVIRONMENT = ['HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR'];
const HOST_PATHS = ['/etc/shadow', '/root', '/home', '/var', '/oldroot'];
/** ls sees its own three and the directory it reads. */
const OWN_DESCRIPTORS = 4;
/** Namespace's first process, the command, and what the script itself starts. */
const OWN_PROCESSES = 8;

const Findings = z.strictObject({
  environment: z.array(z.string()),
  connected: z.array(z.string()),
  read: z.array(z.string()),
  wrote: z.array(z.string()),
  processes: z.int(),
  descriptors: z.array(z.string()),
  status: z.string(),
  nestedUserns: z.boolean(),
});

function runShell(
  ground: ProbeGround,
  script: string,
  limits: { timeoutMs?: number; memoryMb?: number } = {},
): Promise<SandboxResult> {
  const request = {
    sourceDirectory: ground.tree,
    files: [],
    command: ['sh', '-c', script],
    timeoutMs: limits.timeoutMs ?? ATTACK_MS,
    memoryMb: limits.memoryMb ?? 256,
    reportFile: undefined,
  };
  return runInHost(ground.host, request, ground.signal);
}

function describeEnd(result: SandboxResult): string {
  return `${result.end}, exit ${result.exit_code}, ${result.duration_ms} ms; ${result.stderr.slice(-200)}`.trim();
}

function judgeFindings(found: InsideFindings, host: SandboxHost, reached: number): Attack[] {
  const status = (field: string) => new RegExp(`^${field}:\\s+(\\S+)`, 'm').exec(found.status)?.[1] ?? 'unknown';
  const foreign = found.environment.filter((name) => !OWN_ENVIRONMENT.includes(name));
  const isFiltered = host.seccompFile === null || status('Seccomp') === '2';
  const hasNothing = /^0+$/.test(status('CapEff')) && /^0+$/.test(status('CapBnd')) && status('NoNewPrivs') === '1';
  return [
    {
      name: 'environment',
      held: foreign.length === 0,
      detail: foreign.length === 0 ? 'only our own names are visible' : `visible: ${foreign.join(', ')}`,
    },
    {
      name: 'network',
      held: found.connected.length === 0 && reached === 0,
      detail: `connected: ${found.connected.join(', ') || 'nothing'}; seen from outside: ${reached}`,
    },
    { name: 'host files', held: found.read.length === 0, detail: `readable: ${found.read.join(', ') || 'nothing'}` },
    {
      name: 'system is read-only',
      held: found.wrote.length === 0,
      detail: `writable: ${found.wrote.join(', ') || 'nothing'}`,
    },
    { name: 'host processes', held: found.processes <= OWN_PROCESSES, detail: `${found.processes} processes visible` },
    {
      name: 'inherited descriptors',
      held: found.descriptors.length <= OWN_DESCRIPTORS,
      detail: `open: ${found.descriptors.join(', ')}`,
    },
    {
      name: 'privileges',
      held: hasNothing && isFiltered,
      detail: `CapEff ${status('CapEff')}, NoNewPrivs ${status('NoNewPrivs')}, Seccomp ${status('Seccomp')}`,
    },
    {
      name: 'nested user namespace',
      held: !found.nestedUserns,
      detail: found.nestedUserns ? 'can be made' : 'refused',
    },
  ];
}

/** The worker's home, unless a directory of the sandbox itself has that name (a service account may live in / or /tmp). */
function homeOutside(): string[] {
  const home = homedir();
  return ['/', '/tmp', '/job', '/etc', '/dev', '/proc'].includes(home) || home.startsWith('/usr') ? [] : [home];
}

/** Reads, writes and connects to everything it should not, with a live listener on this machine to reach for. */
export async function attackFromInside(ground: ProbeGround): Promise<Attack[]> {
  let reached = 0;
  const server = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const secret = join(ground.directory, 'secret');
    await writeFile(secret, 'readable by everybody who can see it', { mode: 0o644 });
    const mark = `slipway-probe-${randomBytes(6).toString('hex')}`;
    const attack = {
      connect: [
        { host: '127.0.0.1', port },
        { host: '169.254.169.254', port: 80 },
        { host: '1.1.1.1', port: 53 },
      ],
      read: [...HOST_PATHS, ...homeOutside(), secret, ground.directory, '/proc/1/root/etc/shadow'],
      write: ['/usr', '/', '/etc', '/dev', '/proc/sys/kernel', '/oldroot'].map((directory) => join(directory, mark)),
    };
    const files = [
      { path: 'attack.json', content: JSON.stringify(attack) },
      { path: 'attack.mjs', content: INSIDE_SCRIPT },
    ];
    const request = {
      sourceDirectory: ground.tree,
      files,
      command: INSIDE_COMMAND,
      timeoutMs: ATTACK_MS,
      memoryMb: 512,
      reportFile: undefined,
    };
    const result = await runInHost(ground.host, request, ground.signal);
    if (result.exit_code !== 0) return [{ name: 'runs a command', held: false, detail: describeEnd(result) }];
    return [
      { name: 'runs a command', held: true, detail: `${result.duration_ms} ms` },
      ...judgeFindings(Findings.parse(JSON.parse(result.stdout)), ground.host, reached),
    ];
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

export async function attackWithForkBomb(ground: ProbeGround): Promise<Attack[]> {
  const limit = limitsOf({ timeoutMs: 1, memoryMb: 256 }).processes;
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, readProcessTree(process.pid).length);
  }, 100);
  try {
    const result = await runShell(ground, 'i=0; while [ $i -lt 3000 ]; do sleep 30 & i=$((i+1)); done; echo unbounded');
    const isBounded = !result.stdout.includes('unbounded') && peak < limit * 2;
    return [
      {
        name: 'fork bomb',
        held: isBounded,
        detail: `at most ${peak} processes below the worker; ${describeEnd(result)}`,
      },
    ];
  } finally {
    clearInterval(timer);
  }
}

export async function attackMemory(ground: ProbeGround): Promise<Attack[]> {
  const script =
    'exec node -e "const a = []; for (let i = 0; i < 64; i++) a.push(Buffer.alloc(67108864, 1)); console.log(\'unbounded\')"';
  const result = await runShell(ground, script);
  return [
    {
      name: '4 GB of memory',
      held: !result.stdout.includes('unbounded') && result.exit_code !== 0,
      detail: describeEnd(result),
    },
  ];
}

export async function attackClock(ground: ProbeGround): Promise<Attack[]> {
  const result = await runShell(ground, 'trap "" TERM INT HUP; setsid sleep 60 & sleep 60', { timeoutMs: 1000 });
  return [
    {
      name: 'endless run',
      held: result.end === 'timed_out' && result.duration_ms < 15_000,
      detail: describeEnd(result),
    },
  ];
}

export async function attackOutput(ground: ProbeGround): Promise<Attack[]> {
  const result = await runShell(ground, 'yes');
  return [{ name: 'endless output', held: result.end === 'too_much_output', detail: describeEnd(result) }];
}

export async function attackDisk(ground: ProbeGround): Promise<Attack[]> {
  const script =
    'for d in /job /tmp /dev/shm; do head -c 400000000 /dev/zero > $d/big && echo unbounded $d; rm -f $d/big; done; exit 0';
  const result = await runShell(ground, script);
  return [
    {
      name: 'big file',
      held: result.end === 'exited' && !result.stdout.includes('unbounded'),
      detail: describeEnd(result),
    },
  ];
}

/** A link planted where a mount point could be made: it names the host's root as bubblewrap sees it while it sets up. */
export async function attackThroughLink(ground: ProbeGround): Promise<Attack[]> {
  const target = join(ground.directory, 'victim');
  const linked = join(ground.directory, 'linked');
  await mkdir(target);
  // Only the profile may stand in the way, not the mode of the directory.
  await chmod(target, 0o777);
  await mkdir(linked);
  await symlink(`/oldroot${target}`, join(linked, 'tests'));
  const layout = { sourceDirectory: linked, files: [], reportFile: undefined, ownerUid: ground.host.dropUid };
  const refusal = await layOutTree(
    { ...layout, targetDirectory: join(ground.directory, 'refused') },
    ground.signal,
  ).catch((error: unknown) => error);
  const isRefused = refusal instanceof PermanentFailure && refusal.code === 'SANDBOX_REFUSED';

  // The same link once more, past the layout that refuses it: the profile alone must hold too.
  const result = await withJobDirectory(ground.host, async (jobDirectory) => {
    await layOutTree({ ...layout, sourceDirectory: ground.tree, targetDirectory: jobDirectory }, ground.signal);
    await symlink(`/oldroot${target}`, join(jobDirectory, 'tests'));
    await symlink(target, join(jobDirectory, 'direct'));
    const command = ['sh', '-c', 'touch own tests/planted direct/planted; ls tests direct; exit 0'];
    const job = {
      jobDirectory,
      doorsDirectory: null,
      environment: {},
      command,
      limits: limitsOf({ timeoutMs: ATTACK_MS, memoryMb: 128 }),
    };
    const ended = await runConfined(ground.host, job, ground.signal);
    return { ...ended, ownerUid: (await lstat(join(jobDirectory, 'own'))).uid };
  });
  const planted = await readdir(target);
  const isWhole = (await lstat(target)).isDirectory() && planted.length === 0 && result.exit_code === 0;
  return [
    { name: 'root outside', held: result.ownerUid !== 0, detail: `files made inside belong to uid ${result.ownerUid}` },
    {
      name: 'link out of the tree',
      held: isRefused,
      detail: refusal instanceof Error ? refusal.message : 'the layout accepted it',
    },
    {
      name: 'link to /oldroot',
      held: isWhole,
      detail:
        planted.length === 0
          ? `no host file was made; exit ${result.exit_code}`
          : `made on the host: ${planted.join(', ')}`,
    },
  ];
}
