import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import type { Database } from '../store/tables.ts';

/** What acting on runs needs: the record, the stores beside it, and what the operator configured. */
export interface RunDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
}

/** The same for work that nobody asked for, and whose failures nobody else would tell. */
export interface SweepDeps extends RunDeps {
  readonly log: Logger;
}
