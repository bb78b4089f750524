import type { Tier } from '../config/schema.ts';

/** How the generation of a test ended, before anyone decides what follows from it. */
export type TestGenEnd =
  | { kind: 'no_gaps' }
  | { kind: 'no_tests_configured' }
  | { kind: 'green'; attempts: number }
  | { kind: 'red'; attempts: number; passesOnBase: boolean }
  | { kind: 'no_sandbox' }
  | { kind: 'inconclusive'; reason: string };

export interface TestGenDecision {
  readonly outcome: 'skipped' | 'validated' | 'gap_recorded' | 'suspected_regression' | 'no_sandbox' | 'inconclusive';
  readonly validated: boolean;
  /** Why a person must look; null when the change may go on. */
  readonly human: { code: string; text: string } | null;
  readonly rationale: string;
}

/** The first attempt, and one more for each allowed retry with the failure output. */
export function attemptsAllowed(validation: { readonly max_retry_passes: number }): number {
  return validation.max_retry_passes + 1;
}

/** What was not run green is never kept; what looks like a regression, or could not be tried, is a person's to judge. */
export function decideTestGen(end: TestGenEnd, tier: Tier): TestGenDecision {
  switch (end.kind) {
    case 'no_gaps':
      return { outcome: 'skipped', validated: false, human: null, rationale: 'the review found no coverage gap' };
    case 'no_tests_configured':
      return gap('the service has no tests section, so no test was generated', tier);
    case 'green':
      return {
        outcome: 'validated',
        validated: true,
        human: null,
        rationale: `a generated test ran green at attempt ${end.attempts}`,
      };
    case 'red':
      if (end.passesOnBase) {
        const text = 'a generated test passes on the target branch and fails on this change';
        return {
          outcome: 'suspected_regression',
          validated: false,
          human: { code: 'suspected_regression', text },
          rationale: text,
        };
      }
      return gap(`no generated test ran green in ${end.attempts} attempts, none was kept`, tier);
    case 'no_sandbox': {
      const text = 'the sandbox does not hold on this worker, so nothing was run';
      return { outcome: 'no_sandbox', validated: false, human: { code: 'no_sandbox', text }, rationale: text };
    }
    case 'inconclusive': {
      const text = `the test agent gave no usable answer: ${end.reason}`;
      return {
        outcome: 'inconclusive',
        validated: false,
        human: { code: 'test_agent_inconclusive', text },
        rationale: text,
      };
    }
    default:
      return unreachable(end);
  }
}

function gap(text: string, tier: Tier): TestGenDecision {
  const human = tier === 'critical' ? { code: 'coverage_gap', text: `${text}; the service is critical` } : null;
  return { outcome: 'gap_recorded', validated: false, human, rationale: text };
}

function unreachable(end: never): never {
  throw new Error(`unhandled end ${JSON.stringify(end)}`);
}
