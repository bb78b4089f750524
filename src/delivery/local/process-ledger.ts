import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../../log.ts';
import { readDurable, writeDurably } from './durable-file.ts';
import { isAlive, ProcessIdentity, readIdentity, signalGroup } from './process-identity.ts';

const Ledger = z.array(ProcessIdentity);

/** The processes this target has started, on disk: what a killed target left behind is ended by the next one. */
export interface ProcessLedger {
  readonly note: (change: { started?: ProcessIdentity; ended?: ProcessIdentity }) => void;
  close(): void;
}

/** Takes the directory for this process, ends what a predecessor left, and starts an empty ledger. @throws when another target lives there. */
export function openProcessLedger(dataDir: string, log: Logger): ProcessLedger {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = join(dataDir, 'target.lock');
  takeLock(lock);
  const path = join(dataDir, 'processes.json');
  for (const left of readDurable(path, Ledger) ?? []) {
    if (!isAlive(left)) continue;
    log.warn({ pid: left.pid }, 'ending a process that an earlier local target left behind');
    signalGroup(left.pid, 'SIGKILL');
  }
  let living: ProcessIdentity[] = [];
  writeDurably(path, living);
  return {
    note({ started, ended }) {
      living = living.filter((one) => one.pid !== ended?.pid).concat(started ?? []);
      writeDurably(path, living);
    },
    close: () => rmSync(lock, { force: true }),
  };
}

/** The lock names its owner by pid and start time, so a stale one, left by kill -9, is recognised for certain. */
function takeLock(path: string): void {
  const me = JSON.stringify(readIdentity(process.pid));
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, me);
      closeSync(file);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = readOwner(path);
      if (owner !== null && isAlive(owner))
        throw new Error(`another local target (pid ${owner.pid}) uses this directory; stop it first`, { cause: error });
      rmSync(path, { force: true });
    }
  }
  throw new Error(`cannot take ${path}: another local target is starting`);
}

function readOwner(path: string): ProcessIdentity | null {
  try {
    return ProcessIdentity.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
