import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerBrake } from './fleet-brake.ts';

export function registerFleetResume(parent: Command, io: CliIo): void {
  registerBrake(parent, io, 'resume', {
    summary: 'resume a queue, or all',
    description:
      'Ends a pause, also that of the agents after the spend limit was reached: raise the limit first, or the next call pauses them again.',
    done: 'resumed',
  });
}
