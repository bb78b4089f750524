import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.ts';
import type { Inspection } from './change.ts';
import { type InspectRequest, inspectNothing } from './inspect.ts';
import { FromThread, type ThreadRequest, type ToThread } from './thread-messages.ts';

interface ThreadLimits {
  /** Reading the repository included. */
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

const LIMITS: ThreadLimits = { deadlineMs: 180_000, memoryMb: 1024 };

/** What is built, as for every part that is started apart: a thread cannot be made from the sources. */
const ENTRY = join(packageRoot, 'dist', 'change', 'inspect-thread.js');

function toThreadRequest(request: InspectRequest): ThreadRequest {
  const { performance_critical = [], compliance = [] } = request.sensitivePaths ?? {};
  return {
    diffText: request.diffText,
    commitMessages: request.commitMessages,
    emptyIsWhole: request.emptyIsWhole ?? false,
    sensitivePaths: { performance_critical: [...performance_critical], compliance: [...compliance] },
    readsBase: request.readBase !== undefined,
    readsHead: request.readHead !== undefined,
    listsBase: request.listBase !== undefined,
  };
}

async function answer(request: InspectRequest, message: FromThread & { kind: 'read' }): Promise<ToThread> {
  const { id, side, path } = message;
  if (side === 'list') return { id, text: null, paths: (await request.listBase?.()) ?? [] };
  const read = side === 'base' ? request.readBase : request.readHead;
  return { id, text: (await read?.(path)) ?? null, paths: [] };
}

/**
 * `inspectChange` in a thread of its own: a large change takes about a second of computing, in which this process must
 * renew locks and answer probes. A change on which the thread runs out of time or memory is unknown in every fact, and
 * so a person's to look at. It throws what the readers throw, and the signal's reason.
 */
export async function inspectInThread(
  request: InspectRequest,
  signal: AbortSignal,
  limits: ThreadLimits = LIMITS,
): Promise<Inspection> {
  signal.throwIfAborted();
  const thread = new Worker(ENTRY, {
    workerData: toThreadRequest(request),
    resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb },
    env: {},
    execArgv: [],
  });
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    return await new Promise<Inspection>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const late = `inspecting the change took longer than ${limits.deadlineMs} ms`;
      timer = setTimeout(() => resolve(inspectNothing(late)), limits.deadlineMs);
      thread.on('message', (raw: unknown) => {
        const message = FromThread.parse(raw);
        if (message.kind === 'done') resolve(message.inspection);
        else answer(request, message).then((text) => thread.postMessage(text), reject);
      });
      thread.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          resolve(inspectNothing(`inspecting the change needs more than ${limits.memoryMb} MB`));
        else reject(error);
      });
      thread.on('exit', (code) => reject(new Error(`the inspecting thread ended early (${code})`)));
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await thread.terminate();
  }
}
