import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CRASH_POINTS, type CrashOrder, type CrashPoint } from '../../src/crash-point.ts';

/** What became of one crash point in a campaign. */
export interface SeenPoint {
  readonly point: CrashPoint;
  /** How often a process came by, whether it died or not. */
  readonly passed: number;
  readonly ordered: number;
  /** Once for each order that was carried out. */
  readonly deaths: readonly Death[];
}

interface Death {
  readonly at: number;
  readonly pid: number;
}

/** The orders that all processes of a fleet share: whoever passes an ordered point first dies there, and nobody else. */
export interface CrashOrders {
  /** For `SLIPWAY_CRASH_POINT`. */
  readonly directory: string;
  waits(point: CrashPoint): boolean;
  /** It stays until somebody passes. */
  order(point: CrashPoint, how: CrashOrder['how']): void;
  /** Nobody dies any more. */
  withdraw(): void;
  read(): SeenPoint[];
}

export function makeCrashOrders(directory: string): CrashOrders {
  const [ordered, taken, passed] = ['ordered', 'taken', 'passed'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [ordered, taken, passed]) mkdirSync(each, { recursive: true });
  const counts = new Map<CrashPoint, number>();
  const waits = (point: CrashPoint) => readdirSync(ordered).includes(point);
  return {
    directory,
    waits,
    order(point, how) {
      // Written beside it first: who passes meanwhile sees a whole order or none.
      if (waits(point)) return;
      counts.set(point, (counts.get(point) ?? 0) + 1);
      const written = join(directory, 'written');
      writeFileSync(written, how);
      renameSync(written, join(ordered, point));
    },
    withdraw() {
      for (const point of readdirSync(ordered)) rmSync(join(ordered, point), { force: true });
    },
    read() {
      const deaths = readdirSync(taken).map((name) => {
        const [point, pid] = name.split('~');
        // To rename it is what changed it last.
        return { point, at: statSync(join(taken, name)).ctimeMs, pid: Number(pid) };
      });
      return CRASH_POINTS.map((point) => ({
        point,
        passed: sizeOf(join(passed, point)),
        ordered: counts.get(point) ?? 0,
        deaths: deaths.filter((death) => death.point === point).map(({ at, pid }) => ({ at, pid })),
      }));
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
