import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerDecision } from './decide-run-command.ts';

export function registerReject(parent: Command, io: CliIo): void {
  registerDecision(parent, io, 'reject', 'reject a change that waits for a person');
}
