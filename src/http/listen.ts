import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InputError } from '../errors.ts';

export interface Listening {
  readonly port: number;
  /** Where it answers on this machine, e.g. http://127.0.0.1:8080. */
  readonly url: string;
  /** Takes no more requests, ends event streams at once, gives the others `graceMs`, then cuts. Safe to call twice. */
  close(graceMs?: number): Promise<void>;
}

const HEADERS_MS = 15_000;
const REQUEST_MS = 30_000;

/** Starts serving. Port 0 takes a free one. @throws {InputError} when the address is taken or may not be used. */
export async function listen(handler: RequestListener, at: { host: string; port: number }): Promise<Listening> {
  const open = new Set<ServerResponse>();
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS }, (req, res) => {
    open.add(res);
    res.once('close', () => open.delete(res));
    handler(req, res);
  });
  const { address, family, port } = await startServer(server, at);
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  let closing: Promise<void> | undefined;
  return {
    port,
    url: `http://${host}:${port}`,
    close: (graceMs = 5_000) => {
      closing ??= closeServer(server, open, graceMs);
      return closing;
    },
  };
}

function startServer(server: Server, at: { host: string; port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const problem = taken
        ? `port ${at.port} on ${at.host} is taken`
        : `cannot listen on ${at.host}:${at.port}: ${error.message}`;
      reject(new InputError([{ field: 'server.port', problem, fix: 'choose another port; 0 takes a free one' }]));
    });
    server.listen(at.port, at.host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('not listening on a TCP port'));
      return resolve(address);
    });
  });
}

async function closeServer(server: Server, open: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const res of open) if (isEventStream(res)) res.end();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  // Connections kept alive by a request that ends now would stay until their own timeout.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(cut);
  clearInterval(sweep);
}

function isEventStream(res: ServerResponse): boolean {
  return String(res.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
