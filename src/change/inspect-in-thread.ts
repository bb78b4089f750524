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
  const thread = limits.memoryMb === LIMITS.memoryMb ? await takeThread() : startThread(limits.memoryMb);
  let endedWell = false;
  const watch = new AbortController();
  try {
    return await new Promise<Inspection>((resolve, reject) => {
      const late = `inspecting the change took longer than ${limits.deadlineMs} ms`;
      const timer = setTimeout(() => resolve(inspectNothing(late)), limits.deadlineMs);
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const onMessage = (raw: unknown) => {
        const message = FromThread.parse(raw);
        if (message.kind === 'done') {
          endedWell = true;
          resolve(message.inspection);
        } else answer(request, message).then((text) => thread.postMessage(text), reject);
      };
      const onError = (error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          resolve(inspectNothing(`inspecting the change needs more than ${limits.memoryMb} MB`));
        else reject(error);
      };
      const onExit = (code: number) => reject(new Error(`the inspecting thread ended early (${code})`));
      thread.on('message', onMessage).on('error', onError).on('exit', onExit);
      watch.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      });
      // While it waited for a thread, nobody listened.
      if (signal.aborted) onAbort();
      else thread.postMessage(toThreadRequest(request));
    });
  } finally {
    watch.abort();
    const clean = endedWell && request.diffText.length <= SMALL_DIFF && limits.memoryMb === LIMITS.memoryMb;
    if (!clean || !keep(thread)) await thread.terminate();
  }
}

/** Characters. What a larger diff left in a thread's heap goes with the thread. */
const SMALL_DIFF = 1024 * 1024;
/** A thread costs some tenths of a second to start and some twenty megabytes to keep. */
const MAX_KEPT = 4;
/** Milliseconds for which one that is in use is worth waiting for. */
const WORTH_WAITING_MS = 500;
const kept: Worker[] = [];
const waiting: ((thread: Worker) => void)[] = [];
let started = 0;

function startThread(memoryMb: number): Worker {
  const thread = new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: memoryMb }, env: {}, execArgv: [] });
  started += 1;
  thread.on('exit', () => {
    started -= 1;
  });
  return thread;
}

/** One that is free, or becomes so soon; otherwise a new one. */
async function takeThread(): Promise<Worker> {
  const free = kept.pop();
  if (free !== undefined) {
    free.off('error', forget).off('exit', forget);
    free.ref();
    return free;
  }
  if (started < MAX_KEPT) return startThread(LIMITS.memoryMb);
  return new Promise((resolve) => {
    const take = (thread: Worker) => {
      clearTimeout(timer);
      resolve(thread);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(take), 1);
      resolve(startThread(LIMITS.memoryMb));
    }, WORTH_WAITING_MS);
    waiting.push(take);
  });
}

/** To who waits for it, else aside: there it does not keep the process alive, and is forgotten when it ends. */
function keep(thread: Worker): boolean {
  const next = waiting.shift();
  if (next !== undefined) {
    next(thread);
    return true;
  }
  if (kept.length >= MAX_KEPT) return false;
  thread.on('error', forget).on('exit', forget);
  thread.unref();
  kept.push(thread);
  return true;
}

function forget(this: Worker): void {
  const at = kept.indexOf(this);
  if (at >= 0) kept.splice(at, 1);
}
