import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.ts';
import type { Inspection } from './change.ts';
import { type InspectRequest, inspectNothing } from './inspect.ts';
import { FromThread, type ThreadAnswer, type ThreadRequest } from './thread-messages.ts';

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
    kind: 'inspect',
    diffText: request.diffText,
    commitMessages: request.commitMessages,
    emptyIsWhole: request.emptyIsWhole ?? false,
    sensitivePaths: { performance_critical: [...performance_critical], compliance: [...compliance] },
    readsBase: request.readBase !== undefined,
    readsHead: request.readHead !== undefined,
    listsBase: request.listBase !== undefined,
  };
}

async function answer(request: InspectRequest, message: FromThread & { kind: 'read' }): Promise<ThreadAnswer> {
  const { id, side, path } = message;
  if (side === 'list') return { kind: 'answer', id, text: null, paths: (await request.listBase?.()) ?? [] };
  const read = side === 'base' ? request.readBase : request.readHead;
  return { kind: 'answer', id, text: (await read?.(path)) ?? null, paths: [] };
}

/**
 * `inspectChange` in a thread: a large change takes about a second of computing, in which this process must renew locks
 * and answer probes. A change on which the thread runs out of time or memory is unknown in every fact, and so a person's
 * to look at. It throws what the readers throw, and the signal's reason. A thread inspects one change at a time, and is
 * used again only after one that ended well.
 */
export async function inspectInThread(
  request: InspectRequest,
  signal: AbortSignal,
  limits: ThreadLimits = LIMITS,
): Promise<Inspection> {
  signal.throwIfAborted();
  const thread = takeThread(limits.memoryMb);
  let endedWell = false;
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
        if (message.kind === 'done') {
          endedWell = true;
          resolve(message.inspection);
        } else answer(request, message).then((text) => thread.postMessage(text), reject);
      });
      thread.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          resolve(inspectNothing(`inspecting the change needs more than ${limits.memoryMb} MB`));
        else reject(error);
      });
      thread.on('exit', (code) => reject(new Error(`the inspecting thread ended early (${code})`)));
      thread.postMessage(toThreadRequest(request));
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    thread.removeAllListeners();
    const small = request.diffText.length <= SMALL_DIFF;
    if (endedWell && small && limits.memoryMb === LIMITS.memoryMb && idle.length < MAX_IDLE) keep(thread);
    else await thread.terminate();
  }
}

/** Characters. What a larger diff left in a thread's heap goes with the thread. */
const SMALL_DIFF = 1024 * 1024;
/** A thread costs some tenths of a second to start and some twenty megabytes to keep. */
const MAX_IDLE = 4;
const idle: Worker[] = [];

function takeThread(memoryMb: number): Worker {
  const kept = memoryMb === LIMITS.memoryMb ? idle.pop() : undefined;
  if (kept === undefined)
    return new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: memoryMb }, env: {}, execArgv: [] });
  kept.removeAllListeners();
  kept.ref();
  return kept;
}

/** It does not keep the process alive, and one that ends while nobody uses it is forgotten. */
function keep(thread: Worker): void {
  const forget = () => {
    const at = idle.indexOf(thread);
    if (at >= 0) idle.splice(at, 1);
  };
  thread.on('error', forget);
  thread.on('exit', forget);
  thread.unref();
  idle.push(thread);
}
