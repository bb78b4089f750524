import type { ArmTotals } from '../agents/incident-request.ts';
import type { Incident } from './incident.ts';

/** What an arm did from the first to the last look at it. */
export function totalOf({ series, numbers, cause }: Incident, arm: 'canary' | 'control'): ArmTotals {
  const sum = (of: 'requests' | 'errors' | 'slow') => series.reduce((total, point) => total + point[arm][of], 0);
  const requests = sum('requests');
  const rate = (part: number) => (requests === 0 ? 0 : part / requests);
  return {
    requests,
    errors: sum('errors'),
    error_rate: rate(sum('errors')),
    slow: sum('slow'),
    slow_rate: rate(sum('slow')),
    p99_ms: numbers[`${arm}_p99_ms`] ?? null,
    up: arm === 'control' || cause !== 'canary_down',
  };
}
