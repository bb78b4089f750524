import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { startModelServer } from '../../src/demo/model-server.ts';
import { makeRandom } from './random.ts';

/** One request that reached the model. `content`: SHA-256 of what was asked. */
export interface ModelRequest {
  readonly at: number;
  readonly content: string;
  readonly reply: string;
}

export interface ChaosModel {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** From now on every request is answered well. */
  behave(): void;
  close(): Promise<void>;
}

const Body = z.object({ model: z.string(), messages: z.array(z.object({ content: z.string() })).length(1) });

const FAULTS = [
  'retry-after',
  'retry-after-ms',
  '500',
  '529',
  'stalled',
  'cut',
  'malformed',
  'refusal',
  'max-tokens',
] as const;
export type ModelFault = (typeof FAULTS)[number];
type Trouble = ModelFault | 'no-retry-after';
/** Backs the whole fleet off for half a minute, so it is rare. */
const RARE = 0.004;

export function hashContent(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The scripted model behind every way in which a real one fails, or behind one of them alone. */
export async function startChaosModel(options: {
  seed: number;
  trouble: number;
  only?: ModelFault | undefined;
}): Promise<ChaosModel> {
  const { only } = options;
  const random = makeRandom(options.seed);
  const script = await startModelServer({ port: 0, latencyMs: 20 });
  const requests: ModelRequest[] = [];
  let good = false;

  function choose(): Trouble | null {
    if (good) return null;
    if (only === undefined && random.chance(RARE)) return 'no-retry-after';
    return random.chance(options.trouble) ? (only ?? random.pick(FAULTS)) : null;
  }

  const server = createServer((request, response) => {
    void text(request).then(
      async (body) => {
        const { model, messages } = Body.parse(JSON.parse(body));
        const trouble = choose();
        requests.push({
          at: Date.now(),
          content: hashContent(messages[0]?.content ?? ''),
          reply: trouble ?? 'answer',
        });
        if (trouble !== null) return fail(trouble, model, response);
        const answer = await fetch(`${script.url}/v1/messages`, {
          method: 'POST',
          headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
          body,
        });
        response.writeHead(answer.status, { 'content-type': 'application/json', 'request-id': 'req_chaos' });
        response.end(await answer.text());
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    behave: () => {
      good = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await script.close();
    },
  };
}

function fail(trouble: Trouble, model: string, response: ServerResponse): void {
  const json = { 'content-type': 'application/json', 'request-id': 'req_chaos' };
  const error = (status: number, type: string, headers: Record<string, string> = {}) =>
    void response
      .writeHead(status, { ...json, ...headers })
      .end(JSON.stringify({ type: 'error', error: { type, message: 'as the campaign asks' } }));
  const message = (said: string, stop: string) =>
    void response.writeHead(200, json).end(
      JSON.stringify({
        id: 'msg_chaos',
        type: 'message',
        role: 'assistant',
        model,
        content: [{ type: 'text', text: said }],
        stop_reason: stop,
        stop_sequence: null,
        usage: { input_tokens: 900, output_tokens: 30 },
      }),
    );
  switch (trouble) {
    case 'retry-after':
      return error(429, 'rate_limit_error', { 'retry-after': '1' });
    case 'retry-after-ms':
      return error(429, 'rate_limit_error', { 'retry-after-ms': '1200' });
    case 'no-retry-after':
      return error(429, 'rate_limit_error');
    case '500':
      return error(500, 'api_error');
    case '529':
      return error(529, 'overloaded_error');
    case 'stalled':
      return void response.writeHead(200, json).write('{"id":"msg_chaos",');
    case 'cut':
      return void response
        .writeHead(200, { ...json, 'content-length': '500' })
        .write('{"id":', () => response.destroy());
    case 'malformed':
      return message('{"change_echo": {"pr_number": 1, "head_sha"', 'end_turn');
    case 'refusal':
      return message('I cannot help with that.', 'refusal');
    case 'max-tokens':
      return message('{"change_echo"', 'max_tokens');
  }
}
