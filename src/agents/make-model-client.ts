import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { Agent } from 'undici';
import type { Price } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { withDeadline } from '../with-deadline.ts';
import type { AgentRequest, ModelClient, ModelReply, Usage } from './agent-call.ts';
import { answerSchemas } from './answer-schemas.ts';
import { carefulFetch } from './careful-fetch.ts';
import { withLastLook } from './last-look.ts';
import { MessageReply, mapMessage } from './map-message.ts';
import { mapModelError } from './map-model-error.ts';
import { costMicroUsd } from './prices.ts';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';

interface ModelClientOptions {
  readonly apiKey: string;
  /** Undefined = Anthropic's own. */
  readonly baseUrl: string | undefined;
  /** From sending to the last byte of the reply. */
  readonly requestTimeoutMs: number;
  readonly prices: readonly Price[];
  readonly log: Logger;
  readonly now?: () => Date;
}

/**
 * One request to the Messages API for one `send`, never more: retries belong to the queue, which can wait without
 * holding a slot. The reply's text is returned unparsed, so that what it cost is known whatever it says.
 * `send` does not throw for anything the model or the network does; what `look` throws, it throws.
 */
export function makeModelClient(options: ModelClientOptions): ModelClient {
  const { prices, log, now = () => new Date() } = options;
  const timeoutMs = options.requestTimeoutMs;
  // The deadline is ours: undici's own would end a silent connection after 300 s, as another kind of error.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const sdk = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? DEFAULT_BASE_URL,
    webhookKey: null,
    fetch: carefulFetch,
    maxRetries: 0,
    timeout: timeoutMs,
    openTelemetry: false,
    logLevel: 'off',
  });

  return {
    async send(request: AgentRequest, signal: AbortSignal, look?: () => void): Promise<ModelReply> {
      const startedMs = performance.now();
      const forbidden: unknown[] = [];
      const dispatcher = withLastLook(agent, () => {
        try {
          look?.();
        } catch (error) {
          forbidden.push(error);
          throw error;
        }
      });
      try {
        // The deadline is ours: the SDK's own only covers the wait for headers.
        const { data, request_id: requestId } = await withDeadline(signal, timeoutMs, (either) =>
          sdk.messages.create(bodyOf(request), { signal: either, fetchOptions: { dispatcher } }).withResponse(),
        );
        const message = MessageReply.safeParse(data);
        if (!message.success) {
          return { kind: 'retry', detail: 'the reply is not a Messages API reply', maybeBilled: true, usage: null };
        }
        return mapMessage(
          message.data,
          request.model,
          requestId ?? null,
          usageOf(message.data, performance.now() - startedMs),
        );
      } catch (error) {
        if (forbidden.length > 0) throw forbidden[0];
        const reply = mapModelError(error, now());
        log.warn(
          { agent: request.agent, model: request.model, reply: reply.kind, detail: reply.detail },
          'model request failed',
        );
        return reply;
      }
    },
  };

  function usageOf(message: MessageReply, latencyMs: number): Usage {
    const tokens = {
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
      cacheReadTokens: message.usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: message.usage.cache_creation_input_tokens ?? 0,
    };
    const cost = costMicroUsd(prices, message.model, tokens, now());
    if (cost.priced !== 'listed') {
      log.warn({ model: message.model, priced: cost.priced }, 'model is not in the price table');
    }
    return { model: message.model, ...tokens, costMicroUsd: cost.costMicroUsd, latencyMs: Math.round(latencyMs) };
  }
}

/** Instructions and data never meet: the prompt is the system text, all that is untrusted is one JSON text. */
function bodyOf(request: AgentRequest): Anthropic.MessageCreateParamsNonStreaming {
  const { type, schema } = zodOutputFormat(answerSchemas[request.agent]);
  return {
    model: request.model,
    max_tokens: request.max_output_tokens,
    system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: contentOf(request) }],
    output_config: { format: { type, schema } },
  };
}

/** With a lens the data is cached for the other lenses that are asked about the same; what differs comes last. */
function contentOf({ input, lens }: AgentRequest): Anthropic.MessageParam['content'] {
  const data = JSON.stringify(input);
  if (lens === undefined) return data;
  return [
    { type: 'text', text: data, cache_control: { type: 'ephemeral' } },
    { type: 'text', text: JSON.stringify({ lens }) },
  ];
}
