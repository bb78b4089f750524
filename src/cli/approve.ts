import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerDecision } from './decide-run-command.ts';

export function registerApprove(parent: Command, io: CliIo): void {
  registerDecision(parent, io, 'approve', 'approve a change that waits for a person');
}
