import type { Pull } from './pull.ts';

export interface LookFacts {
  /** Open pull requests, as the forge lists them. */
  readonly open: readonly Pull[];
  /** Heads that have or had a run, as `<number>@<sha>`. */
  readonly known: ReadonlySet<string>;
  /** Pull requests with a live run. */
  readonly live: ReadonlySet<number>;
  /** Branches that services of the repository are released from. */
  readonly branches: readonly string[];
  /** What was not touched since is older than the watch: no delivery of it can have got lost. */
  readonly since: Date;
}

export interface Look {
  /** Heads of which no delivery seems to have come. */
  readonly heads: readonly Pull[];
  /** Pull requests with a live run that are not among the open ones; the forge has to be asked what became of each. */
  readonly gone: readonly number[];
}

/** The forge's clock and the database's may differ by so much. */
const SKEW_MS = 5 * 60_000;

/** Which of the open pull requests need a closer look. Whatever comes of it goes the way of a delivery. Pure. */
export function planLook({ open, known, live, branches, since }: LookFacts): Look {
  const numbers = new Set(open.map((pull) => pull.number));
  return {
    heads: open.filter(
      (pull) =>
        pull.state === 'open' &&
        !pull.draft &&
        branches.includes(pull.base.ref) &&
        !known.has(headKey(pull.number, pull.head.sha)) &&
        Date.parse(pull.updated_at) >= since.getTime() - SKEW_MS,
    ),
    gone: [...live].filter((number) => !numbers.has(number)),
  };
}

export function headKey(number: number, sha: string): string {
  return `${number}@${sha}`;
}
