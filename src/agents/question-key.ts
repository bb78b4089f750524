import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { canonicalJson } from '../audit/canonical-json.ts';
import { type Digest, digestOf } from '../ids.ts';
import type { AgentRequest } from './agent-call.ts';
import { answerSchemas } from './answer-schemas.ts';

/** What names the head, or the place of a part among others. */
const OF_ONE_HEAD = new Set(['change', 'part']);

/**
 * Names what is asked, whichever head it is asked about: everything that is sent but the echo of the change and the number
 * of the part, with the shape of the answer and the policy in force. Two calls with one key would be sent the same words, so
 * the answer to one is an answer to the other; a new prompt, model, schema or policy is a new question.
 */
export function questionKey(request: AgentRequest, policyHash: string): Digest {
  const { input, ...sent } = request;
  const parts = typeof input === 'object' && input !== null && !Array.isArray(input) ? Object.entries(input) : [];
  const data = parts.length === 0 ? input : Object.fromEntries(parts.filter(([name]) => !OF_ONE_HEAD.has(name)));
  const { schema } = zodOutputFormat(answerSchemas[request.agent]);
  return digestOf(canonicalJson({ ...sent, input: data, schema: JSON.stringify(schema), policy: policyHash }));
}
