import { setTimeout as wait } from 'node:timers/promises';
import { PermanentFailure, TransientFailure } from '../../errors.ts';
import { type Program, runProgram } from '../command/run-program.ts';
import { replaceFile } from '../replace-file.ts';
import type { TrafficRouter } from '../routed/traffic-router.ts';
import { sendRequest } from '../send-request.ts';
import { isSplittable, parseState, renderSplitFile } from './split-file.ts';

export interface NginxOptions {
  readonly service: string;
  /** Included in nginx's http block; only Slipway writes it. */
  readonly splitFile: string;
  /** Makes nginx read its files again; it must check them first. */
  readonly reload: Program;
  /** A location that returns the state of the split file, on every worker of this nginx. */
  readonly probeUrl: URL;
}

const PROBE_TIMEOUT_MS = 1_000;
const PAUSE_MS = 50;
const IN_FORCE_MS = 10_000;
/** A worker that ends after a reload may close a connection that it has just taken. */
const PROBE_TRIES = 3;
/** Old workers answer for a moment beside the new ones; each probe is a new connection, which any of them may take. */
const PROBES_IN_A_ROW = 5;

/**
 * Shares traffic by `split_clients` in a generated file and a reload. nginx has no other door, so a change is in force when
 * probes say so. The share survives a restart of nginx; who holds the lease takes it back.
 */
export function makeNginxRouter(options: NginxOptions): TrafficRouter {
  const { service, splitFile, reload, probeUrl } = options;

  async function probe(signal: AbortSignal): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await probeOnce(signal);
      } catch (error) {
        if (signal.aborted || tries === PROBE_TRIES) throw error;
        await wait(PAUSE_MS, undefined, { signal });
      }
    }
  }

  async function probeOnce(signal: AbortSignal): Promise<number> {
    const question = { url: probeUrl, method: 'GET', body: undefined, agent: undefined, keepBytes: 1_000 };
    const fail = (why: string, cause?: unknown): TransientFailure =>
      new TransientFailure('TARGET_UNREACHABLE', `nginx at ${probeUrl.href} ${why}`, { cause });
    const answer = await sendRequest({ ...question, timeoutMs: PROBE_TIMEOUT_MS }, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw fail('does not answer the probe', error);
    });
    const pct = answer.status === 200 ? parseState(answer.body) : null;
    if (pct === null) throw fail(`answers ${answer.status} and no state: see the location in docs/delivery.md`);
    return pct;
  }

  async function untilInForce(canaryPct: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + IN_FORCE_MS;
    let inARow = 0;
    while (inARow < PROBES_IN_A_ROW) {
      inARow = (await probe(signal)) === canaryPct ? inARow + 1 : 0;
      if (inARow > 0) continue;
      if (performance.now() > deadline)
        throw new TransientFailure('NOT_IN_FORCE', `nginx was reloaded and does not show ${canaryPct} % yet`);
      await wait(PAUSE_MS, undefined, { signal });
    }
  }

  return {
    async setWeight(canaryPct, signal) {
      if (!isSplittable(canaryPct))
        throw new PermanentFailure('WEIGHT_UNREPRESENTABLE', `nginx splits to 0.01 %, ${canaryPct} % is finer`);
      replaceFile(splitFile, renderSplitFile(service, canaryPct).text);
      const end = await runProgram(reload, '', signal);
      const why =
        end.kind === 'broken'
          ? end.why
          : end.code === 0
            ? null
            : `ended with ${end.code}: ${end.stderr.trim().slice(-500)}`;
      if (why !== null) throw new TransientFailure('RELOAD_FAILED', `${reload.command.join(' ')} ${why}`);
      await untilInForce(canaryPct, signal);
    },
    getWeight: probe,
    armHealth: () => Promise.resolve(null),
  };
}
