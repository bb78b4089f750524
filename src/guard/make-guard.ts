import type { DeliveryTarget } from '../delivery/target.ts';
import { StoreDown } from '../errors.ts';
import type { Logger } from '../log.ts';
import { decideGuard } from './guard.decide.ts';
import type { GuardFile } from './guard-file.ts';
import type { GuardMetrics } from './guard-metrics.ts';
import type { GuardedCanary, ZeroCause, Zeroed } from './guard-state.ts';
import type { SeenCanary } from './read-sight.ts';
import { stopCanary, takeToZero } from './take-to-zero.ts';

export interface GuardPorts {
  readonly file: GuardFile;
  /** Every canary that may have traffic. @throws {StoreDown} */
  readonly readSight: () => Promise<readonly SeenCanary[]>;
  /** Says which canaries the file holds. @throws {StoreDown} */
  readonly note: (runIds: readonly string[]) => Promise<void>;
  /** @throws {StoreDown} */
  readonly record: (canary: GuardedCanary, zeroed: Zeroed) => Promise<void>;
  /** Needs no store. @throws {PermanentFailure} for a service that this guard's configuration does not have. */
  readonly target: (service: string) => DeliveryTarget;
  readonly metrics: GuardMetrics;
  readonly log: Logger;
  readonly now: () => Date;
  /** Milliseconds that never jump. */
  readonly clock: () => number;
  /** Between two looks. */
  readonly everyMs: number;
  /** Of all that one look asks of one target. */
  readonly targetTimeoutMs: number;
  /** How long setting the weight may fail before the canary is stopped instead. */
  readonly escalateMs: number;
}

export interface Guard {
  /** Why it would not do its work, or cannot be sure of it; empty when all is well. */
  doubts(): string[];
  /** Since the last look ended, milliseconds. */
  idleMs(): number;
  /** Nothing in its file can have traffic any more as far as it knows. */
  isIdle(): boolean;
  /** It did something that is not on the record yet. */
  owes(): boolean;
  close(): Promise<void>;
}

interface Watched {
  canary: GuardedCanary;
  /** When it was last known to be watched, by the clock that never jumps. */
  watchedMs: number;
  /** Since when it cannot be taken to zero, by the clock that never jumps; null when it can, or need not. */
  unsafeSinceMs: number | null;
}

interface Look {
  readonly atMs: number;
  /** Whether the record could be asked. */
  readonly seen: boolean;
  readonly live: ReadonlySet<string>;
  /** Those that their workers could not take out. */
  readonly handedOver: ReadonlySet<string>;
}

/**
 * The dead man's switch: looks at every live canary without end, and takes out of traffic what nobody is known to watch.
 * It depends on no store: what it must know is in its own file before a canary is given traffic.
 */
