import { InvalidArgumentError } from 'commander';
import { RunId } from '../ids.ts';

/** @throws {InvalidArgumentError} which the command line reports as usage. */
export function parseRunId(text: string): RunId {
  const parsed = RunId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('A run id has 32 lower-case hex digits; `slipway status` lists them.');
}
