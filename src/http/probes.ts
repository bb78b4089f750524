import type { Request, RequestHandler, Response } from 'express';
import { type ApiRoute, jsonResponse, problemResponses } from './api/api-route.ts';
import { Readiness, Version } from './api/schemas.ts';
import { requireScope } from './authenticate.ts';
import { checkReadiness } from './check-readiness.ts';
import type { ServerDeps } from './server-deps.ts';

const plainText = { 'text/plain': { schema: { type: 'string' } } } as const;

/** Alive, ready, which version. Open to everyone: they say nothing that a caller could use. */
export function makeProbeRoutes(deps: Pick<ServerDeps, 'readiness' | 'config' | 'log'>): ApiRoute[] {
  const healthz: RequestHandler = (_req, res) => {
    res.type('text/plain').send('ok\n');
  };
  const readyz = async (_req: Request, res: Response) => {
    const report = await checkReadiness(deps.readiness, deps.log);
    res.status(report.ready ? 200 : 503).json(report);
  };
  const version: RequestHandler = (_req, res) => {
    res.json({ name: 'slipway', version: deps.config.version, profile: deps.config.profile });
  };
  return [
    {
      method: 'get',
      path: '/healthz',
      handlers: [healthz],
      doc: {
        summary: 'The process is alive; asks nothing else',
        responses: { '200': { description: 'ok', content: plainText } },
      },
    },
    {
      method: 'get',
      path: '/readyz',
      handlers: [readyz],
      doc: {
        summary: 'Ready to serve, or why not',
        responses: {
          '200': jsonResponse('Ready.', Readiness),
          '503': jsonResponse('Not ready; `reasons` says why.', Readiness),
        },
      },
    },
    {
      method: 'get',
      path: '/version',
      handlers: [version],
      doc: { summary: 'Version and profile', responses: { '200': jsonResponse('The version.', Version) } },
    },
  ];
}

/** The fleet's figures, for a token with read or for a scraper on this machine. */
export function makeMetricsRoute(deps: Pick<ServerDeps, 'metrics'>): ApiRoute {
  const metrics = async (req: Request, res: Response) => {
    if (!isDirectLoopback(req)) requireScope(req, 'read');
    res.set('Content-Type', deps.metrics.contentType).send(await deps.metrics.text());
  };
  return {
    method: 'get',
    path: '/metrics',
    handlers: [metrics],
    doc: {
      summary: 'Prometheus metrics of the fleet',
      description: 'Scope: read; none from loopback.',
      responses: { ...problemResponses(401, 403), '200': { description: 'The metrics.', content: plainText } },
    },
  };
}

/** From this machine, and not through a proxy on this machine that speaks for somebody else. */
function isDirectLoopback(req: Request): boolean {
  const address = req.socket.remoteAddress ?? '';
  if (!/^(127\.|::1$|::ffff:127\.)/.test(address)) return false;
  return req.headers['x-forwarded-for'] === undefined && req.headers.forwarded === undefined;
}
