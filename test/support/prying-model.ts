import { createServer } from 'node:http';
import { z } from 'zod';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';

export interface PryingModel {
  readonly url: string;
  /** The body of every request. */
  readonly bodies: readonly string[];
  close(): Promise<void>;
}

const Request = z.object({ model: z.string(), messages: z.array(z.object({ content: z.string() })).length(1) });
const TestTask = z.object({
  task: z.literal('test-gen'),
  change: z.object({ pr_number: z.int(), head_sha: z.string() }),
  previous: z.unknown(),
});

/** The scripted model, but for its generated tests: it answers with `testCode` of the attempt, 0 and 1. */
export async function startPryingModel(testCode: (attempt: 0 | 1) => string): Promise<PryingModel> {
  const real: ModelServer = await startModelServer({ port: 0, latencyMs: 1 });
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks).toString();
      bodies.push(body);
      const asked = Request.parse(JSON.parse(body));
      const task = TestTask.safeParse(JSON.parse(asked.messages[0]?.content ?? ''));
      const answer = task.success
        ? testAnswer(asked.model, task.data)
        : await pass(body, request.headers.authorization ?? '');
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await real.close();
    },
  };

  function testAnswer(model: string, { change, previous }: z.infer<typeof TestTask>): string {
    const text = {
      change_echo: change,
      test_code: testCode(previous === null ? 0 : 1),
      targets: ['describeHost'],
      edge_cases: [],
    };
    return JSON.stringify({
      id: 'msg_prying',
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: JSON.stringify(text) }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 10, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    });
  }

  async function pass(body: string, authorization: string): Promise<string> {
    const headers = { 'content-type': 'application/json', authorization: authorization || 'Bearer any' };
    const response = await fetch(`${real.url}/v1/messages`, { method: 'POST', headers, body });
    return response.text();
  }
}
