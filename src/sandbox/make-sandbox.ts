import { constants } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { throughDoors } from './door-script.ts';
import { layOutTree } from './lay-out-tree.ts';
import { limitsOf } from './limits.ts';
import { openBeneath } from './open-beneath.ts';
import { openDoors } from './open-doors.ts';
import { newMark } from './owner-mark.ts';
import { removeTree } from './remove-tree.ts';
import { runConfined } from './run-confined.ts';
import type { Sandbox, SandboxResult, SandboxRun } from './sandbox.ts';
import { openSandboxHost, type SandboxHost, type SandboxOptions } from './sandbox-host.ts';

/** The report's text when it is a regular file of a sane size, reached without a link; else null. What wrote it is hostile. */
async function readReportFile(jobDirectory: string, reportFile: string, limitBytes: number): Promise<string | null> {
  try {
    // Without O_NONBLOCK a fifo in the file's place would hold us for ever.
    const file = await openBeneath(jobDirectory, reportFile, { flags: constants.O_RDONLY | constants.O_NONBLOCK });
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size > limitBytes) return null;
      const buffer = Buffer.alloc(found.size);
      const { bytesRead } = await file.read(buffer, 0, found.size, 0);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** One directory for one run: ours and closed to all but the uid that must pass through it to its copy. */
export async function withJobDirectory<T>(host: SandboxHost, use: (jobDirectory: string) => Promise<T>): Promise<T> {
  const base = join(host.workDir, newMark(host.ownMark));
  await mkdir(base, { mode: 0o700 });
  try {
    await chmod(base, host.dropUid === null ? 0o700 : 0o711);
    return await use(join(base, 'job'));
  } finally {
    await removeTree(base);
  }
}

/** A run without the proof that it is on the record: for the start-up probe and for {@link makeSandbox}. */
export async function runInHost(host: SandboxHost, request: SandboxRun, signal: AbortSignal): Promise<SandboxResult> {
  signal.throwIfAborted();
  const limits = limitsOf(request);
  return withJobDirectory(host, async (jobDirectory) => {
    const { sourceDirectory, files, reportFile, doors = [], environment = {} } = request;
    await layOutTree(
      { sourceDirectory, files, reportFile, targetDirectory: jobDirectory, ownerUid: host.dropUid },
      signal,
    );
    const ports = doors.map(({ port }) => port);
    const command = doors.length === 0 ? request.command : throughDoors(ports, request.command);
    const doorsDirectory = doors.length === 0 ? null : join(dirname(jobDirectory), 'doors');
    const open = doorsDirectory === null ? null : await openDoors(doorsDirectory, doors);
    try {
      const job = { jobDirectory, doorsDirectory, environment, command, limits };
      const result = await runConfined(host, job, signal);
      const report =
        reportFile === undefined ? null : await readReportFile(jobDirectory, reportFile, limits.outputBytes);
      return { ...result, report };
    } finally {
      await open?.close();
    }
  });
}

export interface OwnedSandbox extends Sandbox {
  /** Removes what the sandbox keeps between runs. Call it when no run is in flight. */
  readonly close: () => Promise<void>;
}

/** A sandbox on this machine. The machine is looked at in the first run; what dead workers left is cleared then. */
export function makeSandbox(options: SandboxOptions): OwnedSandbox {
  let opening: Promise<SandboxHost> | undefined;
  async function openOnce(): Promise<SandboxHost> {
    opening ??= openSandboxHost(options);
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }
  return {
    async run(_receipt, request, signal) {
      const result = await runInHost(await openOnce(), request, signal);
      options.log.info(
        { end: result.end, exit_code: result.exit_code, duration_ms: result.duration_ms },
        'sandbox run ended',
      );
      return result;
    },
    async close() {
      const host = await opening?.catch(() => undefined);
      opening = undefined;
      await host?.close();
    },
  };
}
