import type { KyselyPlugin } from 'kysely';
import type { Db } from '../../src/store/open-database.ts';

/** The same database, and how many statements were answered through it so far. */
export function countStatements(db: Db): { db: Db; answered: () => number } {
  let count = 0;
  const counter: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      count += 1;
      return result;
    },
  };
  return { db: db.withPlugin(counter), answered: () => count };
}
