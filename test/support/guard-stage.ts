import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGuardFile } from '../../src/guard/guard-file.ts';
import { makeGuardMetrics } from '../../src/guard/guard-metrics.ts';
import { type Guard, startGuard } from '../../src/guard/make-guard.ts';
import { leaveGuards, noteCanaries } from '../../src/guard/note-canaries.ts';
import { readSight } from '../../src/guard/read-sight.ts';
import { recordZero } from '../../src/guard/record-zero.ts';
import { digestOf, type RunId } from '../../src/ids.ts';
import { makeHold } from '../../src/runs/hold.ts';
import { readRun } from '../../src/runs/read-run.ts';
import { openRecord, type RunRecord } from '../../src/runs/record.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { deployTo, type EffectScope, setCanaryWeight } from '../../src/workers/delivery-effects.ts';
import type { FleetGround } from './fleet-ground.ts';
import { type MemoryTarget, makeMemoryTarget } from './memory-target.ts';
import { insertRun, makeRunFacts, openLog, PATIENT } from './record.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface LiveCanary {
  readonly runId: RunId;
  readonly record: RunRecord;
  readonly scope: EffectScope;
  readonly target: MemoryTarget;
  close(): Promise<void>;
}

const TICK_S = 0.05;

/** A canary of a service of its own, with its lease and, unless told otherwise, 5 % of traffic. */
export async function makeLiveCanary(ground: FleetGround, { weight = 5 } = {}): Promise<LiveCanary> {
  const target = await makeMemoryTarget();
  const facts = makeRunFacts({ service: `s${Math.random().toString(36).slice(2, 10)}` });
  await insertRun(ground.db, facts, { artifact: digestOf('new'), stage: 'canary' });
  const run = await readRun(ground.db, facts.id);
  if (run === null) throw new Error('the run is not there');
  const name = `canary:${run.service}`;
  const lease = await acquireLease(ground.db, name, facts.id);
  if (!lease.held) throw new Error('the lease is not free');
  const record = openRecord(ground.audit, run);
  const hold = makeHold({
    db: ground.db,
    runId: run.id,
    lease: { name, token: lease.token },
    confirmOwner: () => Promise.resolve(),
  });
  const scope = { target, record, run, hold, signal: new AbortController().signal };
  await deployTo(scope, 'canary', { digest: digestOf('new'), directory: '/nowhere' }, 0);
  await record.append({
    stage: 'canary',
    step: 'start',
    event: 'canary_started',
    rationale: 'healthy',
    outcome: 'started',
    payload: { limits: { canary_tick_s: TICK_S } },
  });
  if (weight > 0) await setCanaryWeight(scope, weight, 0, 'canary');
  return { runId: facts.id, record, scope, target, close: () => target.close() };
}

export interface GuardStage {
  readonly guard: Guard;
  readonly directory: string;
  readonly wire: TcpProxy;
  /** Moves the guard's clock. */
  readonly time: { aheadMs: number; looks: number };
  /** Ends it as `kill -9` would: no goodbye. */
  kill(): Promise<void>;
  leave(): Promise<void>;
}

export interface GuardStageOptions {
  readonly targets: readonly LiveCanary[];
  readonly holdS: number;
  /** The files of an earlier guard. */
  readonly directory?: string;
  /** Of this machine, for a restart. */
  readonly now?: () => Date;
}

/** A guard over a wire to the store that can be cut. */
export async function startGuardStage(ground: FleetGround, options: GuardStageOptions): Promise<GuardStage> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'slipway-guard-')));
  const url = new URL(ground.databaseUrl);
  const wire = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(wire.port);
  const log = ground.log;
  const store = openDatabase(url.href, { poolSize: 2, log, limitsMs: PATIENT });
  const own = openLog(url.href, { limitsMs: PATIENT });
  const time = { aheadMs: 0, looks: 0 };
  const file = openGuardFile(directory);
  const byService = new Map(options.targets.map((canary) => [canary.scope.run.service, canary.target]));
  const guard = startGuard({
    file,
    async readSight() {
      time.looks += 1;
      const seen = await readSight(store.db, { canaryHoldS: options.holdS, promotionS: () => 3_600 });
      // The database is every test's of this file; a guard's configuration has its own services only.
      return seen.filter(({ service }) => byService.has(service));
    },
    note: (runIds) => noteCanaries(store.db, { id: file.guardId, host: 'here', pid: 1, version: '0.0.0' }, runIds),
    record: (canary, zeroed) => recordZero({ db: store.db, audit: own.audit }, file.guardId, canary, zeroed),
    target(service) {
      const target = byService.get(service);
      if (target === undefined) throw new Error(`no target for ${service}`);
      return target;
    },
    metrics: makeGuardMetrics(),
    log,
    now: options.now ?? (() => new Date()),
    clock: () => performance.now() + time.aheadMs,
    everyMs: 20,
    targetTimeoutMs: 5_000,
    escalateMs: 200,
  });
  const end = async () => {
    await guard.close();
    await store.close();
    await own.close();
    await wire.close();
  };
  return {
    guard,
    directory,
    wire,
    time,
    kill: end,
    async leave() {
      await guard.close();
      await leaveGuards(ground.db, file.guardId);
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
