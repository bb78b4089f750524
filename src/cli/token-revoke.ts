import type { Command } from 'commander';
import { withdrawToken } from '../record-token.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { type ConfigOption, withCore } from './with-stores.ts';

export function registerTokenRevoke(parent: Command, io: CliIo): void {
  parent
    .command('revoke')
    .argument('<id>', 'the id that `token list` shows')
    .summary('end a token and its sessions')
    .description('Ends a token at once, and every session that was opened with it.')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .action((id: string, options: ConfigOption) =>
      withCore(options, async (core) => {
        if (await withdrawToken(core, id, new Date())) return io.out(`revoked ${id}\n`);
        throw new CommandFailure(`there is no live token ${id}`, {
          exitCode: EXIT.usage,
          fix: 'see `slipway token list`',
        });
      }),
    );
}
