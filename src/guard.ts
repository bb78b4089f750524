import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeAuditLog } from './audit/make-audit-log.ts';
import { makeAuditLogger } from './audit/make-audit-logger.ts';
import { readVersion } from './audit/read-version.ts';
import { closeAll } from './close-all.ts';
import { type Config, resolveService } from './config/config.ts';
import { InputError } from './errors.ts';
import { openGuardFile } from './guard/guard-file.ts';
import { makeGuardMetrics } from './guard/guard-metrics.ts';
import { type Guard, startGuard } from './guard/make-guard.ts';
import { leaveGuards, noteCanaries } from './guard/note-canaries.ts';
import { readSight } from './guard/read-sight.ts';
import { recordZero } from './guard/record-zero.ts';
import { haltAfterMs } from './guard/watch-limit.ts';
import { listen } from './http/listen.ts';
import { makeWorkerHttp } from './http/make-worker-http.ts';
import type { Logger } from './log.ts';
import { openZeroTargets } from './open-delivery.ts';
import { readPackageVersion } from './package-root.ts';
import { openDatabase } from './store/open-database.ts';

export interface RunningGuard {
  /** Where /metrics, /healthz and /readyz are. */
  readonly url: string;
  /** Resolves when whoever started it is gone and nothing is left to guard; never without `endsWithParent`. */
  readonly orphaned: Promise<string>;
  readonly close: () => Promise<void>;
}

/** A look of the guard takes at most this part of what may go unwatched, so that zero does not come much later. */
const PART = 20;
const EVERY_MS = { least: 50, most: 1_000 };
const ANSWER_MS = { least: 250, most: 3_000 };
const TARGET_MS = 10_000;

/** The dead man's switch as a process. It starts with every store gone: that is when it is needed. */
export async function startGuardProcess(
  config: Config,
  options: { readonly metricsPort: number; readonly endsWithParent: boolean },
  log: Logger,
): Promise<RunningGuard> {
  const { databaseUrl, dataDir, auditLogDestination } = config.env;
  if (databaseUrl === undefined)
    throw new InputError([
      { field: 'DATABASE_URL', problem: 'is not set', fix: 'set it, or run `slipway up`, which brings its own stores' },
    ]);
  const closers: (() => Promise<unknown>)[] = [];
  const close = () => closeAll(closers, log);
  try {
    const holdMs = config.fleet.canary_hold_s * 1000;
    const answer = within(holdMs / 4, ANSWER_MS);
    const { db, ...database } = openDatabase(databaseUrl, {
      poolSize: 2,
      log,
      limitsMs: { connect: answer, query: answer, statement: answer },
    });
    closers.push(database.close);
    const audit = makeAuditLog({
      db,
      config: { profile: config.profile },
      requiredFields: config.audit.required_fields,
      version: readVersion(),
      now: () => new Date(),
      auditLogger: makeAuditLogger(auditLogDestination, log),
      log,
    });
    const file = openGuardFile(join(dataDir, 'guard'));
    const identity = { id: file.guardId, host: hostname(), pid: process.pid, version: readPackageVersion() };
    const metrics = makeGuardMetrics();
    const everyMs = within(holdMs / PART, EVERY_MS);
    const guard = startGuard({
      file,
      readSight: () =>
        readSight(db, { canaryHoldS: config.fleet.canary_hold_s, promotionS: (name) => promotionS(config, name) }),
      note: (runIds) => noteCanaries(db, identity, runIds),
      record: (canary, zeroed) => recordZero({ db, audit }, file.guardId, canary, zeroed),
      target: openZeroTargets(config, log),
      metrics,
      log,
      now: () => new Date(),
      clock: () => performance.now(),
      everyMs,
      targetTimeoutMs: TARGET_MS,
      escalateMs: haltAfterMs(config.fleet.canary_hold_s),
    });
    closers.push(async () => {
      await guard.close();
      // One that owes an entry stays on the list as silent: nobody may take it for harmless.
      if (guard.owes()) return;
      await leaveGuards(db, file.guardId).catch((err: unknown) =>
        log.warn({ err }, 'the guard left without a goodbye'),
      );
    });
    const readiness = async () => {
      const reasons = guard.doubts();
      return { ready: reasons.length === 0, reasons };
    };
    // A look may take as long as a store and a target may be silent, one after the other.
    const alive = () => guard.idleMs() < everyMs + 4 * answer + 4 * TARGET_MS;
    const http = await listen(makeWorkerHttp({ metrics, readiness, alive, log }), {
      host: config.fleet.metrics_host,
      port: options.metricsPort,
    });
    closers.push(() => http.close());
    const orphaned = options.endsWithParent
      ? untilOrphaned(guard, everyMs, (stop) => closers.push(stop))
      : new Promise<string>(() => {});
    log.info({ guard: file.guardId, holdS: config.fleet.canary_hold_s, url: http.url }, 'guard started');
    return { url: http.url, orphaned, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A guard on one machine outlives the process that started it, for as long as a canary may have traffic. */
function untilOrphaned(guard: Guard, everyMs: number, onClose: (stop: () => Promise<void>) => void): Promise<string> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid !== parent && guard.isIdle())
        resolve('whoever started it is gone, and nothing is left to guard');
    }, everyMs);
    onClose(async () => clearInterval(timer));
  });
}

function within(ms: number, { least, most }: { least: number; most: number }): number {
  return Math.max(least, Math.min(most, ms));
}

/** How long a promotion of the service may take: its versions drained twice, the new one started and healthy. */
function promotionS(config: Config, name: string): number {
  const service = resolveService(config, name);
  if (service === undefined) return 0;
  const { delivery, staging } = service;
  if (delivery.kind === 'local') return staging.health_deadline_s;
  if (delivery.kind === 'command') return staging.health_deadline_s + delivery.timeout_s;
  return staging.health_deadline_s + 2 * delivery.drain_s + delivery.deploy.timeout_s;
}
