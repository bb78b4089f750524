import type { Kysely } from 'kysely';
import type { Config } from '../config/config.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import type { Database } from '../store/tables.ts';

export interface JanitorDeps {
  readonly db: Kysely<Database>;
  readonly queues: Queues;
  readonly config: Config;
  readonly log: Logger;
  /** Aborted when the replica drains. */
  readonly signal: AbortSignal;
}
