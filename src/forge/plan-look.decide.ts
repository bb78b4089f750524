import { CLOSED } from '../http/github/pull-request-event.ts';
import { isLive, type RunOfHead } from '../runs/enqueue.decide.ts';
import type { Pull } from './pull.ts';

export interface KnownRun extends Omit<RunOfHead, 'head_at'> {
  readonly pr_number: number;
  readonly head_sha: string;
  readonly stop_reason: string | null;
  readonly outcome: string | null;
  readonly dry_run: boolean;
}

export interface LookFacts {
  /** Open pull requests, as the forge lists them. */
  readonly open: readonly Pull[];
  /** All runs of these, and live ones of others, the newest first. */
  readonly runs: readonly KnownRun[];
  /** Branches that services of the repository are released from. */
  readonly branches: readonly string[];
  /** What was not touched since is older than the watch: no delivery of it can have got lost. */
  readonly since: Date;
}

export interface Look {
  /** Heads of which no delivery seems to have come; `back`: they had a run, and the pull request was put back to them. */
  readonly heads: readonly { readonly pull: Pull; readonly back: boolean }[];
  /** Pull requests with a live run that are not among the open ones; the forge has to be asked what became of each. */
  readonly gone: readonly number[];
}

/** The forge's clock and the database's may differ by so much. */
const SKEW_MS = 5 * 60_000;

/** Which of the open pull requests need a closer look. Whatever comes of it goes the way of a delivery. Pure. */
export function planLook({ open, runs, branches, since }: LookFacts): Look {
  const numbers = new Set(open.map((pull) => pull.number));
  const real = new Map<number, KnownRun[]>();
  for (const run of runs.filter(({ dry_run }) => !dry_run))
    real.set(run.pr_number, [...(real.get(run.pr_number) ?? []), run]);
  const heads = open.flatMap((pull) => {
    const isDue =
      pull.state === 'open' &&
      !pull.draft &&
      branches.includes(pull.base.ref) &&
      Date.parse(pull.updated_at) >= since.getTime() - SKEW_MS;
    const missed = isDue ? whatIsMissed(pull.head.sha, real.get(pull.number) ?? []) : null;
    return missed === null ? [] : [{ pull, back: missed === 'push_back' }];
  });
  const live = new Set(runs.filter(isLive).map((run) => run.pr_number));
  return { heads, gone: [...live].filter((number) => !numbers.has(number)) };
}

/** What seems to have got lost, as the runs of the pull request tell of its head. */
function whatIsMissed(head: string, runs: readonly KnownRun[]): 'push' | 'push_back' | null {
  const own = runs.find((run) => run.head_sha === head);
  const others = runs.filter((run) => run.head_sha !== head);
  if (own === undefined) return 'push';
  if (others.some(isLive)) return 'push_back';
  if (isLive(own) || own.outcome === 'deployed') return null;
  const stopped = own.stop_kind === 'superseded' || own.stop_reason === CLOSED;
  return stopped || others.some((run) => run.created_at > own.created_at) ? 'push_back' : null;
}
