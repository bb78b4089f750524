import type { DecidedRun } from '../../src/policy/decided-run.ts';
import { makePolicyCase } from './policy-case.ts';

let runs = 0;

/** A harmless fix that was automated and deployed. */
export function makeDecidedRun(over: Partial<DecidedRun> = {}): DecidedRun {
  runs += 1;
  return {
    id: runs.toString(16).padStart(32, '0'),
    repo: 'acme/shop',
    pr_number: runs,
    head_sha: runs.toString(16).padStart(40, '0'),
    title: 'A change',
    author: 'ada',
    created_at: new Date(),
    service: 'shop',
    tier: 'standard',
    case: makePolicyCase({ score: over.score ?? 1 }),
    route: 'automated',
    reasons: [],
    score: 1,
    fired: [],
    sceptic_asked: true,
    asked_later: false,
    taken_back: false,
    policy_hash: null,
    recommendation: 'approve',
    outcome: 'deployed',
    decision: null,
    decided_after_s: null,
    ...over,
  };
}

/** What a tool says once it has seen all of these. */
export function over<R>(
  tool: { readonly add: (run: DecidedRun) => void; readonly result: () => R },
  runs: Iterable<DecidedRun>,
): R {
  for (const run of runs) tool.add(run);
  return tool.result();
}

export function times<T>(n: number, make: () => T): T[] {
  return Array.from({ length: n }, make);
}
