/** What GitHub says about its limits, as it came: each may be missing or nonsense. */
export interface LimitHeaders {
  readonly retryAfter: string | null;
  readonly remaining: string | null;
  /** Unix time in seconds. */
  readonly reset: string | null;
}

const MIN_WAIT_MS = 60_000;
/** GitHub's window is an hour. A header that says more must not switch the poll off. */
const MAX_WAIT_MS = 2 * 3_600_000;

/**
 * Until when nothing may be asked, from one answer; null = no limit was met. `retry-after` comes first, then the reset of an
 * exhausted quota; 429 without either means a minute. A 403 without either is a refusal and no limit.
 * Source: docs.github.com, "Rate limits for the REST API".
 */
export function limitedUntil(status: number, headers: LimitHeaders, now: Date): Date | null {
  const exhausted = headers.remaining === '0';
  const refused = status === 403 || status === 429;
  if (!refused && !exhausted) return null;
  const told = refused ? parseRetryAfter(headers.retryAfter, now) : null;
  if (told !== null) return bounded(told, now);
  if (exhausted) return bounded(parseReset(headers.reset) ?? now.getTime(), now);
  return status === 429 ? bounded(now.getTime(), now) : null;
}

/** Seconds, or a date as HTTP writes it; milliseconds since 1970. */
function parseRetryAfter(text: string | null, now: Date): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return now.getTime() + Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? now.getTime() : at;
}

function parseReset(text: string | null): number | null {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null;
}

function bounded(at: number, now: Date): Date {
  const wait = Math.min(Math.max(at - now.getTime(), MIN_WAIT_MS), MAX_WAIT_MS);
  return new Date(now.getTime() + wait);
}

const MAX_BACK_OFF_MS = 15 * 60_000;

/** How long a repository is left alone after so many failed looks in a row: the interval doubled each time, at most 15 min. */
export function backOffMs(failures: number, everyMs: number): number {
  return Math.max(everyMs, Math.min(everyMs * 2 ** Math.min(failures - 1, 20), MAX_BACK_OFF_MS));
}
