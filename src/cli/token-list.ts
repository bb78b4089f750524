import type { Command } from 'commander';
import { listTokens } from '../http/tokens.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, withCore } from './with-stores.ts';

export function registerTokenList(parent: Command, io: CliIo): void {
  parent
    .command('list')
    .summary('list tokens')
    .description('Lists every token with its scopes, its person and its state. The tokens themselves are not kept.')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: ConfigOption & { json?: boolean }) =>
      withCore(options, async ({ db }) => {
        const tokens = await listTokens(db);
        if (options.json === true) return printJson(io, { tokens });
        const rows = tokens.map((t) => [
          t.id,
          t.name,
          t.person ?? 'machine',
          t.scopes.join(','),
          stateOf(t, new Date()),
        ]);
        io.out(formatTable(['ID', 'NAME', 'PERSON', 'SCOPES', 'STATE'], rows));
      }),
    );
}

function stateOf(token: { revokedAt: Date | null; expiresAt: Date | null }, now: Date): string {
  if (token.revokedAt !== null) return 'revoked';
  if (token.expiresAt !== null && token.expiresAt <= now) return 'expired';
  return token.expiresAt === null ? 'live' : `live until ${token.expiresAt.toISOString()}`;
}
