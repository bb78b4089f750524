import type { AgentName, AgentRequest } from './agent-call.ts';
import type { ChangeEcho } from './change-echo.ts';
import type { Prompt } from './load-prompts.ts';
import { redactSecrets } from './redact-secrets.ts';

/** What every request has: the prompt that is in force, the model, and the change it is about. */
export interface RequestBase {
  readonly prompt: Prompt;
  readonly model: string;
  readonly maxOutputTokens: number;
  readonly change: ChangeEcho;
}

type Json = AgentRequest['input'];

/** The one shape of an input: which task, which change, then the task's own data, without the credentials in it. */
export function makeRequest(agent: AgentName, base: RequestBase, data: { readonly [key: string]: Json }): AgentRequest {
  const change = { pr_number: base.change.pr_number, head_sha: base.change.head_sha };
  return {
    agent,
    model: base.model,
    max_output_tokens: base.maxOutputTokens,
    system: base.prompt.text,
    input: { task: agent, change, ...withoutSecrets(data) },
  };
}

function withoutSecrets(data: { readonly [key: string]: Json }): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, redactJson(value)]));
}

/** What PostgreSQL takes in no JSON text: one such character would make every statement fail that reads the request. */
const UNSTORABLE = /\0|\p{Cs}/gu;

/** Every string in it, at any depth; the names of fields are ours. */
function redactJson(value: Json): Json {
  if (typeof value === 'string') return redactSecrets(value.replace(UNSTORABLE, '\ufffd'));
  if (Array.isArray(value)) return value.map(redactJson);
  return typeof value === 'object' && value !== null ? withoutSecrets(value) : value;
}
