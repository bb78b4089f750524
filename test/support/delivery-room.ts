import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EffectLedger } from '../../src/delivery/effect-ledger.ts';
import { makeEffectLedger } from '../../src/delivery/make-effect-ledger.ts';
import { makeLogger } from '../../src/log.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { makeDatabase } from './stores.ts';

/** A directory of its own, removed afterwards. */
export async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-delivery-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A ledger in a database of its own; each test takes another service name, or an empty one. */
export async function openTestLedger(): Promise<{
  ledger: EffectLedger;
  empty(): Promise<void>;
  close(): Promise<void>;
}> {
  const database = await makeDatabase();
  const { db, close } = openDatabase(database.appUrl, {
    poolSize: 4,
    log: makeLogger({ level: 'silent', name: 'test' }),
  });
  return {
    ledger: makeEffectLedger(db),
    async empty() {
      await db.deleteFrom('slipway.delivery_effects').execute();
      await db.deleteFrom('slipway.delivery_fences').execute();
    },
    async close() {
      await close();
      await database.drop();
    },
  };
}
