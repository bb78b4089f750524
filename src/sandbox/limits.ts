const MEGABYTE = 1024 * 1024;

/** What one sandbox may use. The wall clock and the captured output are watched from outside; the rest the kernel keeps. */
export interface SandboxLimits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  /** Processes and threads. A test runner on a large machine starts one process a core, eleven threads each. */
  readonly processes: number;
  readonly openFiles: number;
  /** Of one file. */
  readonly fileBytes: number;
  /** Of the tree after the run: above it the run is ended. */
  readonly treeBytes: number;
  /** Captured from each of stdout, stderr and the report. */
  readonly outputBytes: number;
  /** CPU time of one process. */
  readonly cpuSeconds: number;
  readonly tmpMb: number;
}

export function limitsOf(request: { timeoutMs: number; memoryMb: number }): SandboxLimits {
  return {
    timeoutMs: request.timeoutMs,
    memoryBytes: request.memoryMb * MEGABYTE,
    processes: 512,
    openFiles: 1024,
    fileBytes: 64 * MEGABYTE,
    treeBytes: 1024 * MEGABYTE,
    outputBytes: MEGABYTE,
    // A process with threads uses more CPU time than wall clock; this only ends what a lost timer would leave running.
    cpuSeconds: Math.ceil(request.timeoutMs / 1000) * 8 + 5,
    tmpMb: Math.max(16, Math.min(256, Math.floor(request.memoryMb / 2))),
  };
}

/**
 * Arguments of prlimit(1), up to and with `--`. It runs inside the user namespace, where RLIMIT_NPROC counts only the
 * sandbox's own processes (Linux 5.14 and later) and not those of the same uid on the host.
 *
 * There is no RLIMIT_AS: Node reserves more than 10 GB of addresses and dies below that. RLIMIT_DATA counts private
 * writable memory only; it bounds one process where no cgroup can.
 */
export function prlimitArgs(limits: SandboxLimits): string[] {
  return [
    '--core=0',
    `--cpu=${limits.cpuSeconds}`,
    `--fsize=${limits.fileBytes}`,
    `--nofile=${limits.openFiles}`,
    `--nproc=${limits.processes}`,
    `--data=${limits.memoryBytes * 2 + 1024 * MEGABYTE}`,
    '--',
  ];
}
