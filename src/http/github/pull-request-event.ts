import { z } from 'zod';
import { Sha } from '../../ids.ts';

/** Actions that bring a head to look at. */
export const HEAD_ACTIONS = ['opened', 'synchronize', 'reopened', 'ready_for_review'] as const;

/** Why a run was cancelled: its pull request was closed. One that is opened again has another run. */
export const CLOSED = 'the pull request was closed';

/** Read of every `pull_request` event before it is known whether the action matters. */
export const AnyPullRequestEvent = z.object({ action: z.string().max(100) });

/** A pull request as GitHub describes it: only what is read here, whatever else it may hold. */
const PullRequest = z.object({
  number: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  title: z.string(),
  draft: z.boolean().default(false),
  /** Null once the account is deleted; GitHub shows such a user as `ghost`. */
  user: z.object({ login: z.string().min(1).max(200) }).nullable(),
  head: z.object({ sha: Sha }),
  base: z.object({ ref: z.string().min(1) }),
  /** Moves with every push, so it orders them whenever their deliveries arrive. */
  updated_at: z.iso.datetime({ offset: true }).optional(),
});

const Repository = z.object({
  full_name: z
    .string()
    .max(200)
    .regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
});

export const HeadEvent = z
  .object({
    action: z.enum(HEAD_ACTIONS),
    repository: Repository,
    pull_request: PullRequest,
    /** Whoever caused the delivery: who pushed, for `opened` and `synchronize`. */
    sender: z.object({ login: z.string().min(1).max(200) }).nullish(),
  })
  .meta({ id: 'GithubPullRequestEvent', description: 'The fields that are read of a `pull_request` event.' });
export type HeadEvent = z.infer<typeof HeadEvent>;

export const ClosedEvent = z.object({
  action: z.literal('closed'),
  repository: Repository,
  pull_request: PullRequest.pick({ number: true, head: true }).extend({
    merged: z.boolean(),
    closed_at: z.iso.datetime({ offset: true }),
  }),
});
export type ClosedEvent = z.infer<typeof ClosedEvent>;
