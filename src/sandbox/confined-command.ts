import { bwrapArgs } from './bwrap-args.ts';
import { prlimitArgs, type SandboxLimits } from './limits.ts';
import type { SandboxHost } from './sandbox-host.ts';

/** Descriptors handed to bubblewrap; it closes both before the command starts. Status lines come out of this one. */
export const STATUS_FD = 3;
const SECCOMP_FD = 4;

/**
 * The first program of a sandbox, still outside it. It closes every descriptor the worker itself inherited (an open
 * directory in there would be a way out), enters the cgroups named before `--` and becomes the command after it.
 * Entering before the first fork is what makes the limit whole: a process moved later has children outside. A shell
 * that cannot close descriptors above 9 ends here, and nothing runs. Short of memory, the sandbox dies before the worker.
 */
const ENTER = [
  'for f in /proc/self/fd/*; do n="${f##*/}"; case "$n" in [0-4]) ;; *) eval "exec $n>&-" ;; esac; done',
  'echo 1000 >/proc/self/oom_score_adj || exit 125',
  'while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done',
  'shift; exec env -i PATH="$PATH" "$@"',
].join('\n');

/** The whole command line for a shell: descriptors, cgroups, low priority, another uid, bubblewrap, limits, command. */
export function confinedArgs(
  host: SandboxHost,
  job: {
    jobDirectory: string;
    doorsDirectory: string | null;
    environment: Readonly<Record<string, string>>;
    command: readonly string[];
    limits: SandboxLimits;
    procsFiles: readonly string[];
  },
): string[] {
  const drop =
    host.dropUid === null
      ? []
      : ['setpriv', `--reuid=${host.dropUid}`, `--regid=${host.dropUid}`, '--clear-groups', '--'];
  const profile = {
    topDirectories: host.topDirectories,
    etcDirectory: host.etcDirectory,
    node: host.node,
    path: host.path,
    disableUserns: host.disableUserns,
    statusFd: STATUS_FD,
    seccompFd: host.seccompFile === null ? null : SECCOMP_FD,
    jobDirectory: job.jobDirectory,
    doorsDirectory: job.doorsDirectory,
    environment: job.environment,
    tmpMb: job.limits.tmpMb,
  };
  return [
    ['-c', ENTER, 'enter', ...job.procsFiles, '--'],
    ['nice', '-n', '10', ...drop],
    [host.bwrap, ...bwrapArgs(profile)],
    ['prlimit', ...prlimitArgs(job.limits), ...job.command],
  ].flat();
}
