import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { formatVerificationKey, parseVerificationKey, type VerificationKey } from '../audit/signed-note.ts';
import { InputError } from '../errors.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly verification: VerificationKey;
}

/** Makes both files, never over one that is there: `file` (PKCS8, 0400) and `file`.vkey, whose text it returns. @throws {InputError} */
export function makeSigningKey(file: string, name: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const vkey = formatVerificationKey(name, publicKey);
  writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o400);
  writeNew(`${file}.vkey`, `${vkey}\n`, 0o444);
  return vkey;
}

/**
 * The key, only where nobody but its owner may read it and the verification key beside it is its own.
 * @throws {InputError} naming what to change.
 */
export function readSigningKey(file: string): SigningKey {
  const { text, ...held } = readWithMode(file);
  const { mode } = held;
  if (!isPrivate(held, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }))
    throw refuse(`${file} may be read by others (mode ${(mode & 0o777).toString(8)})`, `chmod 0400 ${file}`);
  const verification = parseVerificationKey(readWithMode(`${file}.vkey`).text);
  const privateKey = parseKey(text);
  if (privateKey?.asymmetricKeyType !== 'ed25519')
    throw refuse(`${file} is no Ed25519 key in PKCS8`, 'make one with `slipway audit keygen`');
  if (
    verification === null ||
    formatVerificationKey(verification.name, createPublicKey(privateKey)) !==
      formatVerificationKey(verification.name, verification.key)
  )
    throw refuse(`${file}.vkey is not the verification key of ${file}`, 'keep the two files that keygen made together');
  return { privateKey, verification };
}

/**
 * Whether nobody but who runs this process, and root, may read the file. Kubernetes mounts a secret as root's, readable by
 * the pod's own group: that is nobody else either. Pure.
 */
export function isPrivate(
  file: { readonly mode: number; readonly uid: number; readonly gid: number },
  self: { readonly uid: number; readonly gid: number },
): boolean {
  if ((file.mode & 0o077) === 0) return true;
  return self.uid !== 0 && file.uid === 0 && file.gid === self.gid && (file.mode & 0o037) === 0;
}

function readWithMode(file: string): { text: string; mode: number; uid: number; gid: number } {
  try {
    const handle = openSync(file, 'r');
    try {
      const { mode, uid, gid } = fstatSync(handle);
      return { text: readFileSync(handle, 'utf8'), mode, uid, gid };
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw refuse(`${file} cannot be read (${codeOf(error)})`, 'make a key with `slipway audit keygen`');
  }
}

function parseKey(text: string): KeyObject | null {
  try {
    return createPrivateKey(text);
  } catch {
    return null;
  }
}

function writeNew(file: string, text: string, mode: number): void {
  try {
    const handle = openSync(file, 'wx', mode);
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const fix =
      codeOf(error) === 'EEXIST' ? 'name another file: a key is never written over' : 'name a file that can be made';
    throw refuse(`${file} cannot be written (${codeOf(error)})`, fix);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

function refuse(problem: string, fix: string): InputError {
  return new InputError([{ field: '--key', problem, fix }]);
}
