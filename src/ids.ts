import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** A full git object name, 40 lower-case hex digits. Abbreviated names are refused: they can become ambiguous. */
export const Sha = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'must be a full commit sha: 40 lower-case hex digits')
  .brand('Sha');
export type Sha = z.infer<typeof Sha>;

/** The id of a run: a W3C trace id, so that logs, traces and the record share one key. */
export const RunId = z
  .string()
  .regex(/^(?!0{32})[0-9a-f]{32}$/, 'must be a run id: 32 lower-case hex digits')
  .brand('RunId');
export type RunId = z.infer<typeof RunId>;

/** Lower-case hex of a SHA-256: the name of a blob, a policy, an artifact. */
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a sha-256: 64 lower-case hex digits')
  .brand('Digest');
export type Digest = z.infer<typeof Digest>;

export function newRunId(random: (size: number) => Buffer = randomBytes): RunId {
  return RunId.parse(random(16).toString('hex'));
}

export function digestOf(bytes: string | Uint8Array): Digest {
  return Digest.parse(createHash('sha256').update(bytes).digest('hex'));
}
