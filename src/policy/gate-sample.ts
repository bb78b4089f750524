import type { DecidedRun } from './decided-run.ts';
import { isAboutTheChange } from './route-reason.ts';
import { type Rate, wilson } from './wilson.ts';

/** What the gate of the rollout is measured on, and what it is not. All in pull requests. */
export interface GateSample {
  /** Of those that count: how many a person was asked about, or would be under the policy in force. */
  readonly escalated: Rate;
  readonly left_out: {
    /** Written by an agent: their many and alike changes say nothing of people's. */
    readonly by_agents: number;
    /** Of which every run changed documents or tests alone. */
    readonly docs_or_tests: number;
    /** Nobody was asked, and they are under way yet, or were cancelled or overtaken: what they would have come to is not known. */
    readonly not_ended: number;
    /** Nobody was asked, and they stand above what one author may count for. */
    readonly of_one_author: number;
    /** Nobody was asked, and they stand above what one day may count for. */
    readonly of_one_day: number;
  };
}

export interface SampledRun {
  readonly run: DecidedRun;
  /** Who stands behind the claimed author; whoever is nobody's in `people:` is one and the same. */
  readonly author: string;
  readonly isAgent: boolean;
  /** Whether the policy in force asks a person about it, whatever held when it was reviewed. */
  readonly asksNow: boolean;
}

interface PullRequest {
  readonly author: string;
  readonly isAgent: boolean;
  readonly day: string;
  asked: boolean;
  ended: boolean;
  docsOrTests: boolean;
}

/** No author counts for more than this share of the sample, and no day for more than that one. */
const AUTHOR_SHARE = 1 / 2;
const DAY_SHARE = 1 / 5;

const ENDED: ReadonlySet<string> = new Set(['deployed', 'rolled_back', 'blocked', 'rejected']);

/**
 * Gathers reviewed runs to the pull requests on which the gate of the rollout is measured. A rate over everything is made smaller by
 * whoever adds many harmless changes: runs of the same one, a bot's, documents, one author's, or all at once just before.
 * Each of them is left out here, and what people were asked about never is for its author's or its day's sake. Pure.
 */
export function makeGateSample() {
  const pulls = new Map<string, PullRequest>();

  function add({ run, author, isAgent, asksNow }: SampledRun): void {
    const key = `${run.repo}#${run.pr_number}`;
    const asked = run.asked_later || asksNow || run.reasons.some(isAboutTheChange);
    const ended = run.outcome !== null && ENDED.has(run.outcome);
    const docsOrTests = run.case?.facts.docs_only === true || run.case?.facts.tests_only === true;
    const pull = pulls.get(key);
    if (pull === undefined) {
      const day = run.created_at.toISOString().slice(0, 10);
      pulls.set(key, { author, isAgent, day, asked, ended, docsOrTests });
      return;
    }
    pull.asked ||= asked;
    pull.ended ||= ended;
    pull.docsOrTests &&= docsOrTests;
  }

  function result(): GateSample {
    const all = [...pulls.values()];
    const people = all.filter(({ isAgent }) => !isAgent);
    const code = people.filter(({ docsOrTests }) => !docsOrTests);
    const known = code.filter(({ asked, ended }) => asked || ended);
    const byAuthor = trimGroups(known, ({ author }) => author, AUTHOR_SHARE);
    const sample = trimGroups(byAuthor, ({ day }) => day, DAY_SHARE);
    return {
      escalated: wilson(sample.filter(({ asked }) => asked).length, sample.length),
      left_out: {
        by_agents: all.length - people.length,
        docs_or_tests: people.length - code.length,
        not_ended: code.length - known.length,
        of_one_author: known.length - byAuthor.length,
        of_one_day: byAuthor.length - sample.length,
      },
    };
  }

  return { add, result };
}

function gathered<T>(groups: Map<string, T[]>, name: string): T[] {
  const group = groups.get(name) ?? [];
  groups.set(name, group);
  return group;
}

/** Takes unasked ones out of the largest group until it is at most `share` of what is left, or has none any more. */
function trimGroups(
  pulls: readonly PullRequest[],
  groupOf: (pull: PullRequest) => string,
  share: number,
): readonly PullRequest[] {
  const unasked = new Map<string, PullRequest[]>();
  const sizes = new Map<string, number>();
  for (const pull of pulls) {
    const group = groupOf(pull);
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
    if (!pull.asked) gathered(unasked, group).push(pull);
  }
  const out = new Set<PullRequest>();
  for (;;) {
    const left = pulls.length - out.size;
    const above = [...sizes].filter(([group, size]) => size > share * left && (unasked.get(group)?.length ?? 0) > 0);
    const [largest] = above.toSorted(([, a], [, b]) => b - a);
    if (largest === undefined) return pulls.filter((pull) => !out.has(pull));
    const [group, size] = largest;
    const taken = unasked.get(group)?.pop();
    if (taken !== undefined) out.add(taken);
    sizes.set(group, size - 1);
  }
}
