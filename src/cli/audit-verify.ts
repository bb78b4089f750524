import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { headOf, openCheckpoint } from '../audit/checkpoint.ts';
import { verifyExport } from '../audit/export.ts';
import { parseVerificationKey } from '../audit/signed-note.ts';
import { type LogHead, type VerifyResult, verifyLog } from '../audit/verify.ts';
import { InputError } from '../errors.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import { type ConfigOption, withDatabase } from './with-stores.ts';

interface VerifyOptions extends ConfigOption {
  readonly head?: LogHead;
  readonly checkpoint?: readonly string[];
  readonly vkey?: string;
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
    .option('--checkpoint <file...>', 'signed heads of `slipway signer` that the record must hold; needs --vkey')
    .option('--vkey <key>', 'the verification key, as `slipway audit keygen` printed it')
    .option('--file <file>', 'check an export instead of the database; needs nothing else')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (options: VerifyOptions) => {
      const heads = [...(options.head === undefined ? [] : [options.head]), ...readCheckpoints(options)];
      const result =
        options.file === undefined
          ? await withDatabase(options, (db) => verifyLog(db, { heads }))
          : await verifyExport(options.file, { heads });
      if (!result.ok) io.setExitCode(EXIT.error);
      if (options.json === true) return printJson(io, result);
      printResult(io, result);
    });
}

/** @throws {InputError} where one cannot be read or is not signed with the key: then it proves nothing. */
function readCheckpoints({ checkpoint: files = [], vkey }: VerifyOptions): LogHead[] {
  const key = vkey === undefined ? null : parseVerificationKey(vkey);
  if (vkey === undefined && files.length === 0) return [];
  if (files.length === 0)
    throw new InputError([{ field: '--checkpoint', problem: 'is missing', fix: 'name the file of a checkpoint' }]);
  if (key === null) {
    const problem = vkey === undefined ? 'is missing' : 'is no verification key';
    throw new InputError([{ field: '--vkey', problem, fix: 'the line that `slipway audit keygen` printed' }]);
  }
  return files.map((file) => {
    const checkpoint = openCheckpoint(readText(file), key);
    if (checkpoint === null)
      throw new InputError([
        { field: '--checkpoint', problem: `${file} is not signed with this key: it proves nothing` },
      ]);
    return headOf(checkpoint);
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new InputError([{ field: '--checkpoint', problem: `${file} cannot be read (${code})` }]);
  }
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
