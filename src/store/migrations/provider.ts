import type { Migration, MigrationProvider } from 'kysely';
import { tables } from './0001-tables.ts';
import { auditLog } from './0002-audit-log.ts';
import { fleet } from './0003-fleet.ts';
import { appendBatch } from './0004-append-batch.ts';
import { people } from './0008-people.ts';
import { deliveryEffects } from './0009-delivery-effects.ts';

/** Every migration by name, in order. Names are never changed and none is removed: the database remembers them. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-tables': { up: tables },
  '0002-audit-log': { up: auditLog },
  '0003-fleet': { up: fleet },
  '0004-append-batch': { up: appendBatch },
  '0009-delivery-effects': { up: deliveryEffects },
  '0008-people': { up: people },
};

export const migrationNames: readonly string[] = Object.keys(migrations).toSorted();

export const migrationProvider: MigrationProvider = {
  getMigrations: async () => ({ ...migrations }),
};
