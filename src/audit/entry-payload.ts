import { type Digest, digestOf } from '../ids.ts';
import { canonicalJson, NotCanonical } from './canonical-json.ts';
import { Entry } from './entry.ts';
import { EntryRefused } from './entry-refused.ts';
import { sanitiseJson } from './safe-text.ts';

const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
/** Of a payload that became a blob the entry keeps this much. */
const KEPT_BYTES = 4_096;
const KEPT_TEXT = 200;

export interface SafePayload {
  readonly value: Entry['payload'];
  /** Canonical text of `value`. */
  readonly text: string;
  readonly sanitised: boolean;
}

/**
 * A payload that can be recorded: every string in it made safe, every value a JSON value.
 * @throws {EntryRefused} naming the place in the payload.
 */
export function makePayloadSafe(payload: Record<string, unknown>): SafePayload {
  const { value, changed } = sanitiseJson(payload);
  try {
    const text = canonicalJson(value);
    // What has a canonical text is a JSON value, and what begins with a brace is an object.
    if (!text.startsWith('{')) throw new NotCanonical('$: is no object');
    if (Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES)
      return { value: value as Entry['payload'], text, sanitised: changed };
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    throw new EntryRefused([{ field: 'payload', problem: error.message }], { cause: error });
  }
  throw new EntryRefused([{ field: 'payload', problem: `is larger than ${MAX_PAYLOAD_BYTES} bytes` }]);
}

export interface SpilledPayload {
  readonly digest: Digest;
  readonly text: string;
}

/**
 * What stands in the entry when the whole payload is a blob: `blob` and `bytes`, and beside them its short top-level
 * facts (a route, a score, a verdict), so that who reads the entry alone can still act on it.
 */
export function spillPayload(payload: SafePayload): { spilled: SpilledPayload; standIn: Entry['payload'] } {
  const spilled = { digest: digestOf(payload.text), text: payload.text };
  const kept: [string, unknown][] = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(payload.value)) {
    if (typeof value === 'object' && value !== null) continue;
    if (typeof value === 'string' && value.length > KEPT_TEXT) continue;
    const size = Buffer.byteLength(canonicalJson({ [name]: value }));
    if (bytes + size > KEPT_BYTES) continue;
    bytes += size;
    kept.push([name, value]);
  }
  const facts = { ...Object.fromEntries(kept), blob: spilled.digest, bytes: Buffer.byteLength(payload.text) };
  return { spilled, standIn: Entry.shape.payload.parse(facts) };
}
