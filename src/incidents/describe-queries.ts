import type { DeliverySettings } from '../config/delivery-schema.ts';
import { fillTemplate } from '../delivery/prometheus/query-template.ts';

/** How the counters of both arms were asked for, so that whoever reads the report can ask again. Pure. */
export function describeQueries(
  delivery: DeliverySettings,
  versions: { readonly production: string | null; readonly canary: string | null },
): string[] {
  if (delivery.kind === 'local') return ['local target: counters of its own proxy, for each version'];
  const { metrics } = delivery;
  switch (metrics.kind) {
    case 'command':
      return [`command: ${metrics.command.join(' ')}`];
    case 'haproxy':
      return ['haproxy: show info', 'haproxy: show stat -1 4 -1', `haproxy: show table ${metrics.latency_table}`];
    case 'prometheus': {
      const { arms, up, total, errors, successes, error_kinds, buckets } = metrics;
      const templates = [up, total, errors, successes, error_kinds, buckets].filter((each) => each !== undefined);
      return (['production', 'canary'] as const).flatMap((arm) =>
        templates.map((each) => fillTemplate(each, { arm: arms[arm], version: versions[arm] ?? 'unknown' })),
      );
    }
  }
}
