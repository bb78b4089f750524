import { describe, expect, it } from 'vitest';
import { MessageReply, mapMessage } from '../../../src/agents/map-message.ts';

const usage = {
  model: 'm',
  inputTokens: 1,
  outputTokens: 1,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costMicroUsd: 1,
  latencyMs: 1,
};

function reply(stop: string | null, content: unknown[] = [{ type: 'text', text: '{"a":1}' }], more: object = {}) {
  const message = MessageReply.parse({
    model: 'm',
    stop_reason: stop,
    content,
    usage: { input_tokens: 1, output_tokens: 1 },
    ...more,
  });
  return mapMessage(message, 'm', 'req_1', usage);
}

describe('mapMessage', () => {
  it('joins the text blocks of an ended turn and leaves thinking out', () => {
    const content = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: '{"a":' },
      { type: 'text', text: '1}' },
    ];
    expect(reply('end_turn', content)).toEqual({
      kind: 'answer',
      text: '{"a":1}',
      model: 'm',
      requestId: 'req_1',
      usage,
    });
  });

  it.each([
    ['max_tokens', 'output_cut'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context_exceeded'],
    ['tool_use', 'unexpected_stop'],
    ['pause_turn', 'unexpected_stop'],
    ['stop_sequence', 'unexpected_stop'],
    ['something_new', 'unexpected_stop'],
    [null, 'unexpected_stop'],
  ])('takes %s for %s, whatever the text, with its usage', (stop, reason) => {
    expect(reply(stop)).toMatchObject({ kind: 'inconclusive', reason, usage });
  });

  it('names the category of a refusal', () => {
    expect(reply('refusal', [], { stop_details: { category: 'cyber' } })).toMatchObject({
      detail: 'the model stopped with refusal (cyber)',
    });
  });

  it.each([[[]], [[{ type: 'text', text: ' ' }]], [[{ type: 'tool_use' }]]])(
    'takes a turn without text (%j) for no answer',
    (content) => {
      expect(reply('end_turn', content)).toMatchObject({ kind: 'inconclusive', reason: 'unexpected_stop' });
    },
  );
});
