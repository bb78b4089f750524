import type { KeyObject } from 'node:crypto';
import { openNote, signNote, type VerificationKey } from './signed-note.ts';
import type { LogHead } from './verify.ts';

/** A signed head of the log: how many entries there are, and the chain hash of the last one. */
export interface Checkpoint {
  readonly size: bigint;
  /** Hex. */
  readonly chainHash: string;
}

const BODY = /^(\S+)\n([1-9]\d{0,18})\n([A-Za-z0-9+/]{43}=)\n$/;

/** Three lines: name of the log, number of entries, chain hash in base64. The same head gives the same bytes. */
export function signCheckpoint({ size, chainHash }: Checkpoint, key: VerificationKey, privateKey: KeyObject): string {
  const hash = Buffer.from(chainHash, 'hex').toString('base64');
  return signNote(`${key.name}\n${size}\n${hash}\n`, key, privateKey);
}

/** Null unless it is a checkpoint of this log under this key's signature. */
export function openCheckpoint(note: string, key: VerificationKey): Checkpoint | null {
  const [, name, size = '', hash = ''] = BODY.exec(openNote(note, key) ?? '') ?? [];
  if (name !== key.name) return null;
  return { size: BigInt(size), chainHash: Buffer.from(hash, 'base64').toString('hex') };
}

/** The entry that the log must hold where the checkpoint is right. */
export function headOf({ size, chainHash }: Checkpoint): LogHead {
  return { seq: String(size - 1n), chainHash };
}
