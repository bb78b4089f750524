import type { Command } from 'commander';
import { readConfig } from '../config/read-config.ts';
import { makeLogger } from '../log.ts';
import { migrate } from '../store/migrate.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, fileOf } from './with-stores.ts';

export function registerMigrate(parent: Command, io: CliIo): void {
  parent
    .command('migrate')
    .summary('bring the database to this version')
    .description(
      'Creates roles and schema or brings them up to date, with the guards of the record lifted and restored in one transaction. Needs DATABASE_ADMIN_URL.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (options: ConfigOption & { json?: boolean }) => {
      const config = readConfig(fileOf(options));
      const { databaseAdminUrl, databaseUrl } = config.env;
      if (databaseAdminUrl === undefined) {
        throw new CommandFailure('DATABASE_ADMIN_URL is not set', {
          exitCode: EXIT.usage,
          fix: 'set it to the database as a superuser; only this command uses it',
        });
      }
      const log = makeLogger({ name: 'migrate', level: config.env.logLevel });
      const { applied } = await migrate({
        adminUrl: databaseAdminUrl,
        ...appLogin(databaseUrl),
        profile: config.profile,
        log,
      });
      if (options.json === true) return printJson(io, { applied });
      io.out(applied.length === 0 ? 'already current\n' : `applied ${applied.join(', ')}\n`);
    });
}

/** The role and password that DATABASE_URL logs in with, so that a fresh database knows them. */
function appLogin(databaseUrl: string | undefined): { appRole?: string; appPassword?: string } {
  if (databaseUrl === undefined) return {};
  const { username, password } = new URL(databaseUrl);
  return {
    ...(username === '' ? {} : { appRole: decodeURIComponent(username) }),
    ...(password === '' ? {} : { appPassword: decodeURIComponent(password) }),
  };
}
