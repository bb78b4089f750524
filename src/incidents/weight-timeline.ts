import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import type { WeightChange } from './incident.ts';

const PREFIX = 'canary_weight.';
const Payload = z.object({ pct: z.number() });

/** When the canary's share was changed, from the intents and outcomes on the record. `trafficAt` is second 0. Pure. */
export function readWeights(entries: readonly Recorded[], trafficAt: Date | null): WeightChange[] {
  return entries.flatMap(({ entry }) => {
    const payload = Payload.safeParse(entry.payload);
    if (!entry.event.startsWith(PREFIX) || !payload.success) return [];
    const phase = z.enum(['intended', 'completed', 'failed', 'unknown']).parse(entry.event.slice(PREFIX.length));
    const elapsed = trafficAt === null ? 0 : (Date.parse(entry.timestamp) - trafficAt.getTime()) / 1000;
    const change = { at: entry.timestamp, elapsed_s: Math.round(elapsed * 1000) / 1000, phase, why: entry.rationale };
    return [{ ...change, pct: payload.data.pct }];
  });
}

/** When the canary first had its share, read back; null when it never had. */
export function findTrafficAt(entries: readonly Recorded[]): Date | null {
  const first = entries.find(({ entry }) => {
    const payload = Payload.safeParse(entry.payload);
    return entry.event === 'canary_weight.completed' && payload.success && payload.data.pct > 0;
  });
  return first === undefined ? null : new Date(first.entry.timestamp);
}
