import { InvalidArgumentError } from 'commander';

/** A port for commander. @throws {InvalidArgumentError} */
export function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Must be a port, 0 takes a free one.');
  return value;
}
