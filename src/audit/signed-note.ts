import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * Signed notes with Ed25519 after C2SP signed-note: a text, an empty line, and lines `— <name> <base64(key id || signature)>`.
 * Source: c2sp.org/signed-note.
 */
export interface VerificationKey {
  /** Of the log; the first line of what it signs. */
  readonly name: string;
  /** Eight hex digits. */
  readonly id: string;
  readonly key: KeyObject;
}

const ALGORITHM = Buffer.of(1);
const NAME = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,99}$/;
const VKEY = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;

export function isLogName(name: string): boolean {
  return NAME.test(name);
}

/** `<name>+<key id>+<base64>`, as other tools of signed notes read it. */
export function formatVerificationKey(name: string, publicKey: KeyObject): string {
  const raw = rawKey(publicKey);
  return `${name}+${keyId(name, raw)}+${Buffer.concat([ALGORITHM, raw]).toString('base64')}`;
}

/** Null where it is none of Ed25519, or its id is not that of its name and key. */
export function parseVerificationKey(text: string): VerificationKey | null {
  const [, name, id, encoded] = VKEY.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isLogName(name)) return null;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== ALGORITHM[0]) return null;
  const raw = bytes.subarray(1);
  if (keyId(name, raw) !== id) return null;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  return { name, id, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** @param text ends in a line feed. */
export function signNote(text: string, { name, id }: VerificationKey, privateKey: KeyObject): string {
  const signature = Buffer.concat([Buffer.from(id, 'hex'), sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** The text that this key has signed; null where it has not, or not this. Signatures of other keys are passed over. */
export function openNote(note: string, { name, id, key }: VerificationKey): string | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  for (const line of lines) {
    const [, signer, encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    if (signer === undefined) return null;
    const bytes = Buffer.from(encoded, 'base64');
    // Base64 has bits that mean nothing: there is one spelling, so that a checkpoint is the same bytes everywhere.
    if (bytes.toString('base64') !== encoded) return null;
    if (signer !== name || bytes.subarray(0, 4).toString('hex') !== id) continue;
    return verify(null, Buffer.from(text), key, bytes.subarray(4)) ? text : null;
  }
  return null;
}

function keyId(name: string, raw: Buffer): string {
  return createHash('sha256').update(`${name}\n`).update(ALGORITHM).update(raw).digest('hex').slice(0, 8);
}

function rawKey(publicKey: KeyObject): Buffer {
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
