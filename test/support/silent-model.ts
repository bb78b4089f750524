import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A Messages API that takes a request and never answers it. */
export async function startSilentModel(): Promise<{
  readonly url: string;
  /** Resolves when the first request is under way. */
  readonly asked: Promise<void>;
  /** Resolves when whoever asked has gone away. */
  readonly cut: Promise<void>;
  readonly close: () => Promise<void>;
}> {
  let onAsked: () => void = () => undefined;
  let onCut: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    onAsked = resolve;
  });
  const gone = new Promise<void>((resolve) => {
    onCut = resolve;
  });
  const server = createServer((request, response) => {
    response.on('close', onCut);
    request.resume().on('end', onAsked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: first,
    cut: gone,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
