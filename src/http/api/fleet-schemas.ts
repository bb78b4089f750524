import { z } from 'zod';
import { Reason } from '../../audit/reason.ts';
import { PausableQueue, SETTINGS, SettingName } from '../../fleet/control.ts';

const time = z.iso.datetime({ precision: 3 });
const reason = Reason.describe('Why; kept on the record.');
const wanted = { by: z.string(), reason: z.string(), since: time };

/** The fleet as it is now, and what operators want of it. */
export const FleetJson = z
  .object({
    warnings: z.array(z.string()).describe('What somebody should know, one line each.'),
    settings: z.array(z.object({ name: z.string(), value: z.number(), ...wanted })),
    freezes: z.array(z.object({ service: z.string().nullable().describe('null = all services.'), ...wanted })),
    budgets: z
      .array(
        z.object({
          budget: z.enum(['run', 'repository', 'day']),
          subject: z.string(),
          tokens: z.object({ used: z.number(), max: z.number().nullable() }),
          usd: z.object({ used: z.number(), max: z.number().nullable() }),
          ratio: z.number(),
        }),
      )
      .describe('Those that have a limit: what is booked and what requests under way may cost.'),
    queues: z.array(
      z.object({
        name: z.string(),
        replicas: z.int().describe('Live replicas that serve it.'),
        waiting: z.int().nullable().describe('null while Redis is out of reach.'),
        active: z.int().nullable(),
        pause: z.object({ cause: z.enum(['operator', 'spend_limit']), ...wanted }).nullable(),
      }),
    ),
    replicas: z.array(
      z.object({
        id: z.string(),
        host: z.string(),
        pid: z.int(),
        version: z.string(),
        stages: z.array(z.string()),
        concurrency: z.int(),
        active: z.int(),
        state: z.enum(['live', 'draining', 'lost']),
        started_at: time,
        last_beat: time,
        clock_offset_ms: z
          .int()
          .nullable()
          .describe(
            'Its clock is at least this far ahead of the database’s, or behind (negative); null: not known yet.',
          ),
      }),
    ),
  })
  .meta({ id: 'Fleet', description: 'Replicas, queues, and what operators set.' });
export type FleetJson = z.infer<typeof FleetJson>;

export const SettingRequest = z
  .strictObject({ name: SettingName, value: SETTINGS.max_concurrent_agents, reason })
  .meta({ id: 'SettingRequest' });
/** `all` stands for every queue that can be paused. */
export const BrakeRequest = z
  .strictObject({
    queue: z
      .string()
      .refine((name) => name !== 'release', 'cannot be paused: that stage makes traffic safe and ends runs')
      .pipe(z.enum([...PausableQueue.options, 'all'])),
    reason,
  })
  .meta({ id: 'BrakeRequest' });
export const FreezeRequest = z
  .strictObject({ service: z.string().min(1).max(40).optional().describe('Left out = all services.'), reason })
  .meta({ id: 'FreezeRequest' });
export const OrderAnswer = z
  .object({
    changed: z.boolean().describe('false when it was so already; nothing was recorded then.'),
    fleet: FleetJson,
  })
  .meta({ id: 'OrderAnswer' });
