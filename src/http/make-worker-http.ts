import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '../log.ts';
import { checkReadiness } from './check-readiness.ts';
import type { MetricsText, ReadinessReport } from './server-deps.ts';

/** What every worker and guard serves on its own port: /metrics, /healthz, /readyz, and nothing else. Give it to `listen`. */
export function makeWorkerHttp(deps: {
  metrics: MetricsText;
  readiness: () => Promise<ReadinessReport>;
  /** False when the process answers and does not do its work any more. */
  alive?: () => boolean;
  log: Logger;
}): RequestListener {
  async function answer(path: string, res: ServerResponse): Promise<void> {
    if (path === '/healthz') {
      if (deps.alive?.() === false) return send(res, 503, 'text/plain; charset=utf-8', 'it stands still\n');
      return send(res, 200, 'text/plain; charset=utf-8', 'ok\n');
    }
    if (path === '/metrics') return send(res, 200, deps.metrics.contentType, await deps.metrics.text());
    if (path === '/readyz') {
      const report = await checkReadiness(deps.readiness, deps.log);
      return send(res, report.ready ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`);
    }
    return send(res, 404, 'text/plain; charset=utf-8', 'not found: /metrics, /healthz and /readyz are here\n');
  }

  return function handleRequest(req: IncomingMessage, res: ServerResponse): void {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      res.setHeader('Connection', 'close');
      return send(res, 405, 'text/plain; charset=utf-8', 'only GET and HEAD\n');
    }
    answer((req.url ?? '/').split('?', 1)[0] ?? '/', res).catch((error: unknown) => {
      deps.log.error({ err: error }, 'a worker page failed');
      send(res, 500, 'text/plain; charset=utf-8', 'failed; the log says why\n');
    });
  };
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  res.end(body);
}
