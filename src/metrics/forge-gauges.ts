import { type Kysely, sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../store/tables.ts';

/** How well the forge's open pull requests are known; nothing where none are watched. */
export function makeForgeGauges(
  registry: Registry,
  db: Kysely<Database>,
  repos: readonly string[],
): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
  const age = new Gauge({
    name: 'slipway_forge_poll_age_seconds',
    help: 'Since the open pull requests of the repository were last compared with the runs. Lost deliveries are not found meanwhile.',
    labelNames: ['repo'],
    registers,
  });
  const found = new Gauge({
    name: 'slipway_forge_poll_found',
    help: 'Runs that were started or stopped by the poll since the watch began, because no delivery had come.',
    labelNames: ['repo'],
    registers,
  });
  return {
    async read() {
      if (repos.length === 0) return;
      const rows = await db
        .selectFrom('slipway.forge_polls')
        .select(['repo', 'found'])
        .select(sql<number>`extract(epoch from clock_timestamp() - coalesce(ok_at, watched_since))::float8`.as('age'))
        .where('repo', 'in', repos)
        .execute();
      for (const row of rows) {
        age.set({ repo: row.repo }, row.age);
        found.set({ repo: row.repo }, Number(row.found));
      }
    },
    reset() {
      age.reset();
      found.reset();
    },
  };
}
