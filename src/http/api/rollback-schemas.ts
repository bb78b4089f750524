import { z } from 'zod';
import { Reason } from '../../audit/reason.ts';

const time = z.iso.datetime({ precision: 3 });

export const RollbackRequest = z
  .strictObject({ reason: Reason.describe('Why; kept on the record.') })
  .meta({ id: 'RollbackRequest' });

export const RollbackAnswer = z
  .object({
    id: z.string().describe('Also the id of its record: GET /v1/audit?run=<id>.'),
    run_id: z.string().describe('The run whose release is taken back.'),
    service: z.string(),
    status: z.enum(['ordered', 'done', 'failed']),
    waiting_for: z.string().nullable().describe('What it waits for, or why it failed.'),
    ordered_by: z.string(),
    reason: z.string(),
    created_at: time,
    finished_at: time.nullable(),
  })
  .meta({ id: 'Rollback', description: 'An order to put the previous version of a service back.' });
export type RollbackAnswer = z.infer<typeof RollbackAnswer>;
