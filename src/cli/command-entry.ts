import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';

/** Adds one command, with its options and its action, to the program or to the group it belongs to. */
type Register = (parent: Command, io: CliIo) => void;

export interface CommandEntry {
  /** As it is typed: `enqueue`, or `audit show` for a command of a group. */
  readonly name: string;
  readonly summary: string;
  /** Loaded only when the command is called: help and one command must not pay for all. */
  readonly load: () => Promise<Register>;
}
