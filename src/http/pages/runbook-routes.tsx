import type { Application } from 'express';
import { ProblemError } from '../problem-error.ts';
import { readRunbooks } from '../runbooks.ts';
import type { ServerDeps } from '../server-deps.ts';
import { renderPage } from './layout.tsx';
import { RunbookPage, RunbooksPage } from './runbook-page.tsx';

/**
 * The runbooks as pages. Without sign-in and without a store: who is paged because PostgreSQL is away must be able to
 * open them, and they say the same in every installation of this version.
 */
export function mountRunbooks(app: Application, { config }: Pick<ServerDeps, 'config'>): void {
  const frame = { viewer: null, profile: config.profile, version: config.version };
  const runbooks = readRunbooks();

  app.get('/runbooks', (_req, res) => {
    res.type('html').send(renderPage(<RunbooksPage {...frame} runbooks={[...runbooks.values()]} />));
  });

  app.get('/runbooks/:name', (req, res) => {
    const runbook = runbooks.get(req.params.name);
    if (runbook === undefined) throw new ProblemError(404, 'no_such_runbook', 'There is no runbook of this name.');
    res.type('html').send(renderPage(<RunbookPage {...frame} runbook={runbook} />));
  });
}
