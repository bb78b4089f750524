import { InvalidArgumentError } from 'commander';

const UNITS_MS = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `90`, `90s`, `30m`, `2h`, `30d` → milliseconds. @throws {InvalidArgumentError} which the command line reports as usage. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})([smhd]?)$/.exec(text);
  const milliseconds = Number(match?.[1]) * (UNITS_MS.get(match?.[2] || 's') ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  throw new InvalidArgumentError('Must be a duration such as 90s, 30m or 2h.');
}
