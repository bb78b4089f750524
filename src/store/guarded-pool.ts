import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { StoreDown } from '../errors.ts';
import { isConnectionLost, mapStoreErrors, toStoreError } from './store-errors.ts';

/** The pool as kysely sees it: every connection and every statement passes here, so this is where errors are translated. */
export function makeGuardedPool(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => new GuardedClient(await mapStoreErrors(() => pool.connect())),
    end: () => pool.end(),
  };
}

/**
 * One borrowed connection. It is healthy until a statement loses it; from then on every statement fails at once and the
 * release destroys it. (A statement that timed out on our side still waits for its answer: the connection must not be
 * handed out again, and the rollback of its transaction must not queue behind it.)
 */
class GuardedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  #lost: Error | undefined;

  constructor(client: pg.PoolClient) {
    this.#client = client;
    // The pool listens only while nobody has it: between two statements the loss of a borrowed one would end the process.
    client.on('error', this.#onLost);
  }

  readonly #onLost = (error: Error): void => {
    this.#lost ??= error;
  };

  query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    text: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new TypeError('cursors are not supported: read in pages by key');
    return this.#run<R>(text, parameters);
  }

  release(): void {
    this.#client.release(this.#lost);
    this.#client.off('error', this.#onLost);
  }

  async #run<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#lost) throw new StoreDown('postgres', { cause: this.#lost });
    try {
      const result = await this.#client.query(text, [...parameters]);
      return { command: commandOf(result.command), rowCount: result.rowCount ?? 0, rows: result.rows };
    } catch (error) {
      if (isConnectionLost(error)) this.#lost = error instanceof Error ? error : new Error(String(error));
      throw toStoreError(error);
    }
  }
}

/** kysely asks only whether a statement wrote rows; every other command tag is a read to it. */
function commandOf(tag: string): PostgresQueryResult<unknown>['command'] {
  return tag === 'UPDATE' || tag === 'DELETE' || tag === 'INSERT' || tag === 'MERGE' ? tag : 'SELECT';
}
