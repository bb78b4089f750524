const DEFAULT_MS = 30_000;
const LEAST_MS = 1_000;
const MOST_MS = 60 * 60_000;

/**
 * How long the model asks everyone to wait: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date, else
 * 30 s. Held between 1 s and an hour, so that neither a zero hammers the model nor a wrong clock stops the fleet for a day.
 */
export function retryAfterMs(headers: { get(name: string): string | null } | undefined, now: Date): number {
  const asked =
    fromMs(headers?.get('retry-after-ms')) ?? fromSecondsOrDate(headers?.get('retry-after'), now) ?? DEFAULT_MS;
  return Math.min(MOST_MS, Math.max(LEAST_MS, Math.ceil(asked)));
}

function fromMs(text: string | null | undefined): number | undefined {
  return isNumber(text) ? Number(text) : undefined;
}

function fromSecondsOrDate(text: string | null | undefined, now: Date): number | undefined {
  if (isNumber(text)) return Number(text) * 1000;
  // Date.parse reads far more than HTTP dates, -5 among them.
  const date = text && /^[A-Z][a-z]{2}, \d{2} /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date - now.getTime();
}

function isNumber(text: string | null | undefined): text is string {
  return typeof text === 'string' && /^\d+(\.\d+)?$/.test(text.trim());
}
