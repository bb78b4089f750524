import type { Tier } from '../config/schema.ts';

/** How the generation of a test ended, before anyone decides what follows from it. */
export type TestGenEnd =
  | { kind: 'no_gaps' }
  | { kind: 'no_tests_configured' }
  | { kind: 'green'; attempts: number }
  /** Green, and the change holds files that decide how its tests are run. */
  | { kind: 'steered'; attempts: number; files: readonly string[] }
  /** Green, and so was a run that has to fail. */
  | { kind: 'forged'; attempts: number }
  | { kind: 'red'; attempts: number; passesOnBase: boolean }
  | { kind: 'no_sandbox' }
  | { kind: 'inconclusive'; reason: string };

export interface TestGenDecision {
  readonly outcome:
    | 'skipped'
    | 'validated'
    | 'gap_recorded'
    | 'suspected_regression'
    | 'steered_run'
    | 'forged_run'
    | 'no_sandbox'
    | 'inconclusive';
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
    case 'steered': {
      const text = `a generated test ran green, but the change itself steers how tests are run: ${shortList(end.files)}`;
      return { outcome: 'steered_run', validated: false, human: { code: 'steered_run', text }, rationale: text };
    }
    case 'forged': {
      const text =
        'a generated test ran green, and so did a run that has to fail: what passes is not decided by the test';
      return { outcome: 'forged_run', validated: false, human: { code: 'forged_run', text }, rationale: text };
    }
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

const LISTED = 5;

function shortList(files: readonly string[]): string {
  const more = files.length - LISTED;
  return `${files.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function gap(text: string, tier: Tier): TestGenDecision {
  const human = tier === 'critical' ? { code: 'coverage_gap', text: `${text}; the service is critical` } : null;
  return { outcome: 'gap_recorded', validated: false, human, rationale: text };
}

function unreachable(end: never): never {
  throw new Error(`unhandled end ${JSON.stringify(end)}`);
}
