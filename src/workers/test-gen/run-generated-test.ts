import { z } from 'zod';
import type { ChangeRepository } from '../../change/change.ts';
import type { TestSettings } from '../../config/schema.ts';
import { Sha } from '../../ids.ts';
import { performEffect } from '../../runs/perform-effect.ts';
import { collectReport } from '../../sandbox/collect-report.ts';
import { judgeTestRun } from '../../sandbox/judge-test-run.ts';
import { redactOutput } from '../../sandbox/redact-output.ts';
import { type Sandbox, TestReport } from '../../sandbox/sandbox.ts';
import type { Entered } from '../enter-stage.ts';
import { controlTest } from './control-test.ts';
import { testCommand } from './generated-test.ts';

export const TestVerdict = z.strictObject({
  /** `forged`: a run that has to fail passed, so that a green one says nothing. */
  verdict: z.enum(['green', 'red', 'forged']),
  why: z.string(),
  /** For the retry: the end of the output, without paths of this machine. */
  output: z.string(),
  report: TestReport.nullable(),
});
export type TestVerdict = z.infer<typeof TestVerdict>;

export interface TestRunRequest {
  readonly sandbox: Sandbox;
  readonly repository: Pick<ChangeRepository, 'materialise'>;
  readonly tests: TestSettings;
  /** Load the test first and run it only when that works. */
  readonly collectFirst: boolean;
  readonly file: string;
  readonly code: string;
  readonly n: number;
  readonly signal: AbortSignal;
}

/**
 * Runs one generated test in the sandbox, on the merge, or on the target branch to tell a regression from a wrong test. On the
 * merge, where the change's own files take part, a green run counts only when the same test with an end that has to
 * fail is red.
 */
export async function runGeneratedTest(
  entered: Entered,
  on: 'merge' | 'target',
  request: TestRunRequest,
): Promise<TestVerdict> {
  const { run, record, service, holding } = entered;
  const { sandbox, repository, tests, file, code, n, signal } = request;
  const commit = Sha.parse(on === 'merge' ? run.merge_sha : run.target_sha);
  const { result } = await performEffect(
    record,
    {
      stage: 'test-gen',
      step: on === 'merge' ? 'sandbox' : 'sandbox_base',
      name: 'sandbox_run',
      n,
      rationale: `run a generated test on the ${on === 'merge' ? 'merge' : 'target branch'}`,
      payload: { commit, file, command: testCommand(tests.command, file) },
      Result: TestVerdict,
    },
    {
      // A run leaves nothing behind, so there is nothing to look for: it is simply run again.
      look: () => Promise.resolve(null),
      async act(receipt): Promise<TestVerdict> {
        const tree = await repository.materialise(service.repository, commit, signal);
        const limits = {
          sourceDirectory: tree.directory,
          files: [{ path: file, content: code }],
          timeoutMs: tests.timeout_s * 1000,
          memoryMb: tests.memory_mb,
        };
        if (request.collectFirst && tests.collect_command !== undefined) {
          const collected = await sandbox.run(
            receipt,
            { ...limits, command: testCommand(tests.collect_command, file), reportFile: undefined },
            signal,
          );
          if (collected.end !== 'exited' || collected.exit_code !== 0) {
            return {
              verdict: 'red',
              why: 'it does not load',
              output: redactOutput(`${collected.stdout}\n${collected.stderr}`),
              report: null,
            };
          }
        }
        const onlyThatFile = tests.command.some((word) => word.includes('{file}'));
        const judge = async (content: string) => {
          const result = await sandbox.run(
            receipt,
            {
              ...limits,
              files: [{ path: file, content }],
              command: testCommand(tests.command, file),
              reportFile: tests.report_file,
            },
            signal,
          );
          const { parsed, problem } = collectReport(result, tests);
          return judgeTestRun(result, parsed, { testFile: file, onlyThatFile, reportProblem: problem });
        };
        const judged = await judge(code);
        if (judged.kind === 'red') return { verdict: 'red', why: judged.why, output: judged.output, report: null };
        if (on === 'merge' && (await judge(controlTest(file, code))).kind === 'green')
          return { verdict: 'forged', why: 'a run that has to fail passed too', output: '', report: judged.report };
        return { verdict: 'green', why: `${judged.report.passed} passed`, output: '', report: judged.report };
      },
    },
    holding(null),
  );
  return result;
}
