import { type HeadTime, isLaterHead, NOT_YET } from './later-head.ts';

/** What is asked of a run of the pull request. */
export interface RunOfHead extends HeadTime {
  readonly status: 'queued' | 'running' | 'waiting' | 'finished';
  readonly stop_kind: 'superseded' | 'cancelled' | null;
}

export interface HeadFacts<R extends RunOfHead> {
  /** When the forge says that the pull request had this head; null where nobody said. */
  readonly headAt: Date | null;
  /** Somebody asked for another run by name (`--again`). */
  readonly again: boolean;
  /** The newest run of this head; undefined where it never had one. */
  readonly own: R | undefined;
  /** Runs of other heads of the same pull request. */
  readonly others: readonly R[];
}

export type HeadDecision<R extends RunOfHead> =
  | { readonly kind: 'start' }
  /** The pull request was put back to this head. It starts, unless what came of its run before is in production. */
  | { readonly kind: 'back'; readonly own: R }
  /** The head's own run answers, or the one that took its place. */
  | { readonly kind: 'known'; readonly own: R }
  /** The forge has named another head since: that one's run answers. */
  | { readonly kind: 'old_word'; readonly current: R };

/**
 * Whether a head gets a run. A push that puts a pull request back to an earlier head is a push: that head gets another run
 * whatever became of its first, unless that one lives. Requests may arrive in any order: that of the forge counts, so a
 * late one changes nothing. Pure.
 */
export function decideHead<R extends RunOfHead>({ headAt, again, own, others }: HeadFacts<R>): HeadDecision<R> {
  const asked = { head_at: headAt, created_at: NOT_YET };
  const since = others.filter((run) => isLaterHead(run, asked) === true);
  if (own === undefined) {
    const [current] = since.toSorted((a, b) => (isLaterHead(a, b) === true ? -1 : 1));
    return current === undefined ? { kind: 'start' } : { kind: 'old_word', current };
  }
  if (isLive(own)) return { kind: 'known', own };
  if (again) return { kind: 'start' };
  const replaced = own.stop_kind === 'superseded' || others.some((run) => run.created_at > own.created_at);
  const isBack = replaced && since.length === 0 && isLaterHead(asked, own) === true;
  return { kind: isBack ? 'back' : 'known', own };
}

/** Neither over nor told to stop. */
export function isLive(run: Pick<RunOfHead, 'status' | 'stop_kind'>): boolean {
  return run.status !== 'finished' && run.stop_kind === null;
}
