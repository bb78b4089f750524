import { join } from 'node:path';
import { closeAll } from './close-all.ts';
import type { Config } from './config/config.ts';
import { InputError } from './errors.ts';
import { listen } from './http/listen.ts';
import { makeWorkerHttp } from './http/make-worker-http.ts';
import type { Logger } from './log.ts';
import { openCheckpointPlace } from './signer/checkpoint-place.ts';
import { makeSigner } from './signer/make-signer.ts';
import { makeSignerMetrics } from './signer/signer-metrics.ts';
import { readSigningKey } from './signer/signing-key.ts';
import { openDatabase } from './store/open-database.ts';

export interface RunningSigner {
  /** Where /metrics, /healthz and /readyz are. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface SignerOptions {
  readonly keyFile: string;
  readonly publish: readonly string[];
  readonly metricsPort: number;
}

const LOOK_EVERY_MS = 2_000;

/** Signs heads of the record. It only reads the record; without it appends go on. */
export async function startSignerProcess(config: Config, options: SignerOptions, log: Logger): Promise<RunningSigner> {
  const { databaseUrl, dataDir } = config.env;
  if (databaseUrl === undefined)
    throw new InputError([{ field: 'DATABASE_URL', problem: 'is not set', fix: 'set it, or start `slipway up`' }]);
  const key = readSigningKey(options.keyFile);
  const closers: (() => Promise<unknown>)[] = [];
  const close = () => closeAll(closers, log);
  try {
    const database = openDatabase(databaseUrl, { poolSize: 2, log });
    closers.push(database.close);
    const metrics = makeSignerMetrics();
    const place = (directory: string) => openCheckpointPlace(directory, key.verification);
    const signer = makeSigner({
      db: database.db,
      key,
      memory: place(join(dataDir, 'signer')),
      places: options.publish.map(place),
      metrics,
      log,
      now: () => new Date(),
      clock: () => performance.now(),
    });
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    let looking: Promise<void> = Promise.resolve();
    const next = () => {
      looking = signer.look().finally(() => {
        if (!stopped) timer = setTimeout(next, LOOK_EVERY_MS);
      });
    };
    closers.push(async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    });
    const readiness = async () => {
      const reasons = signer.doubts();
      return { ready: reasons.length === 0, reasons };
    };
    const http = await listen(makeWorkerHttp({ metrics, readiness, log }), {
      host: config.fleet.metrics_host,
      port: options.metricsPort,
    });
    closers.push(() => http.close());
    next();
    log.info({ key: key.verification.id, log: key.verification.name, url: http.url }, 'signer started');
    return { url: http.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
