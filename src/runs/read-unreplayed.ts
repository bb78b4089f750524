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

/** How many runs of each service were reviewed under each policy. */
export function makePolicyCounts() {
  const counts = new Map<string, ReviewedUnder>();
  return {
    add({ policy_hash, service }: Pick<DecidedRun, 'policy_hash' | 'service'>): void {
      const key = `${policy_hash} ${service}`;
      counts.set(key, { policy_hash, service, runs: (counts.get(key)?.runs ?? 0) + 1 });
    },
    result: (): readonly ReviewedUnder[] => [...counts.values()],
  };
}

interface ReviewedUnder {
  readonly policy_hash: string | null;
  readonly service: string;
  readonly runs: number;
}

/** What a replay of these runs cannot try of another policy, from the policies that their reviews name. @throws {StoreDown} */
export async function readUnreplayed(
  db: Kysely<Database>,
  reviewed: readonly ReviewedUnder[],
  other: SlipwayFile,
): Promise<Unreplayed[]> {
  const texts = new Map<string, string>();
  for (const hash of new Set(reviewed.map(({ policy_hash }) => policy_hash ?? ''))) {
    const digest = Digest.safeParse(hash);
    const blob = digest.success ? await getBlob(db, digest.data) : null;
    if (blob !== null) texts.set(hash, blob.toString('utf8'));
  }
  const counts = new Map<string, number>();
  for (const { policy_hash, service, runs } of reviewed)
    for (const part of unreplayedParts(texts.get(policy_hash ?? '') ?? '', other, service))
      counts.set(part, (counts.get(part) ?? 0) + runs);
  return [...counts].map(([part, runs]) => ({ part, runs }));
}
