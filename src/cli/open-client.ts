import type { Command } from 'commander';
import { readClientSettings } from '../config/read-client-settings.ts';
import { type ApiClient, makeApiClient } from './api-client.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';

export interface ClientOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** The options every command has that talks to a server. The token is no option: argv is readable by all of the machine. */
export function addClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server (default: SLIPWAY_URL, else http://127.0.0.1:8080)')
    .option('--json', 'print one JSON document');
}

/** A client for the server that `--url` or SLIPWAY_URL names, with the token of SLIPWAY_TOKEN or SLIPWAY_TOKEN_FILE. */
export function openClient(options: ClientOptions, io: CliIo): ApiClient {
  const { serverUrl, token, problems, warnings } = readClientSettings(options.url);
  if (problems.length > 0)
    throw new CommandFailure('the environment is not usable', { exitCode: EXIT.usage, details: problems });
  for (const warning of warnings) io.err(`warning: ${warning}\n`);
  return makeApiClient({ serverUrl, token });
}
