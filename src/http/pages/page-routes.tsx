import type { Application, Request, RequestHandler, Response } from 'express';
import { RunId } from '../../ids.ts';
import type { RunDesk, RunView } from '../../runs/run-desk.ts';
import { noSuchRun } from '../api/run-routes.ts';
import { RunPath } from '../api/schemas.ts';
import { parseInput } from '../parse-input.ts';
import type { ServerDeps } from '../server-deps.ts';
import { parseInboxChoice } from './inbox-order.ts';
import { InboxPage } from './inbox-page.tsx';
import { renderPage } from './layout.tsx';
import type { ShowSignIn } from './login-routes.tsx';
import { noticeOf } from './notices.ts';
import { readViewer } from './read-viewer.ts';
import { mountRunForms } from './run-forms.ts';
import { RunPage, type RunPageProps } from './run-page.tsx';
import { parseSearch } from './run-search.ts';

type PageDeps = Pick<ServerDeps, 'desk' | 'fleet' | 'config' | 'now' | 'log'> & {
  readForm: RequestHandler;
  showSignIn: ShowSignIn;
};

/** The pages: server-rendered, whole without JavaScript, changed only by forms that carry the session's CSRF token. */
export function mountPages(app: Application, deps: PageDeps): void {
  const { desk } = deps;
  const frame = { profile: deps.config.profile, version: deps.config.version };

  app.get('/', async (req: Request, res: Response) => {
    const viewer = readViewer(req, res);
    if (!viewer) return;
    const search = parseSearch(req.query);
    if (search.kind === 'go') return res.redirect(303, `/runs/${search.runId}`);
    const q = textOf(req.query['q']);
    const state = textOf(req.query['state']);
    const searching = q !== '' || state !== '';
    const [runs, questions, followUps, fleet] = await Promise.all([
      search.problem === null ? desk.list(search.filter) : [],
      searching || search.filter.before ? [] : desk.openQuestions(),
      searching || search.filter.before ? [] : desk.followUps(),
      deps.fleet.view(),
    ]);
    const last = runs.length === search.filter.limit ? runs.at(-1) : undefined;
    const older = last ? `/?${new URLSearchParams({ q, state, before: last.id })}` : null;
    const props = {
      ...frame,
      viewer,
      now: deps.now(),
      questions,
      choice: parseInboxChoice(req.query),
      followUps,
      runs,
      fleet,
      older,
      search: { q, state, problem: search.problem },
    };
    return sendPage(res, renderPage(<InboxPage {...props} />));
  });

  app.get('/runs/:id', async (req: Request, res: Response) => {
    const viewer = readViewer(req, res);
    if (!viewer) return;
    const view = await viewRun(desk, parseInput(RunPath, req.params, 404).id);
    await showRun(res, { view, viewer, notice: noticeOf(req.query['notice']), draftReason: '' });
  });

  mountRunForms(app, {
    ...deps,
    showRun: async (res, id, { viewer, notice, draft }) => {
      const view = await viewRun(desk, id);
      await showRun(res, { view, viewer, notice, draftReason: draft });
    },
  });

  async function showRun(
    res: Response,
    props: Pick<RunPageProps, 'view' | 'viewer' | 'notice' | 'draftReason'>,
  ): Promise<void> {
    const { run } = props.view;
    const [wait, canary] = await Promise.all([desk.whyWaiting(run), desk.canary(RunId.parse(run.id))]);
    sendPage(res, renderPage(<RunPage {...frame} {...props} wait={wait} canary={canary} now={deps.now()} />));
  }
}

async function viewRun(desk: RunDesk, id: RunId): Promise<RunView> {
  const view = await desk.view(id);
  if (!view) throw noSuchRun();
  return view;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 300) : '';
}

function sendPage(res: Response, html: string): void {
  res.type('html').send(html);
}
