import type { ChangedFile, ChangeType } from '../change/change.ts';
import type { FindingCategory } from '../policy/finding.ts';
import type { AgentRequest } from './agent-call.ts';
import { makeRequest, type RequestBase } from './request-base.ts';

export interface ReviewFacts extends RequestBase {
  readonly title: string;
  readonly changeType: ChangeType;
  /** All files of the change, also those of other parts: what is missing here may be there. */
  readonly files: readonly ChangedFile[];
  /** This part of a large diff, from 1. */
  readonly part: { readonly index: number; readonly of: number };
  /** Unified diff of this part. */
  readonly diff: string;
  /** Look for this category alone; undefined = for all four. */
  readonly lens?: FindingCategory;
}

const MAX_FILES = 500;

/** The diff and the names of what changed; no repository, no history, no author. */
export function buildReviewRequest(facts: ReviewFacts): AgentRequest {
  // A plain rename has no line in any part: here it is said.
  const files = facts.files.slice(0, MAX_FILES).map(({ path, status, previous_path: from }) => ({
    path,
    status,
    ...(from === null ? {} : { previous_path: from }),
  }));
  const request = makeRequest('review', facts, {
    title: facts.title,
    change_type: facts.changeType,
    files,
    files_not_named: facts.files.length - files.length,
    part: { index: facts.part.index, of: facts.part.of },
    diff: facts.diff,
  });
  return facts.lens === undefined ? request : { ...request, lens: facts.lens };
}
