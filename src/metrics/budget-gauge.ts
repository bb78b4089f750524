import type { Kysely } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import { readBudgets } from '../agents/read-budgets.ts';
import type { Budgets } from '../config/schema.ts';
import type { Database } from '../store/tables.ts';

/** How near model calls are to what they may cost. One series for each kind of budget, so that labels stay few. */
export function makeBudgetGauge(
  registry: Registry,
  db: Kysely<Database>,
  budgets: Budgets,
): { read(): Promise<void>; reset(): void } {
  const used = new Gauge({
    name: 'slipway_budget_used_ratio',
    help: 'Used share of the fullest budget of its kind (run, repository, day); 0 when none of that kind is set.',
    labelNames: ['budget'],
    registers: [registry],
  });
  return {
    async read() {
      const uses = await readBudgets(db, budgets);
      for (const budget of ['run', 'repository', 'day'] as const)
        used.set({ budget }, uses.find((use) => use.budget === budget)?.ratio ?? 0);
    },
    reset: () => used.reset(),
  };
}
