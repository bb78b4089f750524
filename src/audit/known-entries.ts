import { deepFreeze } from '../config/deep-freeze.ts';
import { Entry } from './entry.ts';

/** Bound of what is kept, in UTF-16 units of text; what was read longest ago goes first. */
const MAX_CHARS = 8 * 1024 * 1024;
/** One that is as large as this is cheap to parse against what it costs to keep. */
const MAX_ENTRY_CHARS = 128 * 1024;

/**
 * Entries by the text they were read from. Each stage of a run reads its whole record, and an entry never changes: the same
 * text is the same entry. The text itself is the key, so that a row that was tampered with is never taken for the one before.
 */
const known = new Map<string, Entry>();
let chars = 0;

/** The entry that a text holds, parsed once while it is remembered. @throws {SyntaxError | ZodError} */
export function parseEntry(body: string): Entry {
  const found = known.get(body);
  if (found === undefined) return remember(body, Entry.parse(JSON.parse(body)));
  // Again the youngest.
  known.delete(body);
  known.set(body, found);
  return found;
}

/** Of an entry and the text that was made of it. Many callers get the same object: it is frozen. */
export function remember(body: string, entry: Entry): Entry {
  const frozen = deepFreeze(entry);
  if (body.length > MAX_ENTRY_CHARS || known.has(body)) return frozen;
  known.set(body, frozen);
  chars += body.length;
  for (const oldest of known.keys()) {
    if (chars <= MAX_CHARS) break;
    known.delete(oldest);
    chars -= oldest.length;
  }
  return frozen;
}
