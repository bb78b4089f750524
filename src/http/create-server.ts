import express, { type Application, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { makeAccessLog } from './access-log.ts';
import { makeActRoutes } from './api/act-routes.ts';
import { type ApiRoute, mountRoutes } from './api/api-route.ts';
import { makeAuditRoute } from './api/audit-route.ts';
import { makeEventRoute } from './api/event-stream.ts';
import { makeFindingRoutes } from './api/finding-routes.ts';
import { makeFleetRoutes } from './api/fleet-routes.ts';
import { makeIncidentRoutes } from './api/incident-routes.ts';
import { makeNotificationRoutes } from './api/notification-routes.ts';
import { makeOpenApi } from './api/openapi.ts';
import { makeRollbackRoutes } from './api/rollback-routes.ts';
import { makeRunRoutes } from './api/run-routes.ts';
import { mountAssets } from './assets.ts';
import { makeAuthenticate } from './authenticate.ts';
import { mountBoard } from './board.ts';
import { cutUnreadBody } from './cut-unread-body.ts';
import { makeGithubRoute } from './github/github-route.ts';
import { makeHandleErrors } from './handle-errors.tsx';
import { makeShowSignIn, mountLogin } from './pages/login-routes.tsx';
import { mountPages } from './pages/page-routes.tsx';
import { mountRunbooks } from './pages/runbook-routes.tsx';
import { makeMetricsRoute, makeProbeRoutes } from './probes.ts';
import { ProblemError } from './problem-error.ts';
import { makeReadForm, makeReadJson } from './read-body.ts';
import { makeSecurityHeaders } from './security-headers.ts';
import type { ServerDeps } from './server-deps.ts';

/** The server as an Express application that does not listen yet: API, pages, board, probes. */
export function createServer(deps: ServerDeps): Application {
  const { server } = deps.config;
  const cookies = { secure: server.public_url?.startsWith('https:') === true };
  const maxBytes = server.max_body_kb * 1024;
  const readForm = makeReadForm(maxBytes);
  const readJson = makeReadJson(maxBytes);
  const probes = makeProbeRoutes(deps);
  const webhook = makeGithubRoute(deps);
  const api = [
    makeMetricsRoute(deps),
    ...makeRunRoutes({ desk: deps.desk, readJson, now: deps.now }),
    ...makeActRoutes({ desk: deps.desk, readJson }),
    ...makeFindingRoutes({ desk: deps.desk, readJson }),
    ...makeIncidentRoutes({ desk: deps.desk, publicUrl: server.public_url ?? null }),
    makeEventRoute({ desk: deps.desk, log: deps.log, timing: deps.streams }),
    makeAuditRoute(deps),
    ...makeFleetRoutes({ fleet: deps.fleet, readJson }),
    ...makeRollbackRoutes({ rollbacks: deps.rollbacks, readJson }),
    ...makeNotificationRoutes({ notifications: deps.notifications, readJson }),
  ];

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  // Answers stay JSON even where a browser is talked into reading them as HTML.
  app.set('json escape', true);
  app.use(makeAccessLog(deps.log), makeSecurityHeaders(cookies.secure), cutUnreadBody);
  mountAssets(app);
  app.use(forbidCaching);
  mountRoutes(app, probes);
  app.use(limitRate(server.requests_per_minute));
  mountRoutes(app, [webhook, documentRoute([...probes, webhook, ...api], deps.config.version)]);
  mountRunbooks(app, deps);
  app.use(makeAuthenticate({ db: deps.db, cookies, now: deps.now }));
  mountRoutes(app, api);
  mountBoard(app, deps.queues);
  const showSignIn = makeShowSignIn(deps.config, cookies);
  mountLogin(app, { ...deps, cookies, readForm, showSignIn });
  mountPages(app, { ...deps, readForm, showSignIn });
  app.use((req) => {
    throw new ProblemError(404, 'not_found', `There is nothing at ${req.path}.`);
  });
  app.use(makeHandleErrors(deps));
  return app;
}

const forbidCaching: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

function documentRoute(routes: readonly ApiRoute[], version: string): ApiRoute {
  const own: Omit<ApiRoute, 'handlers'> = {
    method: 'get',
    path: '/openapi.json',
    doc: { summary: 'This document', responses: { '200': { description: 'OpenAPI 3.1.' } } },
  };
  const document = makeOpenApi([...routes, { ...own, handlers: [] }], version);
  return { ...own, handlers: [(_req, res) => void res.json(document)] };
}

/** Per client address. Behind a proxy all clients share one, so the limit is generous by default. */
function limitRate(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Its warnings go to the console; a forwarded header is simply not believed here.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_req, _res, next) =>
      next(
        new ProblemError(
          429,
          'too_many_requests',
          `More than ${perMinute} requests in a minute. Wait, then try again.`,
        ),
      ),
  });
}
