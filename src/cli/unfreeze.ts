import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerFreezeCommand } from './register-freeze.ts';

export function registerUnfreeze(parent: Command, io: CliIo): void {
  registerFreezeCommand(parent, io, 'unfreeze', {
    summary: 'end a freeze',
    description: 'Ends the freeze of a service, or the one of all. Each ends by itself.',
    done: 'not frozen any more',
  });
}
