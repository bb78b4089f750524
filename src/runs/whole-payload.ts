import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { PermanentFailure } from '../errors.ts';
import { Digest } from '../ids.ts';
import { getJsonBlob } from '../store/blobs.ts';
import type { Database } from '../store/tables.ts';

const StandIn = z.looseObject({ blob: Digest, bytes: z.int() });

/**
 * The payload of an entry, from its blob where it was too large for the entry itself. Whoever reads a list out of a payload
 * asks here: in the entry alone a long list is not there, which is not the same as empty.
 * @throws {PermanentFailure} BLOB_MISSING. {StoreDown}.
 */
export async function wholePayload(
  db: Kysely<Database>,
  { entry, receipt }: Recorded,
): Promise<Record<string, unknown>> {
  const standIn = StandIn.safeParse(entry.payload);
  if (!standIn.success) return entry.payload;
  const whole = await getJsonBlob(db, standIn.data.blob, z.record(z.string(), z.json()));
  if (whole === null)
    throw new PermanentFailure('BLOB_MISSING', `the payload of entry ${receipt.seq} is not in the store`);
  return whole;
}
