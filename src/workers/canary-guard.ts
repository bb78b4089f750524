import type { Receipt } from '../audit/audit-log.ts';
import type { DeliveryTarget } from '../delivery/target.ts';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { readRun } from '../runs/read-run.ts';
import type { RunRecord } from '../runs/record.ts';
import type { Db } from '../store/open-database.ts';
import type { Run } from '../store/tables.ts';

/** A canary under traffic, as the replica that looked at it last knew it. */
export interface GuardedCanary {
  readonly run: Run;
  readonly record: RunRecord;
  readonly target: DeliveryTarget;
  readonly fence: string;
  /** Of `canary_started`: from there on taking this canary to zero is authorised. */
  readonly started: Receipt;
}

export interface CanaryGuard {
  /** This replica looked at a canary just now. */
  looked(canary: GuardedCanary): void;
  /** How many canaries it would take to zero. */
  watching(): number;
  close(): Promise<void>;
}

export interface GuardOptions {
  readonly db: Db;
  /** How long the store may be silent while a canary has traffic. */
  readonly holdMs: number;
  readonly log: Logger;
  /** Milliseconds that never jump. */
  readonly clock?: () => number;
}

interface Watched extends GuardedCanary {
  zeroedAt: Date | null;
}

/**
 * While PostgreSQL is away nothing is decided and nothing is recorded, so nobody watches what has traffic. Each replica
 * remembers the canaries that it looked at; when the store was silent for `holdMs` it takes them out of traffic. That is
 * the one act without an intent of its own, authorised by `canary_started`; it is recorded once the store is back.
 */
export function makeCanaryGuard({ db, holdMs, log, clock = () => performance.now() }: GuardOptions): CanaryGuard {
  const watched = new Map<string, Watched>();
  let lastAnswer = clock();
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(
    () => {
      if (watched.size > 0)
        looking = looking.then(look).catch((err: unknown) => log.error({ err }, 'the canary guard failed'));
    },
    Math.max(20, Math.min(1_000, holdMs / 10)),
  );
  timer.unref();

  async function look(): Promise<void> {
    for (const canary of watched.values()) {
      const run = await readRun(db, RunId.parse(canary.run.id)).catch(() => undefined);
      if (run === undefined) {
        if (clock() - lastAnswer > holdMs) await takeToZero(canary);
        continue;
      }
      lastAnswer = clock();
      if (canary.zeroedAt !== null && run !== null && run.status !== 'finished')
        await recordZero(canary, canary.zeroedAt);
      // Whoever takes the next look at it, here or elsewhere, watches it again.
      if (canary.zeroedAt !== null || run === null || run.status === 'finished') watched.delete(canary.run.id);
    }
  }

  async function takeToZero(canary: Watched): Promise<void> {
    const { run, target, fence, started } = canary;
    if (canary.zeroedAt !== null) return;
    const signal = AbortSignal.timeout(10_000);
    const effect = { id: effectIdOf(run), fence };
    try {
      if ((await target.describe(run.service, signal)).canaryPct > 0)
        await target.setWeight(started, { service: run.service, canaryPct: 0, effect }, signal);
      canary.zeroedAt = new Date();
      log.error(
        { run: run.id, service: run.service, holdMs },
        'the store is silent: the canary was taken out of traffic',
      );
    } catch (err) {
      log.error({ err, run: run.id }, 'the store is silent and the canary cannot be taken out of traffic yet');
    }
  }

  return {
    looked(canary) {
      lastAnswer = clock();
      watched.set(canary.run.id, { ...canary, zeroedAt: null });
    },
    watching: () => watched.size,
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}

function effectIdOf(run: Run): string {
  return `${run.id}~canary~weight-guard~0`;
}

/** Afterwards: what was authorised by `canary_started` and why it was done. */
async function recordZero({ run, record, started }: GuardedCanary, at: Date): Promise<void> {
  const about = {
    stage: 'canary' as const,
    step: 'guard',
    rationale: 'the store was silent for too long while the canary had traffic, so it was taken out',
    causation: started,
  };
  const payload = { pct: 0, effect_id: effectIdOf(run), zeroed_at: at.toISOString() };
  await record.append({ ...about, event: 'canary_weight.intended', outcome: 'intended', payload });
  await record.append({
    ...about,
    event: 'canary_weight.completed',
    outcome: 'completed',
    payload: { ...payload, result: { pct: 0 } },
  });
}
