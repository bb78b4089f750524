import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import type { Logger } from '../log.ts';

const QUIET = /^\/(healthz|readyz|metrics|assets\/)/;

/** One line a request: id, method, path, status, time. No query, headers, cookies or bodies, so nothing secret can reach it. */
export function makeAccessLog(log: Logger): RequestHandler {
  const middleware = pinoHttp({
    logger: log,
    quietReqLogger: true,
    genReqId: (req, res) => {
      const given = req.headers['x-request-id'];
      const id = typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomBytes(8).toString('hex');
      res.setHeader('X-Request-Id', id);
      return id;
    },
    serializers: {
      req: (req: { id: unknown; method: unknown; url: unknown; remoteAddress: unknown }) => ({
        id: req.id,
        method: req.method,
        path: String(req.url).split('?', 1)[0],
        from: req.remoteAddress,
      }),
      res: (res: { statusCode: unknown }) => ({ status: res.statusCode }),
    },
    customLogLevel: (req, res, error) => {
      if (error || res.statusCode >= 500) return 'error';
      return QUIET.test(req.url ?? '') ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request failed',
  });
  return (req, res, next) => middleware(req, res, next);
}

export function requestIdOf(req: { id?: unknown }): string | undefined {
  return typeof req.id === 'string' ? req.id : undefined;
}
