import type { Application, Request, RequestHandler, Response } from 'express';
import { RunId } from '../../ids.ts';
import { type DecisionRequest as Decision, DecisionRequest, type RunDesk, type RunView } from '../../runs/run-desk.ts';
import { noSuchRun } from '../api/run-routes.ts';
import { CancelRequest, EmergencyReviewRequest, RunPath } from '../api/schemas.ts';
import { findPrincipal, mayUse, type Principal, requirePerson } from '../authenticate.ts';
import { formField, requireForm } from '../csrf.ts';
import { decisionProblem, followUpProblem } from '../decision-problem.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import type { ServerDeps } from '../server-deps.ts';
import { parseInboxChoice } from './inbox-order.ts';
import { InboxPage } from './inbox-page.tsx';
import { renderPage, type Viewer } from './layout.tsx';
import { noticeOf } from './notices.ts';
import { RunPage, type RunPageProps } from './run-page.tsx';
import { parseSearch } from './run-search.ts';

type PageDeps = Pick<ServerDeps, 'desk' | 'fleet' | 'config' | 'now'> & { readForm: RequestHandler };

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
    const view = await readRun(desk, req);
    await showRun(res, { view, viewer, notice: noticeOf(req.query['notice']), draftReason: '' });
  });

  app.post('/runs/:id/decision', deps.readForm, async (req: Request, res: Response) => {
    const session = requireForm(req);
    const { id } = parseInput(RunPath, req.params, 404);
    const request = readDecision(req, session);
    const result = await desk.decide(id, request, session.caller);
    if (!result) throw noSuchRun();
    if (result.kind === 'recorded') return res.redirect(303, `/runs/${id}?notice=${result.decision ?? 'approved_one'}`);
    const problem = decisionProblem(result);
    const view = await readRun(desk, req);
    res.status(problem.status);
    return showRun(res, {
      view,
      viewer: session,
      notice: { tone: 'bad', text: `Not recorded: ${problem.message}` },
      draftReason: request.reason,
    });
  });

  app.post('/runs/:id/emergency-review', deps.readForm, async (req: Request, res: Response) => {
    const session = requireForm(req);
    requireSessionScope(session, 'decide');
    requirePerson(session.caller);
    const { id } = parseInput(RunPath, req.params, 404);
    const { reason } = parseInput(EmergencyReviewRequest, { reason: formField(req, 'reason') });
    const result = await desk.reviewEmergency(id, reason, session.caller);
    if (!result) throw noSuchRun();
    if (result.kind === 'refused') throw followUpProblem(result);
    res.redirect(303, `/runs/${id}?notice=reviewed`);
  });

  app.post('/runs/:id/cancel', deps.readForm, async (req: Request, res: Response) => {
    const session = requireForm(req);
    requireSessionScope(session, 'enqueue');
    const { id } = parseInput(RunPath, req.params, 404);
    const { reason } = parseInput(CancelRequest, { reason: formField(req, 'reason') });
    const status = await desk.cancel(id, reason, session.caller);
    if (!status) throw noSuchRun();
    res.redirect(303, `/runs/${id}?notice=${status}`);
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

/** Who looks; without a session the answer is already on its way to the sign-in page. */
function readViewer(req: Request, res: Response): Viewer | null {
  const principal = findPrincipal(req);
  if (principal?.via === 'session') {
    requireSessionScope(principal, 'read');
    return principal;
  }
  res.redirect(303, `/login?next=${encodeURIComponent(req.path)}`);
  return null;
}

function requireSessionScope(
  session: Extract<Principal, { via: 'session' }>,
  scope: Parameters<typeof mayUse>[1],
): void {
  if (mayUse(session.caller, scope)) return;
  throw new ProblemError(
    403,
    'missing_scope',
    `This needs the scope "${scope}", which the token "${session.caller.name}" does not have.`,
  );
}

function readDecision(req: Request, session: Extract<Principal, { via: 'session' }>): Decision {
  requireSessionScope(session, 'decide');
  requirePerson(session.caller);
  return parseInput(DecisionRequest, {
    decision: formField(req, 'decision'),
    reason: formField(req, 'reason')?.trim(),
    head_sha: formField(req, 'head_sha'),
    base_sha: formField(req, 'base_sha') || undefined,
    effective_policy: formField(req, 'effective_policy') || undefined,
  });
}

async function readRun(desk: RunDesk, req: Request): Promise<RunView> {
  const { id } = parseInput(RunPath, req.params, 404);
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
