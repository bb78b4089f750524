import type { AgentName, AgentRequest } from '../agents/agent-call.ts';
import { ensureAgentCall, readAgentCall } from '../agents/call-agent.ts';
import type { Prompts } from '../agents/load-prompts.ts';
import type { RequestBase } from '../agents/request-base.ts';
import type { Stage } from '../audit/entry.ts';
import { RunId } from '../ids.ts';
import { agentCallId } from '../queues/job-ids.ts';
import type { AgentCall, Run } from '../store/tables.ts';
import type { StagePorts } from './enter-stage.ts';
import type { ChildJob } from './step.ts';

export interface AskPorts extends StagePorts {
  readonly prompts: Prompts;
}

/** Where the request and the answer behind an entry are kept, prompt and schema included. */
export interface CallRef {
  readonly id: string;
  readonly request: string;
  readonly answer: string | null;
}

export type AgentOutcome =
  | { kind: 'answer'; text: string; model: string; call: CallRef }
  | { kind: 'inconclusive'; reason: string }
  | { kind: 'waiting'; child: ChildJob };

/**
 * Asks once under a deterministic id. The call itself is a job of the `agents` queue, so that the fleet's cap holds;
 * the stage waits for it and comes back here for what is stored. `build` runs only when nothing was asked yet.
 */
export async function askAgent(
  ports: AskPorts,
  run: Run,
  question: { stage: Stage; agent: AgentName; n: number },
  build: (base: RequestBase) => AgentRequest | Promise<AgentRequest>,
): Promise<AgentOutcome> {
  const runId = RunId.parse(run.id);
  const id = agentCallId(runId, question.stage, question.agent, question.n);
  const stored = await readAgentCall(ports.db, id);
  if (stored?.kind === 'answer')
    return {
      kind: 'answer',
      text: stored.text,
      model: stored.call.model ?? ports.config.orchestration.model,
      call: callRef(stored.call),
    };
  if (stored?.kind === 'inconclusive') return { kind: 'inconclusive', reason: stored.reason };
  if (stored === null) {
    const deadlineAt = new Date(ports.now().getTime() + ports.config.orchestration.agent_call_deadline_s * 1000);
    const request = await build(requestBase(ports, question.agent, run));
    await ensureAgentCall(ports.db, { runId, ...question, request, deadlineAt });
  }
  return { kind: 'waiting', child: { queue: 'agents', id, data: { run_id: run.id, call_id: id } } };
}

function callRef({ id, request, answer }: AgentCall): CallRef {
  return { id, request, answer };
}

function requestBase({ prompts, config }: AskPorts, agent: AgentName, run: Run): RequestBase {
  return {
    prompt: prompts[agent],
    model: config.orchestration.model,
    maxOutputTokens: config.orchestration.max_output_tokens,
    change: changeEcho(run),
  };
}

/** What an answer must repeat, so that an answer about another change is not taken for this one's. */
export function changeEcho(run: Run): { pr_number: number; head_sha: string } {
  return { pr_number: run.pr_number, head_sha: run.head_sha };
}
