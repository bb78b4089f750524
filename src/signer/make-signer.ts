import { type Checkpoint, signCheckpoint } from '../audit/checkpoint.ts';
import { StoreDown } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Db } from '../store/open-database.ts';
import type { CheckpointPlace } from './checkpoint-place.ts';
import { addRow, readLatestRow } from './checkpoint-rows.ts';
import { followChain, readStanding } from './follow-chain.ts';
import { decideSign } from './sign.decide.ts';
import type { SignerMetrics } from './signer-metrics.ts';
import type { SigningKey } from './signing-key.ts';

export interface SignerDeps {
  readonly db: Db;
  readonly key: SigningKey;
  /** Its own memory of what it signed last: written before anybody else sees the signature. */
  readonly memory: CheckpointPlace;
  /** Where the owner of the database cannot write. */
  readonly places: readonly CheckpointPlace[];
  readonly metrics: SignerMetrics;
  readonly log: Logger;
  readonly now: () => Date;
  /** Monotonic, in milliseconds. */
  readonly clock: () => number;
}

export interface Signer {
  /** One look: whether what was signed still stands, and a signature where one is due. Never throws. */
  look(): Promise<void>;
  /** Why people must look; empty when nothing is in doubt. */
  doubts(): string[];
}

/**
 * Signs heads of the log, each after it has followed the chain from the one before, and never one that contradicts what was
 * signed. Whatever it cannot read or believe, it signs nothing.
 */
export function makeSigner(deps: SignerDeps): Signer {
  const { db, key, memory, places, metrics, log } = deps;
  let signedAt: number | null = null;
  let refusal: string | null = null;
  let trouble: string | null = null;

  async function look(): Promise<void> {
    try {
      const signed = await readSigned();
      const newest = largest(signed);
      const standing = await readStanding(db, signed);
      const sinceSignedMs = signedAt === null ? null : deps.clock() - signedAt;
      const follow = await followChain(db, newest);
      const decision = decideSign({ signed, standing, follow, sinceSignedMs });
      if (decision.kind === 'refuse') return refuse(decision.why);
      refusal = null;
      const head = decision.kind === 'sign' ? decision.head : newest;
      if (head !== null) await keep(head);
      if (decision.kind === 'sign') signedAt = deps.clock();
      trouble = null;
    } catch (error) {
      trouble = error instanceof Error ? error.message : 'unknown';
      if (error instanceof StoreDown) log.warn({ err: error }, 'the signer cannot read the record');
      else if (error instanceof Altered) refuse(error.message);
      else log.error({ err: error }, 'a checkpoint could not be kept');
    } finally {
      metrics.show({ tampered: refusal !== null, troubled: trouble !== null, size: lastKept?.size ?? null });
    }
  }

  let lastKept: Checkpoint | null = null;

  /** Memory first: what others have seen must never be unknown here. Repeated for the same head, it does nothing new. */
  async function keep(head: Checkpoint): Promise<void> {
    const note = signCheckpoint(head, key.verification, key.privateKey);
    memory.put(note, deps.now());
    for (const place of places) place.put(note, deps.now());
    const stored = await addRow(db, head, note, key.verification).catch(asAltered);
    if (stored.chainHash !== head.chainHash)
      throw new Altered(`two different heads of ${head.size} entries were signed`);
    lastKept = head;
  }

  async function readSigned(): Promise<Checkpoint[]> {
    const read = [memory, ...places].map((place) => asAlteredSync(() => place.latest()));
    return [...read, await readLatestRow(db, key.verification).catch(asAltered)].filter((one) => one !== null);
  }

  function refuse(why: string): void {
    if (refusal !== why) log.error({ why }, 'nothing is signed: the log is not the one that was signed');
    refusal = why;
  }

  return {
    look,
    doubts: () => [refusal, trouble].filter((why) => why !== null),
  };
}

/** What stands where a checkpoint was is none of this key. */
class Altered extends Error {
  override readonly name = 'Altered';
}

function asAltered(error: unknown): never {
  if (error instanceof StoreDown) throw error;
  throw new Altered(error instanceof Error ? error.message : 'a checkpoint cannot be read', { cause: error });
}

function asAlteredSync<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return asAltered(error);
  }
}

function largest(checkpoints: readonly Checkpoint[]): Checkpoint | null {
  return checkpoints.reduce<Checkpoint | null>(
    (best, one) => (best === null || one.size > best.size ? one : best),
    null,
  );
}
