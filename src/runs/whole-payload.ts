import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { PermanentFailure } from '../errors.ts';
import { Digest } from '../ids.ts';
import { getJsonBlob } from '../store/blobs.ts';
import type { Database } from '../store/tables.ts';

const Payload = z.record(z.string(), z.json());
const StandIn = z.looseObject({ blob: Digest, bytes: z.int() });

/** The blob that an entry's payload is, where it was too large for the entry. */
export function payloadBlob({ entry }: Pick<Recorded, 'entry'>): Digest | null {
  const standIn = StandIn.safeParse(entry.payload);
  return standIn.success ? standIn.data.blob : null;
}

/**
 * The payload of an entry, from its blob where it was too large for the entry itself. Whoever reads a list out of a payload
 * asks here: in the entry alone a long list is not there, which is not the same as empty.
 * @throws {PermanentFailure} BLOB_MISSING. {StoreDown}.
 */
export async function wholePayload(db: Kysely<Database>, recorded: Recorded): Promise<Record<string, unknown>> {
  const blob = payloadBlob(recorded);
  if (blob === null) return recorded.entry.payload;
  const whole = await getJsonBlob(db, blob, Payload);
  if (whole === null)
    throw new PermanentFailure('BLOB_MISSING', `the payload of entry ${recorded.receipt.seq} is not in the store`);
  return whole;
}
