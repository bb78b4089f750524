import { AgentRequest } from '../../src/agents/agent-call.ts';

export const CHANGE = { pr_number: 7, head_sha: 'a'.repeat(40) };

export function makeAgentRequest(over: Partial<AgentRequest> = {}): AgentRequest {
  return AgentRequest.parse({
    agent: 'review',
    model: 'claude-sonnet-5-5',
    max_output_tokens: 4096,
    system: 'You review.',
    input: { task: 'review', change: CHANGE, diff: '' },
    ...over,
  });
}