export function startGuard(ports: GuardPorts): Guard {
  const { file, log, now, clock, metrics } = ports;
  const watched = new Map<string, Watched>(file.canaries.map((canary) => [canary.run_id, remember(canary)]));
  let doubt = file.doubt;
  let storeProblem: string | null = null;
  let fileProblem: string | null = null;
  let endedAt = clock();
  let closed = false;
  let savedText = '';
  if (doubt !== null)
    log.error({ doubt }, 'the guard’s file cannot be believed: canaries are known again once the store answers');

  /** A restart counts from what the file says, by this machine's clock; a clock that went back says nothing, and then it is too long. */
  function remember(canary: GuardedCanary): Watched {
    const awayMs = now().getTime() - Date.parse(canary.watched_at);
    return { canary, watchedMs: clock() - (awayMs < 0 ? canary.limit_ms + 1 : awayMs), unsafeSinceMs: null };
  }

  async function look(): Promise<void> {
    const seen = await sight();
    // What was seen is judged as of when it was seen: a slow disk after it says nothing of the canary.
    const atMs = clock();
    if (seen !== null) learn(seen, atMs);
    save();
    const live = new Set(seen?.map(({ run_id }) => run_id));
    const handedOver = new Set(seen?.flatMap((one) => (one.handedOver ? one.run_id : [])));
    await Promise.all([...watched.values()].map((one) => act(one, { atMs, seen: seen !== null, live, handedOver })));
    save();
    if (seen !== null) await tell();
    show();
  }

  async function sight(): Promise<readonly SeenCanary[] | null> {
    try {
      const seen = await ports.readSight();
      storeProblem = null;
      return seen;
    } catch (error) {
      storeProblem = error instanceof StoreDown ? 'postgres is out of reach' : 'the record cannot be read';
      log.warn({ err: error }, 'the guard cannot see which canaries are watched');
      return null;
    }
  }

  function learn(seen: readonly SeenCanary[], atMs: number): void {
    doubt = null;
    for (const { silentMs, handedOver: _handedOver, ...facts } of seen) {
      const known = watched.get(facts.run_id);
      const canary: GuardedCanary = {
        ...facts,
        watched_at: new Date(now().getTime() - silentMs).toISOString(),
        zeroed: known?.canary.zeroed ?? null,
      };
      if (known === undefined) log.info({ run: facts.run_id, service: facts.service }, 'a canary is guarded');
      watched.set(facts.run_id, { canary, watchedMs: atMs - silentMs, unsafeSinceMs: known?.unsafeSinceMs ?? null });
    }
  }

  /** Before anything is said of it to others, it is on disk. A disk that refuses leaves the guard without memory, never without hands. */
  function save(): void {
    const canaries = [...watched.values()].map(({ canary }) => canary);
    const text = JSON.stringify(canaries);
    if (text === savedText) return;
    try {
      file.save(canaries);
      savedText = text;
      fileProblem = null;
    } catch (error) {
      fileProblem = 'its file cannot be written';
      log.error({ err: error }, 'the guard’s file cannot be written');
    }
  }

  async function act(one: Watched, { atMs, seen, live, handedOver }: Look): Promise<void> {
    const { canary } = one;
    const unwatchedMs = atMs - one.watchedMs;
    const id = canary.run_id;
    const decision = decideGuard({ canary, seen, live: live.has(id), handedOver: handedOver.has(id), unwatchedMs });
    switch (decision.kind) {
      case 'leave':
        return;
      case 'zero':
        return zero(one, decision.cause, unwatchedMs);
      case 'keep_zero':
        return zero(one, canary.zeroed?.cause ?? 'no_tick', unwatchedMs);
      case 'forget':
        if (canary.zeroed !== null && !canary.zeroed.recorded) await record(one, canary.zeroed);
        if (one.canary.zeroed?.recorded !== false) watched.delete(canary.run_id);
        return;
    }
  }

  async function zero(one: Watched, cause: ZeroCause, unwatchedMs: number): Promise<void> {
    const { canary } = one;
    const about = { run: canary.run_id, service: canary.service, cause };
    try {
      const target = ports.target(canary.service);
      const outcome = await takeToZero(target, canary, AbortSignal.timeout(ports.targetTimeoutMs));
      one.unsafeSinceMs = null;
      if (outcome.kind === 'not_ours') {
        watched.delete(canary.run_id);
        return;
      }
      if (outcome.kind === 'zeroed')
        log.error({ ...about, from: outcome.fromPct }, 'nobody watches it: a canary was taken out of traffic');
      // At zero before it was ever known to have traffic: nothing was done, and its run may still begin.
      if (canary.zeroed !== null || (outcome.kind === 'at_zero' && !canary.traffic)) return;
      done(one, { cause, unwatchedMs, fromPct: outcome.kind === 'zeroed' ? outcome.fromPct : 0, by: 'weight' });
    } catch (error) {
      one.unsafeSinceMs ??= clock();
      metrics.zeroFailed();
      log.error({ ...about, err: error }, 'nobody watches it, and a canary cannot be taken out of traffic yet');
      if (clock() - one.unsafeSinceMs >= ports.escalateMs) await escalate(one, cause, unwatchedMs);
    }
  }

  /** Its weight cannot be set for too long: it is stopped. It counts as unsafe until the weight is read back as zero. */
  async function escalate(one: Watched, cause: ZeroCause, unwatchedMs: number): Promise<void> {
    const { canary } = one;
    if (canary.zeroed !== null || !canary.traffic) return;
    try {
      const signal = AbortSignal.timeout(ports.targetTimeoutMs);
      if (!(await stopCanary(ports.target(canary.service), canary, signal))) return;
      log.error({ run: canary.run_id, service: canary.service }, 'its weight cannot be set, so the canary was stopped');
      done(one, { cause, unwatchedMs, fromPct: null, by: 'stop' });
    } catch (err) {
      log.error({ err, run: canary.run_id }, 'the canary cannot be stopped either');
    }
  }

  function done(
    one: Watched,
    what: { cause: ZeroCause; unwatchedMs: number; fromPct: number | null; by: Zeroed['by'] },
  ): void {
    const { cause, by } = what;
    const unwatched_s = Math.round(what.unwatchedMs) / 1000;
    const zeroed: Zeroed = { at: now().toISOString(), cause, unwatched_s, from_pct: what.fromPct, by, recorded: false };
    one.canary = { ...one.canary, zeroed };
    metrics.zeroed(cause);
  }

  /** First what was done, then that this guard lives: who hears from it knows all that it did. */
  async function tell(): Promise<void> {
    for (const one of watched.values())
      if (one.canary.zeroed !== null && !one.canary.zeroed.recorded) await record(one, one.canary.zeroed);
    if (owes() || fileProblem !== null) return;
    try {
      await ports.note([...watched.keys()]);
    } catch (error) {
      log.warn({ err: error }, 'the guard could not say that it lives');
    }
  }

  function owes(): boolean {
    return [...watched.values()].some(({ canary }) => canary.zeroed?.recorded === false);
  }

  async function record(one: Watched, zeroed: Zeroed): Promise<void> {
    try {
      await ports.record(one.canary, zeroed);
      one.canary = { ...one.canary, zeroed: { ...zeroed, recorded: true } };
    } catch (error) {
      log.warn({ err: error, run: one.canary.run_id }, 'what the guard did is not on the record yet');
    }
  }

  function show(): void {
    const all = [...watched.values()];
    metrics.show({
      watched: all.filter(({ canary }) => canary.zeroed === null).length,
      zeroed: all.filter(({ canary }) => canary.zeroed !== null).length,
      unsafe: all.filter(({ unsafeSinceMs }) => unsafeSinceMs !== null).length,
      storeReached: storeProblem === null,
      fileWritten: fileProblem === null && doubt === null,
    });
  }

  let looking: Promise<void> | null = null;
  const timer = setInterval(() => {
    if (closed || looking !== null) return;
    looking = look()
      .catch((err: unknown) => log.error({ err }, 'a look of the guard failed'))
      .finally(() => {
        endedAt = clock();
        looking = null;
      });
  }, ports.everyMs);
  return {
    doubts: () => [storeProblem, fileProblem, doubt].filter((problem) => problem !== null),
    idleMs: () => clock() - endedAt,
    owes,
    isIdle: () => [...watched.values()].every(({ canary }) => canary.zeroed !== null),
    async close() {
      closed = true;
      clearInterval(timer);
      await looking;
    },
  };
}
