import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** One way in which a Messages API can answer, or fail to. */
export type Fault =
  | {
      kind: 'answer';
      text: string;
      stop?: string | null;
      model?: string;
      usage?: {
        input_tokens: number;
        output_tokens: number;
        cache_read_input_tokens?: number;
        cache_creation_input_tokens?: number;
      };
    }
  | { kind: 'error'; status: number; type?: string; code?: string; headers?: Record<string, string> }
  | { kind: 'body'; status: number; body: string; headers?: Record<string, string> }
  /** Sends the way of the request to another address. */
  | { kind: 'redirect'; status: number; to: string }
  /** A few kilobytes that unpack to so many megabytes. */
  | { kind: 'bomb'; megabytes: number }
  /** Never ends, and is never silent for long. */
  | { kind: 'drip' }
  /** Takes the request and says nothing. */
  | { kind: 'silent' }
  /** Sends headers and half a body, then nothing. */
  | { kind: 'stalled' }
  /** Closes the connection, before any answer or in the middle of it. */
  | { kind: 'cut'; when: 'before' | 'during' };

interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FaultyModel {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** What the next requests get, in this order; the last one stays. */
  script(...faults: Fault[]): void;
  /** Resolves when the n-th request (from 1) has arrived. */
  arrived(n: number): Promise<void>;
  close(): Promise<void>;
}

/** Plays a scripted list of good and bad replies on a free port. */
export async function startFaultyModel(): Promise<FaultyModel> {
  const seen: SeenRequest[] = [];
  const waiting: { n: number; resolve: () => void }[] = [];
  let faults: Fault[] = [];

  const server = createServer((request, response) => {
    void readAll(request).then((text) => {
      seen.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) });
      for (const { n, resolve } of waiting) if (seen.length >= n) resolve();
      const fault = faults.length > 1 ? faults.shift() : faults[0];
      if (fault) play(fault, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    script: (...next) => {
      faults = next;
    },
    arrived: (n) => new Promise((resolve) => (seen.length >= n ? resolve() : waiting.push({ n, resolve }))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function play(fault: Fault, response: ServerResponse): void {
  const json = { 'content-type': 'application/json', 'request-id': 'req_faulty' };
  switch (fault.kind) {
    case 'answer':
      response.writeHead(200, json).end(messageOf(fault));
      return;
    case 'error': {
      const details = fault.code ? { details: { error_code: fault.code } } : {};
      const error = { type: 'error', error: { type: fault.type ?? 'api_error', message: 'as scripted', ...details } };
      response.writeHead(fault.status, { ...json, ...fault.headers }).end(JSON.stringify(error));
      return;
    }
    case 'body':
      response.writeHead(fault.status, { ...json, ...fault.headers }).end(fault.body);
      return;
    case 'redirect':
      response.writeHead(fault.status, { location: fault.to }).end();
      return;
    case 'bomb':
      response
        .writeHead(200, { ...json, 'content-encoding': 'gzip' })
        .end(gzipSync(`{"id":"${' '.repeat(fault.megabytes * 1024 * 1024)}"}`));
      return;
    case 'drip': {
      response.writeHead(200, json).write('{"id":"');
      const drip = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(drip));
      return;
    }
    case 'silent':
      return;
    case 'stalled':
      response.writeHead(200, json).write('{"id":"msg_1",');
      return;
    case 'cut':
      if (fault.when === 'before') response.destroy();
      else response.writeHead(200, { ...json, 'content-length': '500' }).write('{"id":', () => response.destroy());
  }
}

function messageOf(fault: Extract<Fault, { kind: 'answer' }>): string {
  return JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: fault.model ?? 'claude-sonnet-5-5',
    content: [{ type: 'text', text: fault.text }],
    stop_reason: fault.stop === undefined ? 'end_turn' : fault.stop,
    stop_sequence: null,
    usage: fault.usage ?? { input_tokens: 1000, output_tokens: 200 },
  });
}

export async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
