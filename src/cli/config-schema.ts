import type { Command } from 'commander';
import { editorSchema } from '../config/editor-schema.ts';
import type { CliIo } from './cli-io.ts';
import { printJson } from './print-json.ts';

export function registerConfigSchema(parent: Command, io: CliIo): void {
  parent
    .command('schema')
    .summary('print the JSON schema of slipway.yaml')
    .description('Prints the JSON schema of slipway.yaml, for editors: the same as slipway.schema.json.')
    .action(() => printJson(io, editorSchema()));
}
