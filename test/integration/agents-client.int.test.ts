import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelClient, ModelReply } from '../../src/agents/agent-call.ts';
import { makeModelClient } from '../../src/agents/make-model-client.ts';
import { SHIPPED_PRICES } from '../../src/agents/price-table.ts';
import { LeaseLost } from '../../src/errors.ts';
import { makeLogger } from '../../src/log.ts';
import { CHANGE, makeAgentRequest } from '../support/agent-request.ts';
import { type Fault, type FaultyModel, startFaultyModel } from '../support/faulty-model.ts';

const NOW = new Date('2026-11-23T10:00:00Z');
let model: FaultyModel;
let client: ModelClient;

beforeAll(async () => {
  model = await startFaultyModel();
  client = makeClient(20_000);
});
afterAll(() => model.close());

function makeClient(requestTimeoutMs: number): ModelClient {
  const log = makeLogger({ name: 'test', level: 'silent' });
  return makeModelClient({
    apiKey: 'key-for-test',
    baseUrl: model.url,
    requestTimeoutMs,
    prices: SHIPPED_PRICES,
    log,
    now: () => NOW,
  });
}

async function sendOnce(...faults: Fault[]): Promise<ModelReply> {
  model.script(...faults);
  const before = model.seen.length;
  const reply = await client.send(makeAgentRequest(), new AbortController().signal);
  expect(model.seen.length - before).toBe(1);
  return reply;
}

