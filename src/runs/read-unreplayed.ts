import type { Kysely } from 'kysely';
import type { SlipwayFile } from '../config/schema.ts';
import { Digest } from '../ids.ts';
import type { DecidedRun } from '../policy/decided-run.ts';
import { unreplayedParts } from '../policy/unreplayed.ts';
import { getBlob } from '../store/blobs.ts';
import type { Database } from '../store/tables.ts';

export interface Unreplayed {
  readonly part: string;
  /** How many of the runs were reviewed under another value of it. */
  readonly runs: number;
}

/** What a replay of these runs cannot try of another policy, from the policies that their reviews name. @throws {StoreDown} */
export async function readUnreplayed(
  db: Kysely<Database>,
  runs: readonly DecidedRun[],
  other: SlipwayFile,
): Promise<Unreplayed[]> {
  const texts = new Map<string, string>();
  for (const hash of new Set(runs.map(({ policy_hash }) => policy_hash ?? ''))) {
    const digest = Digest.safeParse(hash);
    const blob = digest.success ? await getBlob(db, digest.data) : null;
    if (blob !== null) texts.set(hash, blob.toString('utf8'));
  }
  const counts = new Map<string, number>();
  for (const { policy_hash, service } of runs)
    for (const part of unreplayedParts(texts.get(policy_hash ?? '') ?? '', other, service))
      counts.set(part, (counts.get(part) ?? 0) + 1);
  return [...counts].map(([part, n]) => ({ part, runs: n }));
}
