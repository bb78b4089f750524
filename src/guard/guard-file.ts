import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../delivery/replace-file.ts';
import { digestOf } from '../ids.ts';
import { type GuardedCanary, GuardState } from './guard-state.ts';

export interface GuardFile {
  readonly guardId: string;
  /** What stood in it when it was opened. */
  readonly canaries: readonly GuardedCanary[];
  /** Why canaries of an earlier process may be missing; null when nothing is in doubt. */
  readonly doubt: string | null;
  /** On disk, both copies, when this returns. @throws when the disk refuses. */
  save(canaries: readonly GuardedCanary[]): void;
}

/** Two copies, each replaced as a whole: whatever tears one of them, the other holds the newest or the state before it. */
const COPIES = ['live-canaries.a.json', 'live-canaries.b.json'];

/**
 * The guard's own memory, for when no store can be asked. Each copy is its digest and then its text, so that a torn or
 * altered one is known as such and never believed.
 */
export function openGuardFile(directory: string): GuardFile {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const copies = COPIES.map((name) => readCopy(join(directory, name)));
  const whole = copies.flatMap((copy) => (copy.kind === 'state' ? [copy.state] : []));
  const [newest] = whole.toSorted((a, b) => b.generation - a.generation);
  const broken = copies.flatMap((copy, index) => (copy.kind === 'broken' ? [`${COPIES[index]}: ${copy.why}`] : []));
  const guardId = newest?.guard_id ?? randomUUID();
  let generation = newest?.generation ?? 0;
  return {
    guardId,
    canaries: newest?.canaries ?? [],
    doubt: newest === undefined && broken.length > 0 ? broken.join('; ') : null,
    save(canaries) {
      generation += 1;
      const state: GuardState = { v: 1, guard_id: guardId, generation, canaries: [...canaries] };
      const text = JSON.stringify(state);
      for (const name of COPIES) replaceFile(join(directory, name), `${digestOf(text)}\n${text}\n`, 0o600);
    },
  };
}

type Copy = { kind: 'state'; state: GuardState } | { kind: 'absent' } | { kind: 'broken'; why: string };

function readCopy(path: string): Copy {
  let file: string;
  try {
    file = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'broken', why: error instanceof Error ? error.message : 'unreadable' };
  }
  const [digest, text = ''] = file.split('\n', 2);
  if (text === '' || digest !== digestOf(text)) return { kind: 'broken', why: 'torn or altered' };
  const state = GuardState.safeParse(JSON.parse(text));
  return state.success ? { kind: 'state', state: state.data } : { kind: 'broken', why: 'written by another version' };
}
