import type { Suite } from '../../config/suite-schema.ts';
import type { SmokeResult } from '../../delivery/smoke.ts';
import type { CollectedReport } from '../../sandbox/collect-report.ts';
import type { SandboxResult } from '../../sandbox/sandbox.ts';

const MAX_NAMED = 50;
const MAX_DETAIL = 500;

/**
 * What a suite showed, as checks: each failed test by its name, or why the suite as a whole counts as failed. Exit
 * code and report must agree; a suite in which no test ran has shown nothing. `name` stands where no single test can be
 * named; `output` is fit to be recorded.
 */
export function judgeSuite(
  name: string,
  result: Pick<SandboxResult, 'end' | 'exit_code' | 'duration_ms'>,
  { parsed, problem }: CollectedReport,
  settings: Pick<Suite, 'report' | 'timeout_s'>,
  output: string,
): SmokeResult[] {
  const latency_ms = result.duration_ms;
  const whole = (passed: boolean, detail: string): SmokeResult[] => [
    { name, passed, detail: detail.slice(0, MAX_DETAIL * 2), status: null, latency_ms },
  ];
  const failed = (why: string) => whole(false, output === '' ? why : `${why}: ${output}`);
  if (result.end === 'timed_out') return failed(`was ended after ${settings.timeout_s} s`);
  if (result.end !== 'exited') return failed(`ended: ${result.end.replaceAll('_', ' ')}`);
  const code = `exit code ${result.exit_code}`;
  if (settings.report === undefined)
    return result.exit_code === 0 ? whole(true, `${code} in ${latency_ms} ms`) : failed(code);
  if (parsed === null) return failed(`${code}, and ${problem ?? 'it wrote no report'}`);
  const { total, passed, skipped, failures } = parsed.report;
  const counts = `${passed} passed, ${parsed.report.failed} failed, ${skipped} skipped`;
  if (failures.length > 0) {
    const named = failures.slice(0, MAX_NAMED).map(({ name: test, message }) => ({
      name: `${name}: ${test.slice(0, 200)}`,
      passed: false,
      detail: message.slice(0, MAX_DETAIL) || 'failed without a message',
      status: null,
      latency_ms: null,
    }));
    return [...named, ...whole(false, `${counts}, ${code}`)];
  }
  if (total === 0 || passed === 0) return failed(`no test of it passed (${counts}, ${code})`);
  if (parsed.silentFiles.length > 0) return failed(`no test ran in ${parsed.silentFiles[0]} (${counts}, ${code})`);
  return result.exit_code === 0 ? whole(true, `${counts} in ${latency_ms} ms`) : failed(`${code}, although ${counts}`);
}
