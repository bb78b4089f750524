import { CRASH_POINTS, type CrashOrder, type CrashPoint } from '../../src/crash-point.ts';
import { makeRandom, type Random } from './random.ts';

/** What a pull request holds, and so how its canary behaves. */
type ChangeKind =
  | 'plain'
  | 'gap'
  | 'migration'
  | 'breaks'
  | 'never-up'
  /** Performance critical: one more step. */
  | 'hot'
  /** A person signs off, and once more before production. */
  | 'audited'
  /** Reviewed in several parts. */
  | 'large'
  /** In more parts than its budget allows. */
  | 'huge';

export interface ChangePlan {
  readonly n: number;
  readonly service: number;
  readonly kind: ChangeKind;
  /** What the person says who is asked; nobody answers where it is `silence`. */
  readonly decision: 'approve' | 'reject' | 'silence';
  /** The same about its canary, at a gate or on hold; `extend` is said about a hold only, and approved at a gate. */
  readonly onCanary: 'approve' | 'reject' | 'extend' | 'silence';
  /** What happens to it on the way. */
  readonly meanwhile: { readonly kind: 'nothing' | 'cancel' | 'newer-head'; readonly afterMs: number };
}

export type Fault =
  | { readonly kind: 'kill' | 'freeze'; readonly process: number; readonly ms: number }
  | { readonly kind: 'redis-kill' | 'redis-freeze' | 'redis-flush'; readonly ms: number }
  | { readonly kind: 'postgres-kill' | 'postgres-freeze' | 'stores-kill'; readonly ms: number }
  /** Replica 0 reaches the stores through a proxy; its wires are cut, or carry nothing. */
  | { readonly kind: 'cut' | 'mute'; readonly store: 'redis' | 'postgres'; readonly ms: number }
  | { readonly kind: 'target-freeze'; readonly ms: number };

export type PlannedFault = Fault & { readonly gapMs: number };

export const REPLICAS = 3;
/** Processes by number: the replicas, then the server, then the guard. */
const GUARD = 4;
export const SERVICES = 8;

/** Longer than a job's lock of 6 s: whoever is frozen so long comes back as a zombie. */
const ZOMBIE_MS = 15_000;

export function planChanges(seed: number, runs: number): ChangePlan[] {
  const random = makeRandom(seed);
  return Array.from({ length: runs }, (_, n) => ({
    n: n + 1,
    service: n % SERVICES,
    kind: random.weighted({
      plain: 36,
      gap: 10,
      migration: 12,
      breaks: 12,
      'never-up': 5,
      hot: 8,
      audited: 8,
      large: 5,
      huge: 4,
    }),
    decision: random.weighted({ approve: 82, reject: 12, silence: 6 }),
    onCanary: random.weighted({ approve: 50, reject: 20, extend: 15, silence: 15 }),
    meanwhile: {
      kind: random.weighted({ nothing: 76, cancel: 12, 'newer-head': 12 }),
      afterMs: random.chance(0.5) ? random.between(200, 9_000) : random.between(9_000, 60_000),
    },
  }));
}

/** Endless; the same seed gives the same faults in the same order and distance. */
export function* planFaults(seed: number): Generator<PlannedFault, never> {
  const random = makeRandom(seed ^ 0x5eed);
  for (;;) yield { ...planFault(random), gapMs: random.between(4_000, 12_000) };
}

/** From then on whoever passes the point first dies there, or is stopped there for a while. */
export interface PlannedCrash extends Pick<CrashOrder, 'point' | 'how'> {
  readonly gapMs: number;
}

/** Where few runs come by. What is ordered there late in a campaign would have missed its only passages. */
const SELDOM =
  /^(sandbox_run|base_|rollback_|canary_(halt|stop)|question|decision|stop|reconcile|canary:after-(merge|rollback)|staging:after-end)/;

/** Endless, in rounds of every point there is. At first those that few runs pass are ordered at once. */
export function* planCrashes(seed: number): Generator<PlannedCrash, never> {
  const random = makeRandom(seed ^ 0xdead);
  const order = (point: CrashPoint, gapMs: number): PlannedCrash => ({
    point,
    how: random.chance(0.2) ? 'stop' : 'kill',
    gapMs,
  });
  const isSeldom = (point: CrashPoint) => SELDOM.test(point);
  for (const point of shuffled(random, CRASH_POINTS.filter(isSeldom))) yield order(point, 0);
  let points = CRASH_POINTS.filter((point) => !isSeldom(point));
  for (;;) {
    for (const point of shuffled(random, points)) yield order(point, random.between(1_500, 5_000));
    points = [...CRASH_POINTS];
  }
}

function planFault(random: Random): Fault {
  const kind = random.weighted({
    kill: 18,
    freeze: 8,
    'redis-kill': 6,
    'redis-freeze': 3,
    'redis-flush': 2,
    'postgres-kill': 6,
    'postgres-freeze': 4,
    'stores-kill': 2,
    cut: 6,
    mute: 3,
    'target-freeze': 2,
  });
  switch (kind) {
    case 'kill':
      return { kind, process: random.between(0, GUARD), ms: random.between(0, 1_500) };
    case 'freeze':
      return { kind, process: random.between(0, REPLICAS - 1), ms: ZOMBIE_MS };
    case 'redis-flush':
      return { kind, ms: 0 };
    case 'redis-kill':
    case 'postgres-kill':
    case 'stores-kill':
      return { kind, ms: random.pick([0, 0, 1_000, 3_000, 12_000]) };
    case 'redis-freeze':
    case 'postgres-freeze':
    case 'target-freeze':
      return { kind, ms: random.between(1_000, 12_000) };
    case 'cut':
    case 'mute':
      return { kind, store: random.pick(['redis', 'postgres'] as const), ms: random.between(500, 12_000) };
  }
}

/** Fisher and Yates. */
function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const all = [...items];
  for (let left = all.length; left > 1; left--) {
    const at = random.between(0, left - 1);
    [all[at], all[left - 1]] = [all[left - 1] as T, all[at] as T];
  }
  return all;
}
