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

  /**
   * Each text is prepared once for each connection: the server then parses and plans it once. After a migration changed
   * what a prepared statement returns the server refuses it. Outside of a transaction it is then sent as it is; a
   * transaction has failed with it, and comes again on another connection.
   */
  async #send(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    const name = statementName(text);
    if (name === undefined) return this.#client.query(text, [...parameters]);
    try {
      return await this.#client.query({ name, text, values: [...parameters] });
    } catch (error) {
      if (!isPlanOutdated(error)) throw error;
      // Its plans are of another schema: no later statement should meet them.
      this.#lost = error;
      return await this.#client.query(text, [...parameters]).catch((again: unknown) => {
        throw isTransactionFailed(again) ? new StoreDown('postgres', { cause: error }) : again;
      });
    }
  }

  async #run<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#lost) throw new StoreDown('postgres', { cause: this.#lost });
    try {
      const result = await this.#send(text, parameters);
      return { command: commandOf(result.command), rowCount: result.rowCount ?? 0, rows: result.rows };
    } catch (error) {
      if (isConnectionLost(error)) this.#lost ??= error instanceof Error ? error : new Error(String(error));
      throw toStoreError(error);
    }
  }
}

/** Statements differ by a handful of shapes; a bound in case one ever does not. */
const MAX_STATEMENTS = 500;
const statements = new Map<string, string>();

function statementName(text: string): string | undefined {
  const known = statements.get(text);
  if (known !== undefined || statements.size >= MAX_STATEMENTS || TRANSACTION.test(text)) return known;
  const name = `slipway_${statements.size}`;
  statements.set(text, name);
  return name;
}

const TRANSACTION = /^(begin|start|commit|rollback|savepoint|release|set)\b/i;

/** "current transaction is aborted" */
function isTransactionFailed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '25P02';
}

/** "cached plan must not change result type" */
function isPlanOutdated(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === '0A000';
}

/** kysely asks only whether a statement wrote rows; every other command tag is a read to it. */
function commandOf(tag: string): PostgresQueryResult<unknown>['command'] {
  return tag === 'UPDATE' || tag === 'DELETE' || tag === 'INSERT' || tag === 'MERGE' ? tag : 'SELECT';
}