describe('makeModelClient', () => {
  it('sends instructions as system, data as one JSON text, and the schema of the agent', async () => {
    await sendOnce({ kind: 'answer', text: '{}' });
    const { headers, body, path } = model.seen.at(-1)!;
    expect(path).toBe('/v1/messages');
    expect(headers.authorization).toBe('Bearer key-for-test');
    expect(headers.traceparent).toBeUndefined();
    expect(body).toMatchObject({
      model: 'claude-sonnet-5-5',
      max_tokens: 4096,
      system: [{ type: 'text', text: 'You review.', cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: JSON.stringify({ task: 'review', change: CHANGE, diff: '' }) }],
      output_config: { format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } } },
    });
    expect(JSON.stringify(body)).not.toContain('"tools"');
  });

  it.each([
    ['a short request', ''],
    ['a long one', 'x'.repeat(1_000_000)],
  ])('looks last when the connection stands, in the turn in which %s is written', async (_what, diff) => {
    model.script({ kind: 'answer', text: '{}' });
    const order: string[] = [];
    const connected = () => order.push('connected');
    const ready = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      const write = socket.write.bind(socket) as (...written: unknown[]) => boolean;
      socket.write = (...written: unknown[]) => {
        order.push('written');
        return write(...written);
      };
    };
    const look = () => {
      order.push('looked');
      process.nextTick(() => order.push('next tick'));
    };
    subscribe('undici:client:connected', connected);
    subscribe('undici:client:sendHeaders', ready);
    try {
      await makeClient(20_000).send(
        makeAgentRequest({ input: { task: 'review', change: CHANGE, diff } }),
        new AbortController().signal,
        look,
      );
    } finally {
      unsubscribe('undici:client:connected', connected);
      unsubscribe('undici:client:sendHeaders', ready);
    }
    expect(order.slice(0, 3)).toEqual(['connected', 'looked', 'written']);
  });

  it('sends nothing that the last look forbids, throws what it threw, and sends the next one', async () => {
    model.script({ kind: 'answer', text: '{}' });
    const before = model.seen.length;
    const lost = new LeaseLost('the step may be another replica’s by now');
    const forbid = () => {
      throw lost;
    };
    await expect(client.send(makeAgentRequest(), new AbortController().signal, forbid)).rejects.toBe(lost);
    expect(model.seen.length).toBe(before);
    expect(await sendOnce({ kind: 'answer', text: '{}' })).toMatchObject({ kind: 'answer' });
  });

  it('returns the text unread, with what it cost', async () => {
    const usage = {
      input_tokens: 1000,
      output_tokens: 200,
      cache_read_input_tokens: 3000,
      cache_creation_input_tokens: 400,
    };
    expect(await sendOnce({ kind: 'answer', text: 'no JSON at all', usage })).toMatchObject({
      kind: 'answer',
      text: 'no JSON at all',
      model: 'claude-sonnet-5-5',
      requestId: 'req_faulty',
      usage: {
        inputTokens: 1000,
        outputTokens: 200,
        cacheReadTokens: 3000,
        cacheWriteTokens: 400,
        costMicroUsd: 2000 + 2000 + 300 + 1000,
      },
    });
  });

  it.each([
    ['max_tokens', 'output_cut'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context_exceeded'],
    ['pause_turn', 'unexpected_stop'],
    ['tool_use', 'unexpected_stop'],
    [null, 'unexpected_stop'],
  ])('takes stop reason %s for inconclusive(%s) and knows its cost', async (stop, reason) => {
    expect(await sendOnce({ kind: 'answer', text: '{}', stop })).toMatchObject({
      kind: 'inconclusive',
      reason,
      usage: { costMicroUsd: 4000 },
    });
  });

  it.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    ['a date', { 'retry-after': 'Mon, 23 Nov 2026 10:00:20 GMT' }, 20_000],
    ['milliseconds', { 'retry-after-ms': '2500' }, 2500],
    ['nothing', {}, 30_000],
  ])('backs off on 429 with %s', async (_what, headers, retryAfterMs) => {
    expect(await sendOnce({ kind: 'error', status: 429, type: 'rate_limit_error', headers })).toMatchObject({
      kind: 'back_off',
      retryAfterMs,
    });
  });

  it('backs off on a ramp limit, which passes', async () => {
    expect(
      await sendOnce({ kind: 'error', status: 429, type: 'rate_limit_error', code: 'ramp_limit_exceeded' }),
    ).toMatchObject({ kind: 'back_off' });
  });

  it.each(['enforced_spend_limit_reached', 'contract_spend_limit_reached'])(
    'tells money (%s) from haste',
    async (code) => {
      expect(await sendOnce({ kind: 'error', status: 429, type: 'rate_limit_error', code })).toMatchObject({
        kind: 'spend_limit',
      });
    },
  );

  it('takes 402 for money too', async () => {
    expect(await sendOnce({ kind: 'error', status: 402, type: 'billing_error' })).toMatchObject({
      kind: 'spend_limit',
    });
  });

  it.each([500, 503, 504, 529, 408, 409])('retries %d, which was not billed', async (status) => {
    expect(await sendOnce({ kind: 'error', status })).toMatchObject({ kind: 'retry', maybeBilled: false, usage: null });
  });

  it.each([400, 401, 403, 404, 413, 422])('gives up on %d', async (status) => {
    expect(await sendOnce({ kind: 'error', status, type: 'invalid_request_error' })).toMatchObject({
      kind: 'inconclusive',
      reason: 'rejected_request',
      requestId: 'req_faulty',
      usage: null,
    });
  });

  it.each(['before', 'during'] as const)('takes a connection cut %s the answer for maybe billed', async (when) => {
    expect(await sendOnce({ kind: 'cut', when })).toMatchObject({ kind: 'retry', maybeBilled: true });
  });

  it.each(['silent', 'stalled'] as const)('ends a %s reply at its own deadline', async (kind) => {
    model.script({ kind });
    const reply = await makeClient(250).send(makeAgentRequest(), new AbortController().signal);
    expect(reply).toMatchObject({ kind: 'retry', maybeBilled: true });
  });

  it.each(['silent', 'stalled'] as const)('stops a %s reply when its caller does', async (kind) => {
    model.script({ kind });
    const controller = new AbortController();
    const next = model.seen.length + 1;
    const reply = client.send(makeAgentRequest(), controller.signal);
    await model.arrived(next);
    controller.abort();
    expect(await reply).toMatchObject({ kind: 'retry', maybeBilled: true });
  });

  it('sends nothing for a caller who has gone', async () => {
    const before = model.seen.length;
    expect(await client.send(makeAgentRequest(), AbortSignal.abort())).toMatchObject({ kind: 'retry' });
    expect(model.seen.length).toBe(before);
  });

  it.each(['not JSON', '{}', '[]', '{"type":"message","content":"hi"}'])(
    'takes a 200 with %j for no reply',
    async (body) => {
      expect(await sendOnce({ kind: 'body', status: 200, body })).toMatchObject({ kind: 'retry', maybeBilled: true });
    },
  );

  it.each([301, 302, 303, 307, 308])(
    'follows no %d: neither the key nor the change goes to another address',
    async (status) => {
      const other = await startFaultyModel();
      other.script({ kind: 'answer', text: '{}' });
      try {
        expect(await sendOnce({ kind: 'redirect', status, to: `${other.url}/v1/messages` })).toMatchObject({
          kind: 'inconclusive',
          reason: 'rejected_request',
          detail: expect.stringContaining(String(status)),
          usage: null,
        });
        expect(other.seen).toEqual([]);
      } finally {
        await other.close();
      }
    },
  );

  it('reads no more of a reply than one may be long, however small it was packed', async () => {
    model.script({ kind: 'bomb', megabytes: 9 });
    const reply = await makeClient(110_000).send(makeAgentRequest(), new AbortController().signal);
    expect(reply).toMatchObject({
      kind: 'inconclusive',
      reason: 'wrong_shape',
      detail: expect.stringContaining('longer than'),
    });
  }, 120_000);

  it('ends a reply that drips at its own deadline', async () => {
    model.script({ kind: 'drip' });
    const reply = await makeClient(250).send(makeAgentRequest(), new AbortController().signal);
    expect(reply).toMatchObject({ kind: 'retry', maybeBilled: true });
  });

  it.each(['claude-sonnet-5-5', 'claude-sonnet-5-5-20261001'])(
    'takes the answer of the model it asked: %s',
    async (name) => {
      expect(await sendOnce({ kind: 'answer', text: '{}', model: name })).toMatchObject({
        kind: 'answer',
        model: name,
      });
    },
  );

  it.each(['claude-haiku-5-5', 'claude-sonnet-5-5-mini', 'claude-sonnet-5', 'CLAUDE-SONNET-5-5', 'gpt-9'])(
    'takes no answer of another model, and books it: %s',
    async (name) => {
      expect(await sendOnce({ kind: 'answer', text: '{}', model: name })).toMatchObject({
        kind: 'inconclusive',
        reason: 'wrong_model',
        detail: `claude-sonnet-5-5 was asked and ${name} answered`,
        usage: { model: name, inputTokens: 1000 },
      });
    },
  );

  it('retries when nobody listens', async () => {
    const gone = await startFaultyModel();
    await gone.close();
    const log = makeLogger({ name: 'test', level: 'silent' });
    const lonely = makeModelClient({ apiKey: 'k', baseUrl: gone.url, requestTimeoutMs: 5000, prices: [], log });
    expect(await lonely.send(makeAgentRequest(), new AbortController().signal)).toMatchObject({ kind: 'retry' });
  });
});
