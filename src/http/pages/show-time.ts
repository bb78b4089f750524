import { showDuration } from '../../show-duration.ts';

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

/** `4 min ago`, `in 3 h`. */
export function showRelative(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  if (Math.abs(ms) < 5_000) return 'just now';
  return ms < 0 ? `${showDuration(-ms)} ago` : `in ${showDuration(ms)}`;
}
