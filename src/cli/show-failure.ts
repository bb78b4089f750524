import type { InputError, InputProblem } from '../errors.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure, type FailureDetail } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { printable } from './printable.ts';

/** Tells what went wrong, on stderr for people and, with `--json`, as a document on stdout. Returns the exit code. */
export function showFailure(error: unknown, io: CliIo, json: boolean): number {
  if (error instanceof CommandFailure) {
    const { message, details, fix, exitCode, extra } = error;
    io.err(`error: ${printable(message)}${fix === undefined ? '' : `\n  ${fix}`}\n`);
    for (const detail of details) io.err(`  ${describeDetail(detail)}\n`);
    if (json)
      io.out(`${JSON.stringify({ error: { message, fix, details, exit_code: exitCode, ...extra } }, null, 2)}\n`);
    return exitCode;
  }
  if (isInputError(error)) {
    for (const problem of error.problems) io.err(`${describeDetail(problem)}\n`);
    if (json) io.out(`${JSON.stringify({ ok: false, problems: error.problems }, null, 2)}\n`);
    return EXIT.usage;
  }
  // The fleet's own failures say all there is in their message; a stack is for what nobody expected.
  const expected =
    error instanceof Error && ['UnrecoverableError', 'TransientFailure', 'StoreDown'].includes(error.name);
  const said = error instanceof Error ? ((expected ? undefined : error.stack) ?? error.message) : String(error);
  io.err(`error: ${said}\n`);
  if (json)
    io.out(`${JSON.stringify({ error: { message: error instanceof Error ? error.message : said } }, null, 2)}\n`);
  return EXIT.error;
}

function describeDetail(detail: FailureDetail & { at?: InputProblem['at'] }): string {
  const at = detail.at === undefined ? '' : `${detail.at.file}:${detail.at.line}:${detail.at.column} `;
  return printable(`${at}${detail.field}: ${detail.problem}${detail.fix === undefined ? '' : ` (${detail.fix})`}`);
}

/** By name, so that commands which talk to a server do not load what defines it (and with it the queues). */
function isInputError(error: unknown): error is InputError {
  return error instanceof Error && error.name === 'InputError' && 'problems' in error && Array.isArray(error.problems);
}
