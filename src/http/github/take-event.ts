import { cutText, sanitiseText } from '../../audit/safe-text.ts';
import { InputError } from '../../errors.ts';
import { RunId } from '../../ids.ts';
import type { Caller } from '../../runs/caller.ts';
import { isLive } from '../../runs/enqueue.decide.ts';
import { isLaterHead, NOT_YET } from '../../runs/later-head.ts';
import { EnqueueRequest, type EnqueueResult, ListFilter, type RunDesk } from '../../runs/run-desk.ts';
import type { Run } from '../../store/tables.ts';
import { parseInput } from '../parse-input.ts';
import { AnyPullRequestEvent, CLOSED, ClosedEvent, HEAD_ACTIONS, HeadEvent } from './pull-request-event.ts';

/** Runs that the hook starts and stops are a machine's; a signature names no person. */
export const WEBHOOK: Caller = { tokenId: 'github-webhook', name: 'github-webhook', person: null, scopes: ['enqueue'] };

/** Longest title of a run. */
const TITLE_UNITS = 300;
const RUNS_OF_PR = 200;
/** Who sends these has pushed the head; the others may come from anybody who may write to the pull request. */
const PUSHES: ReadonlySet<string> = new Set(['opened', 'synchronize']);

/** Why a delivery starts nothing. GitHub is told with 202: a hook that keeps failing is switched off. */
type IgnoredWhy = 'event' | 'action' | 'draft' | 'other_branch' | 'not_configured' | 'merged' | 'no_live_run';

export type Taken =
  | { readonly kind: 'pong' }
  /** `older_head`: the id is that of the newer head's run. */
  | { readonly kind: 'created' | 'exists' | 'older_head'; readonly run: Run }
  | { readonly kind: 'stopping'; readonly runs: readonly Run[] }
  | { readonly kind: 'ignored'; readonly why: IgnoredWhy; readonly detail: string };

export interface TakeDeps {
  readonly desk: Pick<RunDesk, 'enqueue' | 'list' | 'cancel'>;
  readonly targetBranches: (repo: string) => readonly string[];
  /** Who brings the event; the record names it. */
  readonly caller: Caller;
}

/**
 * What one signed delivery asks for, done. The same delivery again, or an old one under a new id, changes nothing: the
 * head has its run, or a newer head has.
 * @throws {InputError} naming the field when the payload is not what GitHub sends.
 */
export async function takeEvent(deps: TakeDeps, event: string, payload: unknown): Promise<Taken> {
  if (event === 'ping') return { kind: 'pong' };
  if (event !== 'pull_request') return ignored('event', `${event} events mean nothing here; only pull_request does.`);
  const { action } = parseInput(AnyPullRequestEvent, payload);
  if (action === 'closed') return takeClosed(deps, parseInput(ClosedEvent, payload));
  if (HEAD_ACTIONS.some((known) => known === action)) return takeHead(deps, parseInput(HeadEvent, payload));
  return ignored('action', `${action} brings no head to look at.`);
}

async function takeHead(deps: TakeDeps, event: HeadEvent): Promise<Taken> {
  const { action, sender, repository, pull_request } = event;
  const branches = deps.targetBranches(repository.full_name);
  if (pull_request.draft)
    return ignored('draft', 'The pull request is a draft; it starts when it is ready for review.');
  if (branches.length > 0 && !branches.includes(pull_request.base.ref))
    return ignored('other_branch', `The pull request is against ${pull_request.base.ref}, not ${branches.join(', ')}.`);
  const request = parseInput(EnqueueRequest, {
    repo: repository.full_name,
    pr_number: pull_request.number,
    head_sha: pull_request.head.sha,
    title: cutText(sanitiseText(pull_request.title), TITLE_UNITS),
    author: pull_request.user?.login ?? 'ghost',
    ...(sender && PUSHES.has(action) ? { pusher: sender.login } : {}),
    ...(pull_request.updated_at === undefined ? {} : { head_at: pull_request.updated_at }),
  });
  try {
    const first = await deps.desk.enqueue(request, deps.caller);
    const result = isReopened(event, first) ? await deps.desk.enqueue({ ...request, again: true }, deps.caller) : first;
    return { kind: result.kind, run: result.kind === 'older_head' ? result.current : result.run };
  } catch (error) {
    // The payload was well formed: what the desk refuses is a repository or service that is not configured.
    if (error instanceof InputError) return ignored('not_configured', error.message);
    throw error;
  }
}

/** Opened again, since the closing that stopped its run: an old delivery names an earlier time. */
function isReopened({ action, pull_request }: HeadEvent, first: EnqueueResult): boolean {
  if (action !== 'reopened' || pull_request.updated_at === undefined || first.kind !== 'exists') return false;
  if (first.run.stop_kind !== 'cancelled') return false;
  return isLaterHead({ head_at: new Date(pull_request.updated_at), created_at: NOT_YET }, first.run) === true;
}

/**
 * A pull request that was closed needs no run. A run survives only when it is of another head and began after the
 * closing: then the pull request was opened again since, and this delivery is an old one.
 */
async function takeClosed(deps: TakeDeps, { repository, pull_request }: ClosedEvent): Promise<Taken> {
  if (pull_request.merged) return ignored('merged', 'The pull request was merged; its run goes on.');
  const closedAt = new Date(pull_request.closed_at);
  const filter = ListFilter.parse({ repo: repository.full_name, pr_number: pull_request.number, limit: RUNS_OF_PR });
  const runs = await deps.desk.list(filter);
  const live = runs.filter(
    (run) => isLive(run) && (run.head_sha === pull_request.head.sha || run.created_at <= closedAt),
  );
  if (live.length === 0) return ignored('no_live_run', 'The pull request has no live run from before it was closed.');
  for (const run of live) await deps.desk.cancel(RunId.parse(run.id), CLOSED, deps.caller);
  return { kind: 'stopping', runs: live };
}

function ignored(why: IgnoredWhy, detail: string): Taken {
  return { kind: 'ignored', why, detail };
}
