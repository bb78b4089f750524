import type { ReportedFinding } from '../policy/finding.ts';
import type { AgentRequest } from './agent-call.ts';
import { makeRequest, type RequestBase } from './request-base.ts';

export interface VerifyFacts extends RequestBase {
  readonly finding: Pick<ReportedFinding, 'category' | 'severity' | 'path' | 'line' | 'quote' | 'trigger'>;
  /** What was read of the file it is in, as a diff. */
  readonly code: string;
}

/** One claim and the code it speaks of; not the rest of the change, and not how sure the first agent was. */
export function buildVerifyRequest(facts: VerifyFacts): AgentRequest {
  const { category, severity, path, line, quote, trigger } = facts.finding;
  return makeRequest('verify', facts, {
    finding: { category, severity, path, line, quote, trigger },
    code: facts.code,
  });
}
