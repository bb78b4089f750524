import { z } from 'zod';
import type { MigrationCheck } from '../../delivery/migration-check.ts';

/** What the review said that decides which checks a change owes. Not there or unknown counts as true. */
const Facts = z.object({
  facts: z.object({
    schema_changes_detected: z.boolean().nullable(),
    new_service_integration: z.boolean().nullable(),
  }),
});

export interface Ask {
  readonly code: string;
  readonly text: string;
}

export interface ChecksOwed {
  readonly migrations: 'none' | 'run' | 'undeclared';
  readonly contracts: 'none' | 'undeclared';
}

/** Which of the checks for special kinds of change a change needs, and which of those nobody declared. Pure. */
export function checksOwed(
  review: Record<string, unknown>,
  declared: { readonly migrations: boolean; readonly contracts: number },
): ChecksOwed {
  const parsed = Facts.safeParse(review);
  const schema = parsed.data?.facts.schema_changes_detected ?? true;
  const integration = parsed.data?.facts.new_service_integration ?? true;
  const migrations = declared.migrations ? 'run' : 'undeclared';
  return {
    migrations: schema ? migrations : 'none',
    contracts: integration && declared.contracts === 0 ? 'undeclared' : 'none',
  };
}

/** What a person decides: what failed always; what nobody declared unless a person already let the change through its review. */
export function decideAsks(
  owed: ChecksOwed,
  migration: MigrationCheck | null,
  approvedInReview: boolean,
): readonly Ask[] {
  const asks: Ask[] = [];
  if (owed.migrations === 'run' && migration?.outcome !== 'passed')
    asks.push({
      code: migration?.outcome === 'failed' ? 'migration_failed' : 'migration_not_run',
      text: migration?.text ?? 'the migrations were not tried',
    });
  if (approvedInReview) return asks;
  if (owed.migrations === 'undeclared')
    asks.push({
      code: 'migration_undeclared',
      text: 'the database schema changes, and the service declares no migrations (up and down), so they were not tried',
    });
  if (owed.contracts === 'undeclared')
    asks.push({
      code: 'contracts_undeclared',
      text: 'an outside service is used that was not used before, and the service declares no staging.contracts to test it by',
    });
  return asks;
}
