import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerFreezeCommand } from './register-freeze.ts';

export function registerFreeze(parent: Command, io: CliIo): void {
  registerFreezeCommand(parent, io, 'freeze', {
    summary: 'deploy nothing more',
    description:
      'Stops deliveries of a service, or of all: nothing is staged, no canary starts or is promoted, and a canary that has traffic goes to zero, which ends its run. Reviews and tests go on; validated runs wait.',
    done: 'frozen',
  });
}
