const DATE = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
});

/** `23 Nov 2026, 14:03:05 UTC`: servers and people sit in different zones, so the zone is always said. */
export function showInstant(at: Date): string {
  return `${DATE.format(at)} UTC`;
}

/** `12 s`, `4 min`, `3 h`, `2 d`: the largest unit that fits, rounded down; never negative. */
export function showDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `4 min ago`, `in 3 h`. */
export function showRelative(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  if (Math.abs(ms) < 5_000) return 'just now';
  return ms < 0 ? `${showDuration(-ms)} ago` : `in ${showDuration(ms)}`;
}
