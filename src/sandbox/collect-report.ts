import { InputError } from '../errors.ts';
import { type ParsedReport, parseReport } from './parse-report.ts';
import type { SandboxResult } from './sandbox.ts';

/** A run's report, or why there is none; `problem` is null when the run wrote none at all. */
export interface CollectedReport {
  readonly parsed: ParsedReport | null;
  readonly problem: string | null;
}

/** Takes the report from where the service's `tests` settings say it is: a file, or stdout. Never throws on what it says. */
export function collectReport(
  result: SandboxResult,
  tests: { readonly report: 'junit' | 'tap'; readonly report_file?: string | undefined },
): CollectedReport {
  const text = tests.report_file === undefined ? result.stdout : result.report;
  if (text === null || text.trim() === '') return { parsed: null, problem: null };
  try {
    return { parsed: parseReport(tests.report, text), problem: null };
  } catch (error) {
    if (error instanceof InputError) return { parsed: null, problem: error.message };
    throw error;
  }
}
