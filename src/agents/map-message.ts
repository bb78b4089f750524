import { z } from 'zod';
import type { InconclusiveReason, ModelReply, Usage } from './agent-call.ts';

/** What we read of a Messages API reply; the rest may change as it likes. */
export const MessageReply = z.object({
  model: z.string().min(1),
  stop_reason: z.string().nullable(),
  stop_details: z.object({ category: z.string().nullish() }).nullish(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  usage: z.object({
    input_tokens: z.int().min(0),
    output_tokens: z.int().min(0),
    cache_read_input_tokens: z.int().min(0).nullish(),
    cache_creation_input_tokens: z.int().min(0).nullish(),
  }),
});
export type MessageReply = z.infer<typeof MessageReply>;

/** Only `end_turn` is an answer. A cut or refused text is none, even where it happens to parse. */
const STOPS: Record<string, InconclusiveReason> = {
  max_tokens: 'output_cut',
  refusal: 'refusal',
  model_context_window_exceeded: 'context_exceeded',
};

export function mapMessage(message: MessageReply, asked: string, requestId: string | null, usage: Usage): ModelReply {
  const { stop_reason: stop, model } = message;
  if (!isOf(asked, model)) {
    const detail = `${asked} was asked and ${model.slice(0, 200)} answered`;
    return { kind: 'inconclusive', reason: 'wrong_model', detail, requestId, usage };
  }
  if (stop !== 'end_turn') {
    const reason = STOPS[stop ?? ''] ?? 'unexpected_stop';
    const category = message.stop_details?.category;
    const detail = `the model stopped with ${stop ?? 'no reason'}${category ? ` (${category})` : ''}`;
    return { kind: 'inconclusive', reason, detail, requestId, usage };
  }
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text ?? ''] : [])).join('');
  if (text.trim() === '') {
    return {
      kind: 'inconclusive',
      reason: 'unexpected_stop',
      detail: 'the model ended its turn without text',
      requestId,
      usage,
    };
  }
  return { kind: 'answer', text, model, requestId, usage };
}

/** The model that was asked, or the dated one that its name stands for. */
function isOf(asked: string, model: string): boolean {
  return model === asked || (model.startsWith(`${asked}-`) && /^\d{8}$/.test(model.slice(asked.length + 1)));
}
