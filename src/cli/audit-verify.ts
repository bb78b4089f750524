import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { headOf, openCheckpoint } from '../audit/checkpoint.ts';
import { verifyExport } from '../audit/export.ts';
import { readNewestCheckpoint } from '../audit/read-newest-checkpoint.ts';
import { parseVerificationKey, type VerificationKey } from '../audit/signed-note.ts';
import { type LogHead, type VerifyResult, verifyLog } from '../audit/verify.ts';
import type { Config } from '../config/config.ts';
import { InputError } from '../errors.ts';
import type { Db } from '../store/open-database.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import { type ConfigOption, withDatabase } from './with-stores.ts';

interface VerifyOptions extends ConfigOption {
  readonly head?: LogHead;
  readonly checkpoint?: readonly string[];
  readonly vkey?: string;
  readonly signed?: boolean;
  readonly file?: string;
  readonly json?: boolean;
}

export function registerAuditVerify(parent: Command, io: CliIo): void {
  parent
    .command('verify')
    .summary('check the record from its first entry to its last')
    .description(
      'Checks every hash, link and rule of the record, in the database or offline in an exported file. Exit 0 only if nothing is wrong, 1 where something is, 2 where the options cannot be followed.',
    )
    .option(
      '--head <seq:hash>',
      'an entry seen earlier, e.g. from the audit log lines: its absence is a cut tail',
      parseHead,
    )
    .option('--checkpoint <file...>', 'signed heads of `slipway signer` that the record must hold; needs --vkey')
    .option('--vkey <key>', 'the verification key, as `slipway audit keygen` printed it')
    .option(
      '--signed',
      'fail where a change became production on entries that no signed checkpoint covers; with audit.checkpoints: required in the configuration this is always so',
    )
    .option('--file <file>', 'check an export instead of the database; needs nothing else')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (options: VerifyOptions) => {
      const { file } = options;
      const result =
        file === undefined
          ? await withDatabase(options, (db, config) => verifyDatabase(db, config, options))
          : await verifyExport(file, wantedOf(options, { demandSigned: options.signed === true, found: [] }));
      if (!result.ok) io.setExitCode(EXIT.error);
      if (options.json === true) return printJson(io, result);
      printResult(io, result);
    });
}

/** The database's own checkpoints count too: each is opened with a key that the caller or the configuration names. */
async function verifyDatabase(db: Db, { audit }: Config, options: VerifyOptions): Promise<VerifyResult> {
  const demandSigned = options.signed === true || audit.checkpoints === 'required';
  if (!demandSigned) return verifyLog(db, wantedOf(options, { demandSigned, found: [] }));
  const keys = options.vkey === undefined ? audit.checkpoint_keys : [options.vkey];
  if (keys.length === 0)
    throw new InputError([
      { field: '--vkey', problem: 'is missing', fix: 'name the key, or set audit.checkpoint_keys in slipway.yaml' },
    ]);
  const newest = await readNewestCheckpoint(db, keys.map(readKey));
  return verifyLog(db, wantedOf(options, { demandSigned, found: newest === null ? [] : [headOf(newest)] }));
}

/** What is asked of the log. `found` are signed heads besides those in files. An export holds none, so there files are needed. */
function wantedOf(
  options: VerifyOptions,
  { demandSigned, found }: { readonly demandSigned: boolean; readonly found: readonly LogHead[] },
): Parameters<typeof verifyLog>[1] {
  const { head, file } = options;
  const fromFiles = readCheckpoints(options, {
    needed: demandSigned ? file !== undefined : options.vkey !== undefined,
  });
  return { heads: head === undefined ? [] : [head], checkpoints: [...fromFiles, ...found], demandSigned };
}

/** @throws {InputError} where one is missing, cannot be read or is not signed with the key: then it proves nothing. */
function readCheckpoints(
  { checkpoint: files = [], vkey }: VerifyOptions,
  { needed }: { readonly needed: boolean },
): LogHead[] {
  if (files.length === 0 && !needed) return [];
  if (files.length === 0)
    throw new InputError([{ field: '--checkpoint', problem: 'is missing', fix: 'name the file of a checkpoint' }]);
  if (vkey === undefined) throw new InputError([{ field: '--vkey', problem: 'is missing', fix: KEYGEN_LINE }]);
  const key = readKey(vkey);
  return files.map((file) => {
    const checkpoint = openCheckpoint(readText(file), key);
    if (checkpoint === null)
      throw new InputError([
        { field: '--checkpoint', problem: `${file} is not signed with this key: it proves nothing` },
      ]);
    return headOf(checkpoint);
  });
}

const KEYGEN_LINE = 'the line that `slipway audit keygen` printed';

function readKey(text: string): VerificationKey {
  const key = parseVerificationKey(text);
  if (key === null) throw new InputError([{ field: '--vkey', problem: 'is no verification key', fix: KEYGEN_LINE }]);
  return key;
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
  if (result.signed !== null) io.out(`${describeSigned(result)}\n`);
  const head = result.head === null ? 'the log is empty' : `head ${result.head.seq}:${result.head.chainHash}`;
  io.out(
    `${result.ok ? 'ok' : `FAILED, ${result.problems.length} problem${result.problems.length === 1 ? '' : 's'}`}: ${result.entries} entries, ${head}\n`,
  );
}

function describeSigned({ signed, problems }: VerifyResult): string {
  const { promotions, covered } = signed ?? { promotions: 0, covered: '0' };
  const unsigned = problems.filter(({ kind }) => kind === 'promotion_unsigned').length;
  const what = unsigned === 0 ? `all ${promotions}` : `NOT ${unsigned} of ${promotions}`;
  const under = covered === '0' ? 'no checkpoint was found' : `the checkpoint covers ${covered} entries`;
  return `signed: ${what} change(s) that became production; ${under}`;
}

function parseHead(text: string): LogHead {
  const match = /^(\d{1,19}):([0-9a-f]{64})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new InvalidArgumentError('Must be <seq>:<64 hex digits>.');
  return { seq: match[1], chainHash: match[2] };
}
