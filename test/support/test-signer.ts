import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { type Checkpoint, signCheckpoint } from '../../src/audit/checkpoint.ts';
import { makeLogger } from '../../src/log.ts';
import { openCheckpointPlace } from '../../src/signer/checkpoint-place.ts';
import { makeSigner } from '../../src/signer/make-signer.ts';
import { makeSignerMetrics } from '../../src/signer/signer-metrics.ts';
import { makeSigningKey, readSigningKey } from '../../src/signer/signing-key.ts';
import type { Db } from '../../src/store/open-database.ts';

/** A signer with a key of its own that looks when a test says so, and always finds a signature due. */
export interface TestSigner {
  readonly keyId: string;
  readonly vkey: string;
  look(db: Db): Promise<void>;
  /** What `key` signs whatever the log says, as a row under the id of this one's key. */
  forge(db: Db, head: Checkpoint, key?: TestSigner): Promise<void>;
  note(head: Checkpoint): string;
}

export async function withSigner(use: (signer: TestSigner) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-signer-'));
  try {
    await use(makeTestSigner(directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function makeTestSigner(directory: string): TestSigner {
  const file = join(directory, 'signer.key');
  const vkey = makeSigningKey(file, 'test.example.com/audit');
  const key = readSigningKey(file);
  const memory = openCheckpointPlace(join(directory, 'memory'), key.verification);
  const log = makeLogger({ level: 'silent', name: 'test' });
  let clock = 0;
  const signer: TestSigner = {
    keyId: key.verification.id,
    vkey,
    async look(db) {
      const metrics = makeSignerMetrics();
      const now = () => new Date();
      const one = makeSigner({ db, key, memory, places: [], metrics, log, now, clock: () => (clock += 60_000) });
      await one.look();
      if (one.doubts().length > 0) throw new Error(one.doubts().join());
    },
    note: (head) => signCheckpoint(head, key.verification, key.privateKey),
    async forge(db, head, by = signer) {
      await sql`select audit.add_checkpoint(${String(head.size)}::bigint, ${key.verification.id}, ${by.note(head)})`.execute(
        db,
      );
    },
  };
  return signer;
}
