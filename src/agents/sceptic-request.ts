import type { ChangeType } from '../change/change.ts';
import type { AgentRequest } from './agent-call.ts';
import { makeRequest, type RequestBase } from './request-base.ts';

export interface ScepticFacts extends RequestBase {
  readonly changeType: ChangeType;
  readonly part: { readonly index: number; readonly of: number };
  /** The diff as `maskDiff` leaves it: code without words. */
  readonly diff: string;
}

/** Code alone: no title, no names of files, no comments, no prose. What cannot speak cannot persuade. */
export function buildScepticRequest(facts: ScepticFacts): AgentRequest {
  return makeRequest('sceptic', facts, {
    change_type: facts.changeType,
    part: { index: facts.part.index, of: facts.part.of },
    diff: facts.diff,
  });
}
