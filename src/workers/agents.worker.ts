import type { AgentCaller, CallOutcome } from '../agents/call-agent.ts';
import { assertNever, TransientFailure } from '../errors.ts';
import { registry } from '../queues/registry.ts';
import type { AgentJob } from '../queues/stage-job.ts';
import { FleetBackOff, SpendLimit } from './fleet-back-off.ts';
import type { Step, StepContext } from './step.ts';

export interface AgentPorts {
  readonly agents: AgentCaller;
  /** Ends a call without an answer. */
  readonly settle: (callId: string, reason: 'transport') => Promise<unknown>;
  /** A run that was stopped or is finished pays for no more calls. */
  readonly isOver: (runId: AgentJob['run_id']) => Promise<boolean>;
  /** Told what came of each request, for metrics. */
  readonly onReply: (kind: CallOutcome['kind'], ms: number) => void;
}

/** Met only after Redis lost the cap, or gave a job out twice: the slots in PostgreSQL are the last word. */
const SLOT_AGAIN_MS = 300;

/** One request to the model, or the result that is already stored. The last attempt ends the call instead of losing it. */
export function makeAgentHandler({ agents, settle, isOver, onReply }: AgentPorts) {
  return async function handleAgentCall(
    job: AgentJob,
    { signal, attempt, confirmOwner, assertOwner }: StepContext,
  ): Promise<Step<{ call_id: string }>> {
    const done: Step<{ call_id: string }> = { kind: 'done', result: { call_id: job.call_id } };
    if (await isOver(job.run_id)) return done;
    const started = performance.now();
    const reply = await agents.runAgentCall(job.call_id, signal, {
      confirm: confirmOwner,
      assertHeld: assertOwner,
    });
    onReply(reply.kind, performance.now() - started);
    switch (reply.kind) {
      case 'done':
        return done;
      case 'wait':
        return { kind: 'delay', ms: SLOT_AGAIN_MS, why: reply.why };
      case 'back_off':
        throw new FleetBackOff(reply.retryAfterMs, reply.detail);
      case 'spend_limit':
        throw new SpendLimit(reply.detail);
      case 'retry':
        // Cut off by a drain, a stop or a lost lock: that says nothing about the call, least of all that it is over.
        if (signal.aborted) throw new TransientFailure('ABORTED', String(signal.reason));
        if (attempt < registry.agents.attempts) throw new TransientFailure('MODEL', reply.detail);
        await settle(job.call_id, 'transport');
        return done;
      default:
        return assertNever(reply);
    }
  };
}
