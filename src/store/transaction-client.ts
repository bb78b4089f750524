import { Kysely, PostgresAdapter, PostgresDialect } from 'kysely';
import type pg from 'pg';

/** The transaction is ours and so is the lock: kysely's migrator neither opens the one nor takes the other. */
class BorrowedAdapter extends PostgresAdapter {
  override get supportsTransactionalDdl(): boolean {
    return false;
  }
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class BorrowedDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new BorrowedAdapter();
  }
}

/**
 * A kysely instance over one connection on which a transaction is already open: all that runs through it, kysely's
 * migrator included, is part of that transaction. It owns nothing and needs no closing.
 */
export function kyselyInTransaction(client: pg.Client): Kysely<unknown> {
  const borrowed = { query: client.query.bind(client), release: () => {} };
  const pool = { connect: async () => borrowed, end: async () => {} };
  return new Kysely({ dialect: new BorrowedDialect({ pool }) });
}
