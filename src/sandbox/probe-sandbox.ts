import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newMark } from './owner-mark.ts';
import * as attacks from './probe-attacks.ts';
import { removeTree } from './remove-tree.ts';
import type { SandboxReadiness } from './sandbox.ts';
import { openSandboxHost, type SandboxHost, type SandboxOptions } from './sandbox-host.ts';

/** It takes two to three seconds; a machine on which everything starts at once may take ten times that, and is no worse for it. */
const PROBE_DEADLINE_MS = 60_000;

const ATTACKS = {
  'from inside': attacks.attackFromInside,
  'fork bomb': attacks.attackWithForkBomb,
  '4 GB of memory': attacks.attackMemory,
  'endless run': attacks.attackClock,
  'endless output': attacks.attackOutput,
  'big file': attacks.attackDisk,
  'planted links': attacks.attackThroughLink,
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function attackAll(host: SandboxHost): Promise<SandboxReadiness['attacks']> {
  const directory = join(host.workDir, newMark(host.ownMark));
  const tree = join(directory, 'tree');
  try {
    await mkdir(tree, { recursive: true });
    // Open to everybody on purpose: only the sandbox itself may keep an attacker out.
    await chmod(directory, 0o755);
    const ground = { host, directory, tree, signal: AbortSignal.timeout(PROBE_DEADLINE_MS) };
    const found = Object.entries(ATTACKS).map(async ([name, attack]) => {
      try {
        return await attack(ground);
      } catch (error) {
        return [{ name, held: false, detail: messageOf(error) }];
      }
    });
    return (await Promise.all(found)).flat();
  } finally {
    await removeTree(directory);
  }
}

/**
 * Attacks our own profile on this machine, so that no version number has to be believed: planted links, a fork bomb,
 * 4 GB of memory, network, environment, host files and processes, time, output, disk. One attack that gets through, or
 * a sandbox that cannot start, means not ready; whoever asked then runs no untrusted code. Ends within a minute.
 */
export async function probeSandbox(options: SandboxOptions): Promise<SandboxReadiness> {
  let host: SandboxHost;
  try {
    host = await openSandboxHost(options);
  } catch (error) {
    return { ready: false, attacks: [{ name: 'runs a command', held: false, detail: messageOf(error) }] };
  }
  try {
    const found = await attackAll(host);
    const ready = found.every((attack) => attack.held);
    const failed = found.filter((attack) => !attack.held);
    if (ready) options.log.info({ attacks: found.length }, 'sandbox is ready');
    else options.log.warn({ failed }, 'sandbox is not ready: generated tests will not be run here');
    return { ready, attacks: found };
  } finally {
    await host.close();
  }
}
