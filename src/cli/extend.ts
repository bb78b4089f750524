import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerDecision } from './decide-run-command.ts';

export function registerExtend(parent: Command, io: CliIo): void {
  registerDecision(parent, io, 'extend', 'watch a canary on hold for one more set of windows');
}
