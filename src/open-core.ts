import type { AuditLog } from './audit/audit-log.ts';
import { makeAuditLog } from './audit/make-audit-log.ts';
import { makeAuditLogger } from './audit/make-audit-logger.ts';
import { readVersion } from './audit/read-version.ts';
import type { Config } from './config/config.ts';
import { InputError } from './errors.ts';
import type { Logger } from './log.ts';
import { openQueues, type Queues } from './queues/connections.ts';
import { assertSafeRole } from './store/assert-safe-role.ts';
import { type Db, openDatabase } from './store/open-database.ts';
import { assertSchemaFits } from './store/schema-version.ts';

/** What server and workers share: the record, the queues, and the certainty that the role cannot rewrite the record. */
export interface Core {
  readonly db: Db;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly redisUrl: string;
  readonly close: () => Promise<void>;
}

/**
 * @throws {InputError} naming the missing variable. {PermanentFailure} when the schema is old or the role is too powerful:
 * then nothing starts.
 */
export async function openCore(config: Config, log: Logger): Promise<Core> {
  const { redisUrl, databaseUrl } = config.env;
  if (redisUrl === undefined || databaseUrl === undefined) {
    const field = redisUrl === undefined ? 'REDIS_URL' : 'DATABASE_URL';
    throw new InputError([
      { field, problem: 'is not set', fix: 'set it, or run `slipway up`, which brings its own stores' },
    ]);
  }
  const database = openDatabase(databaseUrl, { poolSize: 10, log });
  try {
    await assertSchemaFits(database.db);
    await assertSafeRole(database.db);
  } catch (error) {
    await database.close();
    throw error;
  }
  const queues = openQueues(redisUrl, log);
  const audit = makeAuditLog({
    db: database.db,
    config: { profile: config.profile },
    requiredFields: config.audit.required_fields,
    version: readVersion(),
    now: () => new Date(),
    auditLogger: makeAuditLogger(config.env.auditLogDestination, log),
    log,
  });
  return {
    db: database.db,
    audit,
    queues,
    redisUrl,
    async close() {
      await queues.close();
      await database.close();
    },
  };
}
