import { type Command, InvalidArgumentError } from 'commander';
import { verifyExport } from '../audit/export.ts';
import { type LogHead, type VerifyResult, verifyLog } from '../audit/verify.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import { type ConfigOption, withDatabase } from './with-stores.ts';

interface VerifyOptions extends ConfigOption {
  readonly head?: LogHead;
  readonly file?: string;
  readonly json?: boolean;
}

export function registerAuditVerify(parent: Command, io: CliIo): void {
  parent
    .command('verify')
    .summary('check the record from its first entry to its last')
    .description(
      'Checks every hash, link and rule of the record, in the database or offline in an exported file. Exit 0 only if nothing is wrong.',
    )
    .option(
      '--head <seq:hash>',
      'an entry seen earlier, e.g. from the audit log lines: its absence is a cut tail',
      parseHead,
    )
    .option('--file <file>', 'check an export instead of the database; needs nothing else')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (options: VerifyOptions) => {
      const head = options.head === undefined ? {} : { head: options.head };
      const result =
        options.file === undefined
          ? await withDatabase(options, (db) => verifyLog(db, head))
          : await verifyExport(options.file, head);
      if (!result.ok) io.setExitCode(EXIT.error);
      if (options.json === true) return printJson(io, result);
      printResult(io, result);
    });
}

function printResult(io: CliIo, result: VerifyResult): void {
  for (const { seq, kind, detail } of result.problems) io.out(`${seq}  ${kind}  ${printable(detail)}\n`);
  for (const { seq, detail } of result.notes) io.out(`${seq}  note  ${printable(detail)}\n`);
  const head = result.head === null ? 'the log is empty' : `head ${result.head.seq}:${result.head.chainHash}`;
  io.out(
    `${result.ok ? 'ok' : `FAILED, ${result.problems.length} problem${result.problems.length === 1 ? '' : 's'}`}: ${result.entries} entries, ${head}\n`,
  );
}

function parseHead(text: string): LogHead {
  const match = /^(\d{1,19}):([0-9a-f]{64})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new InvalidArgumentError('Must be <seq>:<64 hex digits>.');
  return { seq: match[1], chainHash: match[2] };
}
