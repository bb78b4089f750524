import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { Digest } from '../ids.ts';
import type { Database } from '../store/tables.ts';

export interface ArtifactDeps {
  readonly db: Kysely<Database>;
  readonly artifactsDir: string;
  /** Digests of every version that a delivery target runs. @throws when a target cannot say. */
  readonly deployed: () => Promise<readonly string[]>;
}

/**
 * Removes laid-out merges that were not used since `before`, that no run in flight names and that no target runs. They are a
 * cache: who needs one again makes it from the same commits. If a target cannot say what it runs, nothing is removed.
 */
export async function collectArtifacts({ db, artifactsDir, deployed }: ArtifactDeps, before: Date): Promise<number> {
  const names = (await readdir(artifactsDir).catch(() => [])).filter((name) => Digest.safeParse(name).success);
  if (names.length === 0) return 0;
  const kept = new Set([...(await deployed()), ...(await readLive(db))]);
  let removed = 0;
  for (const name of names) {
    if (kept.has(name)) continue;
    const path = join(artifactsDir, name);
    const info = await stat(path).catch(() => null);
    if (info === null || info.mtimeMs >= before.getTime()) continue;
    await rm(path, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

async function readLive(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('slipway.runs').select('artifact').where('status', '!=', 'finished').execute();
  return rows.flatMap(({ artifact }) => artifact ?? []);
}
