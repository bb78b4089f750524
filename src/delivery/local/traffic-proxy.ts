import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Logger } from '../../log.ts';
import type { Observation } from './arm-counters.ts';
import { readRequestHeaders, readResponseHeaders } from './proxy-headers.ts';
import type { VersionProcess } from './version-process.ts';

const UPSTREAM_LIMIT_MS = 30_000;

export interface ProxyPorts {
  readonly host: string;
  /** Which version answers this request; null when nothing is deployed. */
  readonly choose: () => VersionProcess | null;
  readonly observe: (version: VersionProcess, observation: Observation) => void;
  /** A client that goes away after waiting longer than this counts as an error of the version; before, as nothing. */
  readonly patienceMs: number;
  readonly log: Logger;
}

export interface TrafficProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** The entry to production traffic: hands each request to a version and measures what comes of it. */
export async function startTrafficProxy(ports: ProxyPorts, wishedPorts: readonly number[]): Promise<TrafficProxy> {
  const server = createServer((incoming, outgoing) => serve(ports, incoming, outgoing));
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 70_000;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
  });
  const port = await listenOnFirst(server, ports.host, wishedPorts);
  return {
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenOnFirst(
  server: ReturnType<typeof createServer>,
  host: string,
  wished: readonly number[],
): Promise<number> {
  let problem: unknown = new Error('no port to listen on');
  for (const port of wished) {
    try {
      return await new Promise<number>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          if (typeof address === 'object' && address) resolve(address.port);
          else reject(new Error('listening on no port'));
        });
      });
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

function serve(ports: ProxyPorts, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const version = ports.choose();
  if (version === null) {
    answerProblem(outgoing, 503, 'nothing is deployed');
    incoming.resume();
    return;
  }
  forward(ports, version, incoming, outgoing, performance.now(), true);
}

/** Exactly one of the ends below is reached, and exactly one observation made (none when the client left early). */
function forward(
  ports: ProxyPorts,
  version: VersionProcess,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  startMs: number,
  mayRetry: boolean,
): void {
  const hasBody =
    incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined;
  let settled = false;
  version.inFlight += 1;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    version.inFlight -= 1;
    outgoing.off('close', onClientGone);
    return true;
  };
  /** `kind` says what went wrong; null = nothing. */
  const finish = (kind: string | null): void => {
    const latencyMs = performance.now() - startMs;
    if (settle())
      ports.observe(version, kind === null ? { latencyMs, error: false } : { latencyMs, error: true, kind });
  };
  const onClientGone = (): void => {
    const waitedMs = performance.now() - startMs;
    if (settle() && waitedMs > ports.patienceMs)
      ports.observe(version, { latencyMs: waitedMs, error: true, kind: 'the client gave up waiting' });
    upstream.destroy();
  };
  const upstream = request({
    ...version.endpoint,
    agent: version.agent,
    method: incoming.method,
    path: incoming.url,
    headers: readRequestHeaders(incoming),
  });
  upstream.setTimeout(UPSTREAM_LIMIT_MS, () => upstream.destroy(new Error('timeout')));
  upstream.on('response', (response) => {
    const status = response.statusCode ?? 502;
    outgoing.writeHead(status, readResponseHeaders(response, version.version));
    response.pipe(outgoing);
    response.once('end', () => finish(status >= 500 ? `answered with ${status}` : null));
    response.once('error', () => {
      finish('the answer broke off');
      outgoing.destroy();
    });
  });
  upstream.on('error', (error) => {
    if (settled) return;
    // The version closed an idle connection just as we reused it: no fault of the version, and nothing was processed.
    if (mayRetry && !hasBody && upstream.reusedSocket && !outgoing.headersSent && isReset(error)) {
      settle();
      forward(ports, version, incoming, outgoing, startMs, false);
      return;
    }
    const timedOut = error.message === 'timeout';
    finish(timedOut ? 'no answer in time' : 'no answer');
    ports.log.debug({ err: error }, 'a version did not answer');
    if (outgoing.headersSent) outgoing.destroy();
    else
      answerProblem(
        outgoing,
        timedOut ? 504 : 502,
        timedOut ? 'the service did not answer in time' : 'the service broke off',
        version.version,
      );
  });
  outgoing.once('close', onClientGone);
  if (hasBody) incoming.pipe(upstream);
  else upstream.end();
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function answerProblem(outgoing: ServerResponse, status: number, title: string, servedBy?: string): void {
  const body = JSON.stringify({ type: 'about:blank', title, status });
  outgoing.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(servedBy === undefined ? {} : { 'x-served-by': servedBy }),
  });
  outgoing.end(body);
}
