import type { Command } from 'commander';
import { isLogName } from '../audit/signed-note.ts';
import { InputError } from '../errors.ts';
import { makeSigningKey } from '../signer/signing-key.ts';
import type { CliIo } from './cli-io.ts';

export function registerAuditKeygen(parent: Command, io: CliIo): void {
  parent
    .command('keygen')
    .summary('make the key that signs heads of the record')
    .description(
      'Writes an Ed25519 key (PKCS8, mode 0400) and beside it <file>.vkey, and prints the verification key: give that to whoever checks. Never writes over a key.',
    )
    .requiredOption('--name <name>', 'of the log, e.g. slipway.example.com/audit; the first line of each checkpoint')
    .requiredOption('--key <file>', 'where the key goes')
    .action((options: { name: string; key: string }) => {
      if (!isLogName(options.name))
        throw new InputError([
          { field: '--name', problem: 'is no name of a log', fix: 'letters, digits and . _ / -, at most 100' },
        ]);
      io.out(`${makeSigningKey(options.key, options.name)}\n`);
    });
}
