import type { Kysely } from 'kysely';
import { collectMirrors, type Mirrors } from '../change/collect-mirrors.ts';
import type { Config } from '../config/config.ts';
import { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/tables.ts';
import { everyHour } from './every-hour.ts';

const DAY_MS = 24 * 3_600_000;

export interface MirrorJanitorDeps {
  readonly db: Kysely<Database>;
  readonly mirrors: Mirrors;
  readonly config: Pick<Config, 'services' | 'retention'>;
  readonly log: Logger;
}

/** In each process that reads repositories, for its own data directory; several that share one find it done. */
export function startMirrorJanitor(deps: MirrorJanitorDeps): { readonly close: () => Promise<void> } {
  const { db, mirrors, config, log } = deps;
  const stopping = new AbortController();
  async function work(): Promise<void> {
    const now = Date.now();
    const unusedMs = config.retention.mirrors_days * DAY_MS;
    await collectMirrors(mirrors, {
      repositories: Object.values(config.services).map(({ repository }) => repository),
      needed: await readNeededCommits(db, new Date(now - unusedMs)),
      now,
      unusedMs,
      signal: stopping.signal,
      log,
    });
  }
  const hourly = everyHour(
    () =>
      work().catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      }),
    'mirrors grow: which commits are in use could not be read',
    log,
  );
  return {
    async close() {
      stopping.abort();
      await hourly.close();
    },
  };
}

/** What runs name that are under way or ended after `since`. */
export async function readNeededCommits(db: Kysely<Database>, since: Date): Promise<Set<Sha>> {
  const rows = await db
    .selectFrom('slipway.runs')
    .select(['head_sha', 'target_sha', 'base_sha', 'merge_sha'])
    .where((where) => where.or([where('finished_at', 'is', null), where('finished_at', '>=', since)]))
    .execute();
  const named = rows.flatMap((row) => [row.head_sha, row.target_sha, row.base_sha, row.merge_sha]);
  return new Set(named.flatMap((sha) => (sha === null ? [] : [Sha.parse(sha)])));
}
