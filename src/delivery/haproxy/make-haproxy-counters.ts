import type { ArmReading, ArmSource } from '../arm-source.ts';
import type { ErrorKind } from '../metric-source.ts';
import { makeCsvReader } from './csv-reader.ts';
import type { HaproxyArms } from './make-haproxy-router.ts';
import type { RuntimeSocket } from './runtime-socket.ts';

const RESPONSES = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'];

/**
 * HAProxy's own counters of each arm. It keeps no latencies, so its file counts slow responses in a stick table
 * (docs/delivery.md has the lines): one entry for each server that has answered, gpc0 its responses above the threshold.
 */
export function makeHaproxyCounters(
  send: RuntimeSocket,
  arms: HaproxyArms & { latencyTable: string; latencyEdgeMs: number },
): ArmSource {
  const { backend, latencyTable, latencyEdgeMs } = arms;
  return {
    async read(asked, signal) {
      const info = await send(['show info'], signal);
      const started = /^Start_time_sec: (\d+)$/m.exec(info)?.[1];
      if (started === undefined) throw new Error('HAProxy does not say when it started');
      const since = new Date(Number(started) * 1000).toISOString();
      const [stat, table] = await Promise.all([
        // All servers: a frontend may have the backend's name, and would be shown in its place.
        send(['show stat -1 4 -1'], signal),
        send([`show table ${latencyTable}`], signal),
      ]);
      if (!table.startsWith('# table:')) throw new Error(`HAProxy has no stick table ${latencyTable}: ${table.trim()}`);
      const rowOf = makeCsvReader(stat);
      const slow = parseLatencyTable(table);
      const arm = (names: readonly string[]): ArmReading =>
        sumReadings(
          names.map((name) => readServer(rowOf({ pxname: backend, svname: name }), slow.get(name), name)),
          { since, slow_above_ms: latencyEdgeMs },
        );
      return {
        control: arm(arms.stableServers),
        canary: asked.canary === null ? null : arm(arms.canaryServers),
      };
    },
    /** Counters of one process reach back to its last reload: no window to rest a baseline on. */
    baseline: () => Promise.resolve(null),
  };
}

interface ServerReading {
  readonly total: number;
  readonly errors: number;
  readonly slow: number;
  readonly up: boolean;
  readonly kinds: readonly ErrorKind[];
}

/** The columns that `errors` is the sum of, in words. */
const ERROR_COLUMNS = {
  hrsp_5xx: 'answered with 5xx',
  econ: 'no connection',
  eresp: 'no answer, or one that broke off',
} as const;

function readServer(cell: (name: string) => string, slow: number | undefined, name: string): ServerReading {
  const count = (column: string): number => {
    const text = cell(column);
    if (!/^\d+$/.test(text)) throw new Error(`HAProxy shows no ${column} for server ${name}`);
    return Number(text);
  };
  const sum = (columns: readonly string[]): number => columns.reduce((total, column) => total + count(column), 0);
  const responses = sum(RESPONSES);
  if (responses > 0 && slow === undefined)
    throw new Error(`server ${name} has answered, and the stick table does not count it: see docs/delivery.md`);
  // Measured on 2.6.12: `eresp` counts resets, timeouts and answers that break off; of those the last, which `srv_abrt`
  // counts too, have a response already. A reset of a later request on a kept connection is counted when the client repeats it.
  const unanswered = count('econ') + Math.max(0, count('eresp') - count('srv_abrt'));
  return {
    total: responses + unanswered,
    errors: sum(Object.keys(ERROR_COLUMNS)),
    slow: slow ?? 0,
    up: cell('status').startsWith('UP'),
    kinds: Object.entries(ERROR_COLUMNS).map(([column, kind]) => ({ kind, count: count(column) })),
  };
}

function sumReadings(
  servers: readonly ServerReading[],
  about: Pick<ArmReading, 'since' | 'slow_above_ms'>,
): ArmReading {
  const sum = (of: (server: ServerReading) => number): number =>
    servers.reduce((total, server) => total + of(server), 0);
  return {
    ...about,
    total: sum(({ total }) => total),
    errors: sum(({ errors }) => errors),
    slow: sum(({ slow }) => slow),
    histogram: [],
    up: servers.every(({ up }) => up),
    error_kinds: Object.values(ERROR_COLUMNS).map((kind) => ({
      kind,
      count: sum(({ kinds }) => kinds.find((each) => each.kind === kind)?.count ?? 0),
    })),
  };
}

function parseLatencyTable(text: string): Map<string, number> {
  const rows = [...text.matchAll(/\bkey=(\S+) .*?\bgpc0=(\d+)/g)];
  return new Map(rows.map(([, key = '', slow]) => [key, Number(slow)]));
}
