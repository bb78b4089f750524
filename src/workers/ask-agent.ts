import type { AgentName, AgentRequest } from '../agents/agent-call.ts';
import { ensureAgentCall } from '../agents/ask-call.ts';
import type { ChangeEcho } from '../agents/change-echo.ts';
import type { Prompts } from '../agents/load-prompts.ts';
import { questionKey } from '../agents/question-key.ts';
import type { RequestBase } from '../agents/request-base.ts';
import { readAgentCall } from '../agents/stored-call.ts';
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
  /** The call of an earlier head whose answer this is; absent where the model was asked. */
  readonly reused_from?: string;
}

export type AgentOutcome = AnsweredCall | { kind: 'waiting'; child: ChildJob };

/** A call that has ended. */
export type AnsweredCall =
  | {
      kind: 'answer';
      text: string;
      model: string;
      call: CallRef;
      /** The change that was asked about: an earlier head of the pull request where its answer is used again. */
      about: ChangeEcho;
    }
  | { kind: 'inconclusive'; reason: string };

interface Question {
  readonly stage: Stage;
  readonly agent: AgentName;
  readonly n: number;
  /** Take the stored answer to the same question about an earlier head of this pull request, where there is one. */
  readonly reuse?: boolean;
}

/**
 * Asks once under a deterministic id. The call itself is a job of the `agents` queue, so that the fleet's cap holds;
 * the stage waits for it and comes back here for what is stored. `build` runs only when nothing was asked yet.
 */
export async function askAgent(
  ports: AskPorts,
  run: Run,
  question: Question,
  build: (base: RequestBase) => AgentRequest | Promise<AgentRequest>,
): Promise<AgentOutcome> {
  const runId = RunId.parse(run.id);
  const { stage, agent, n } = question;
  const id = agentCallId(runId, stage, agent, n);
  let stored = await readAgentCall(ports.db, id);
  if (stored === null) {
    const deadlineAt = new Date(ports.now().getTime() + ports.config.orchestration.agent_call_deadline_s * 1000);
    const request = await build(requestBase(ports, agent, run));
    const key = question.reuse === true ? questionKey(request, ports.config.policy_hash) : null;
    const call = await ensureAgentCall(ports.db, { runId, stage, agent, n, request, question: key, deadlineAt });
    stored = call.status === 'queued' ? { kind: 'queued', call } : await readAgentCall(ports.db, id);
  }
  if (stored?.kind === 'answer')
    return {
      kind: 'answer',
      text: stored.text,
      model: stored.call.model ?? ports.config.orchestration.model,
      call: callRef(stored.call),
      about: { ...changeEcho(run), ...(stored.askedAboutHead === null ? {} : { head_sha: stored.askedAboutHead }) },
    };
  if (stored?.kind === 'inconclusive') return { kind: 'inconclusive', reason: stored.reason };
  const child = { queue: 'agents', id, data: { run_id: run.id, call_id: id }, first: run.front_at !== null } as const;
  return { kind: 'waiting', child };
}

function callRef({ id, request, answer, reused_from }: AgentCall): CallRef {
  return { id, request, answer, ...(reused_from === null ? {} : { reused_from }) };
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
