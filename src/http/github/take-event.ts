import { cutText, sanitiseText } from '../../audit/safe-text.ts';
import { InputError } from '../../errors.ts';
import { RunId } from '../../ids.ts';
import { type Caller, EnqueueRequest, type EnqueueResult, ListFilter, type RunDesk } from '../../runs/run-desk.ts';
import type { Run } from '../../store/tables.ts';
import { parseInput } from '../parse-input.ts';
import { AnyPullRequestEvent, ClosedEvent, HEAD_ACTIONS, HeadEvent } from './pull-request-event.ts';

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
  });
  try {
    const first = await deps.desk.enqueue(request, deps.caller);
    const result = (await takeBack(deps, request, first, event.before ?? null)) ?? first;
    return { kind: result.kind, run: result.kind === 'older_head' ? result.current : result.run };
  } catch (error) {
    // The payload was well formed: what the desk refuses is a repository or service that is not configured.
    if (error instanceof InputError) return ignored('not_configured', error.message);
    throw error;
  }
}

/**
 * A push can also put a pull request back to a head that it had before. Then nobody wants the head that was replaced any
 * more: its run is cancelled, and the older head has another one where its own was stopped. An old delivery changes nothing: the
 * head that it says was replaced is not that of the newest run. Null where the push did no such thing.
 */
async function takeBack(
  { desk, caller }: TakeDeps,
  request: EnqueueRequest,
  first: EnqueueResult,
  before: string | null,
): Promise<EnqueueResult | null> {
  if (before === null || before === request.head_sha || first.kind === 'created') return null;
  const { repo, pr_number } = request;
  const runs = await desk.list(ListFilter.parse({ repo, pr_number, limit: RUNS_OF_PR }));
  const newest = runs.find((run) => !run.dry_run);
  if (newest?.head_sha !== before) return null;
  if (isLive(newest))
    await desk.cancel(RunId.parse(newest.id), `a push put the pull request back to ${request.head_sha}`, caller);
  const own = runs.find((run) => !run.dry_run && run.head_sha === request.head_sha);
  const wasStopped = own === undefined || own.stop_kind !== null;
  return wasStopped ? desk.enqueue({ ...request, again: true }, caller) : null;
}

function isLive(run: Run): boolean {
  return run.status !== 'finished' && run.stop_kind === null;
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
  for (const run of live) await deps.desk.cancel(RunId.parse(run.id), 'the pull request was closed', deps.caller);
  return { kind: 'stopping', runs: live };
}

function ignored(why: IgnoredWhy, detail: string): Taken {
  return { kind: 'ignored', why, detail };
}
