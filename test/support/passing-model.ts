import { createServer, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { readAll } from './faulty-model.ts';

const TextBlocks = z.array(z.object({ text: z.string() }));
const Message = z.union([z.string(), TextBlocks.transform((blocks) => blocks.map(({ text }) => text).join('\n'))]);
const Request = z.object({ model: z.string(), messages: z.array(z.object({ content: Message })).length(1) });
const Input = z.looseObject({
  task: z.string(),
  change: z.object({ pr_number: z.int(), head_sha: z.string() }),
});

export interface AskedOf {
  readonly model: string;
  readonly input: z.infer<typeof Input>;
  /** The request as it came. */
  readonly body: string;
}

/**
 * The scripted model behind a door: `instead` looks at each request and answers it, or returns false, and then the
 * scripted model does.
 */
export async function startPassingModel(
  instead: (asked: AskedOf, response: ServerResponse) => boolean,
): Promise<{ url: string; close(): Promise<void> }> {
  const honest: ModelServer = await startModelServer({ port: 0, latencyMs: 1 });
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readAll(request);
      const { model, messages } = Request.parse(JSON.parse(body));
      const input = Input.parse(JSON.parse(messages[0]?.content.split('\n')[0] ?? ''));
      if (instead({ model, input, body }, response)) return;
      const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' };
      const passed = await fetch(`${honest.url}/v1/messages`, { method: 'POST', body, headers });
      response.writeHead(passed.status, { 'content-type': 'application/json' }).end(await passed.text());
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await honest.close();
    },
  };
}
