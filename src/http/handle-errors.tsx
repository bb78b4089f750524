import type { ErrorRequestHandler, Request } from 'express';
import { requestIdOf } from './access-log.ts';
import { findPrincipal } from './authenticate.ts';
import { logRefusal } from './log-refusal.ts';
import { ErrorPage } from './pages/error-page.tsx';
import { type PageFrame, renderPage } from './pages/layout.tsx';
import { ProblemError } from './problem-error.ts';
import { problemOf } from './problem-of.ts';
import type { ServerDeps } from './server-deps.ts';

const MACHINE_PATHS = /^\/(v1|webhooks|metrics|healthz|readyz|version|openapi\.json|admin\/queues\/api)(\/|$)/;

/** The one place where errors become answers: problem details for programs, a page for people. */
export function makeHandleErrors(deps: Pick<ServerDeps, 'config' | 'log'>): ErrorRequestHandler {
  const { profile, version } = deps.config;
  return function handleErrors(error: unknown, req, res, next) {
    const problem = problemOf(error, requestIdOf(req));
    // The access log writes it down once, with its cause; the caller learns only the request id.
    if (problem.status >= 500) res.err = error instanceof Error ? error : new Error(String(error));
    if (res.headersSent) return next(error);
    if (error instanceof ProblemError) {
      logRefusal(deps.log, req, error);
      res.set(error.headers);
    }
    res.status(problem.status);
    if (!wantsPage(req)) return res.type('application/problem+json').send(`${JSON.stringify(problem)}\n`);
    const frame: PageFrame = { profile, version, viewer: viewerOf(req) };
    const back = problem.status === 401 ? { href: '/login', label: 'Sign in' } : { href: '/', label: 'Go to the runs' };
    return res.type('html').send(renderPage(<ErrorPage {...frame} problem={problem} back={back} />));
  };
}

function wantsPage(req: Request): boolean {
  return !MACHINE_PATHS.test(req.path) && req.accepts(['json', 'html']) === 'html';
}

function viewerOf(req: Request): PageFrame['viewer'] {
  const principal = findPrincipal(req);
  return principal?.via === 'session' ? principal : null;
}
