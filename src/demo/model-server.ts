import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Answers } from '../agents/answer-schemas.ts';
import { FindingCategory } from '../policy/finding.ts';
import { writeNodeTest } from './scripted-node-test.ts';
import { writePythonTest } from './scripted-python-test.ts';
import { IncidentInput, reportByScript, ValidationInput, validateByScript } from './scripted-reports.ts';
import {
  ReviewInput,
  refuteByScript,
  reviewByScript,
  ScepticInput,
  VerifyInput,
  verifyByScript,
} from './scripted-review.ts';
import { TestInput } from './test-input.ts';

interface ModelServerStats {
  readonly requests: number;
  readonly peakInFlight: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ModelServer {
  /** For ANTHROPIC_BASE_URL. */
  readonly url: string;
  stats(): ModelServerStats;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const CHARS_PER_TOKEN = 3.5;

const TextBlock = z.object({ type: z.literal('text'), text: z.string() });

const MessagesRequest = z.object({
  model: z.string(),
  max_tokens: z.int().min(1),
  system: z.union([z.string(), z.array(TextBlock)]).default(''),
  messages: z
    .array(z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(TextBlock).min(1)]) }))
    .length(1),
});

const TaskInput = z.discriminatedUnion('task', [
  ReviewInput,
  VerifyInput,
  ScepticInput,
  TestInput,
  ValidationInput,
  IncidentInput,
]);

/**
 * A Messages API on this machine for where no key is configured. It is a script, not a model: every answer follows from
 * the text of the request by fixed patterns, it keeps nothing from one request to the next, and it bills by the
 * real lengths. What it cannot answer it refuses with 400, as the real one would.
 */
export async function startModelServer(options: { port: number; latencyMs?: number }): Promise<ModelServer> {
  const { port, latencyMs = 60 } = options;
  const counts = { requests: 0, inFlight: 0, peakInFlight: 0, inputTokens: 0, outputTokens: 0 };

  const server = createServer((request, response) => {
    counts.inFlight++;
    counts.peakInFlight = Math.max(counts.peakInFlight, counts.inFlight);
    response.on('close', () => counts.inFlight--);
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) fail(response, 500, 'api_error', error instanceof Error ? error.message : 'failed');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the model server has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    stats: readStats,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/stats') return send(response, 200, readStats());
    if (request.method !== 'POST' || !request.url?.startsWith('/v1/messages'))
      return fail(response, 404, 'not_found_error', 'no such path');
    if (!/^Bearer \S+/.test(request.headers.authorization ?? ''))
      return fail(response, 401, 'authentication_error', 'no bearer token');
    const text = await readBody(request);
    if (text === null) return fail(response, 413, 'request_too_large', `more than ${MAX_BODY_BYTES} bytes`);
    const body = MessagesRequest.safeParse(parseJson(text));
    if (!body.success) return fail(response, 400, 'invalid_request_error', z.prettifyError(body.error));
    const message = body.data.messages[0]?.content ?? '';
    const [content = '', ...more] = typeof message === 'string' ? [message] : message.map((block) => block.text);
    const input = TaskInput.safeParse(parseJson(content));
    if (!input.success) return fail(response, 400, 'invalid_request_error', z.prettifyError(input.error));

    const system =
      typeof body.data.system === 'string' ? body.data.system : body.data.system.map((block) => block.text).join('');
    const full = JSON.stringify(throughLens(answer(input.data), more.map(parseJson)));
    const outputTokens = Math.min(tokensIn(full), body.data.max_tokens);
    const isCut = tokensIn(full) > body.data.max_tokens;
    await delay(latencyMs + Math.min(latencyMs * 4, outputTokens / 10));

    const inputTokens = tokensIn(system) + tokensIn(content + more.join(''));
    counts.requests++;
    counts.inputTokens += inputTokens;
    counts.outputTokens += outputTokens;
    send(response, 200, {
      id: `msg_${randomUUID()}`,
      type: 'message',
      role: 'assistant',
      model: body.data.model,
      content: [
        { type: 'text', text: isCut ? full.slice(0, Math.floor(body.data.max_tokens * CHARS_PER_TOKEN)) : full },
      ],
      stop_reason: isCut ? 'max_tokens' : 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
      },
    });
  }

  function readStats(): ModelServerStats {
    const { requests, peakInFlight, inputTokens, outputTokens } = counts;
    return { requests, peakInFlight, inputTokens, outputTokens };
  }
}

function answer(input: z.infer<typeof TaskInput>): Answers[keyof Answers] {
  switch (input.task) {
    case 'review':
      return reviewByScript(input);
    case 'verify':
      return verifyByScript(input);
    case 'sceptic':
      return refuteByScript(input);
    case 'test-gen':
      return /python/i.test(input.language) || input.test_file.endsWith('.py')
        ? writePythonTest(input)
        : writeNodeTest(input);
    case 'validation':
      return validateByScript(input);
    case 'incident':
      return reportByScript(input);
  }
}

const Lens = z.object({ lens: FindingCategory });

/** Asked for one category alone, it tells that one. */
function throughLens(said: Answers[keyof Answers], blocks: readonly unknown[]): Answers[keyof Answers] {
  const lens = blocks.map((block) => Lens.safeParse(block).data?.lens).find((name) => name !== undefined);
  if (lens === undefined || !('findings' in said)) return said;
  return { ...said, findings: said.findings.filter(({ category }) => category === lens) };
}

function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

/** Null when it is too large; the rest is read and dropped, so that the caller gets its answer. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fail(response: ServerResponse, status: number, type: string, message: string): void {
  send(response, status, { type: 'error', error: { type, message } });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': `req_${randomUUID()}` });
  response.end(JSON.stringify(body));
}
