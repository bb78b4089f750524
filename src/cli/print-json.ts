import type { CliIo } from './cli-io.ts';

/** One JSON document and a line break, on stdout. */
export function printJson(io: CliIo, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
