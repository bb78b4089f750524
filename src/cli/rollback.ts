import { setTimeout as pass } from 'node:timers/promises';
import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { addClientOptions, openClient } from './open-client.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import type { OrderOptions } from './send-order.ts';

const LOOK_EVERY_MS = 500;

interface RollbackOptions extends OrderOptions {
  readonly wait: boolean;
}

export function registerRollback(parent: Command, io: CliIo): void {
  const command = parent
    .command('rollback')
    .argument('<service>', 'the service')
    .summary('put the previous version of a service back')
    .description(
      'Takes the last release of a service back: freezes the service, takes a live canary to zero, and makes the version that ran before the production version again. Waits until that is done. Your token must act for a person. The freeze stays: revert the change on its branch, then `slipway unfreeze <service>`.',
    )
    .requiredOption('--reason <text>', 'why; kept on the record')
    .option('--no-wait', 'only order it');
  addClientOptions(command).action(async (service: string, options: RollbackOptions) => {
    const client = openClient(options, io);
    const signal = io.interrupted();
    let rollback = await client.orderRollback(service, options.reason, signal);
    let told = '';
    while (options.wait && rollback.status === 'ordered') {
      const waits = rollback.waiting_for === null ? '' : `waiting ${rollback.waiting_for}`;
      if (waits !== '' && waits !== told) io.err(`${printable(waits)}\n`);
      told = waits;
      await pass(LOOK_EVERY_MS, undefined, { signal });
      rollback = await client.readRollback(rollback.id, signal);
    }
    if (options.json === true) printJson(io, rollback);
    if (rollback.status === 'failed')
      throw new CommandFailure(`${service} was not rolled back: ${rollback.waiting_for ?? 'no reason was left'}`, {
        exitCode: EXIT.failed,
        fix: `its record is at /v1/audit?run=${rollback.id}`,
      });
    if (options.json === true) return;
    io.out(
      rollback.status === 'done'
        ? `${service} runs its previous version and stays frozen: slipway unfreeze ${service}, once the change is reverted\n`
        : `ordered: ${rollback.id}\n`,
    );
  });
}
