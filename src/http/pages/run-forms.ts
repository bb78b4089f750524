import type { Application, Request, RequestHandler, Response } from 'express';
import type { RunId } from '../../ids.ts';
import type { Logger } from '../../log.ts';
import { type DecisionRequest as Decision, DecisionRequest, type RunDesk } from '../../runs/run-desk.ts';
import { noSuchRun } from '../api/run-routes.ts';
import { CancelRequest, EmergencyReviewRequest, RunPath } from '../api/schemas.ts';
import { findPrincipal, requirePerson } from '../authenticate.ts';
import { formField, isOwnForm, requireForm } from '../csrf.ts';
import { decisionProblem, followUpProblem } from '../decision-problem.ts';
import { logRefusal } from '../log-refusal.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import type { ShowSignIn } from './login-routes.tsx';
import type { Notice } from './notices.ts';
import { requireSessionScope, type Session } from './read-viewer.ts';

interface FormDeps {
  readonly log: Logger;
  readonly desk: RunDesk;
  readonly readForm: RequestHandler;
  readonly showSignIn: ShowSignIn;
  /** The page of a run, with what to say about the form and what was typed into it. */
  readonly showRun: (
    res: Response,
    id: RunId,
    page: { readonly viewer: Session; readonly notice: Notice | null; readonly draft: string },
  ) => Promise<void>;
}

/** The forms of a run's page. One that is refused says why, and what was typed is there again. */
export function mountRunForms(app: Application, deps: FormDeps): void {
  const { desk, readForm } = deps;

  app.post('/runs/:id/decision', readForm, form(decide));
  app.post('/runs/:id/emergency-review', readForm, form(reviewEmergency));
  app.post('/runs/:id/cancel', readForm, form(cancel));

  // Where a sign-in goes on after a session was over. It records nothing.
  app.post('/runs/:id/draft', readForm, async (req: Request, res: Response) => {
    const { id } = parseInput(RunPath, req.params, 404);
    const principal = findPrincipal(req);
    if (principal?.via !== 'session' || !isOwnForm(req)) return res.redirect(303, `/runs/${id}`);
    requireSessionScope(principal, 'read');
    const notice: Notice = {
      tone: 'bad',
      text: 'You are signed in again. Look at it once more: nothing was recorded.',
    };
    return deps.showRun(res, id, { viewer: principal, notice, draft: formField(req, 'draft') ?? '' });
  });

  // Who loads the answer to a form again by its address wants the run.
  for (const name of ['decision', 'emergency-review', 'cancel', 'draft'])
    app.get(`/runs/:id/${name}`, (req, res) => {
      const { id } = parseInput(RunPath, req.params, 404);
      res.redirect(303, `/runs/${id}`);
    });

  async function decide(req: Request, session: Session, id: RunId): Promise<string> {
    const request = readDecision(req, session);
    const result = await desk.decide(id, request, session.caller);
    if (!result) throw noSuchRun();
    if (result.kind !== 'recorded') throw decisionProblem(result);
    return result.decision ?? 'approved_one';
  }

  async function reviewEmergency(req: Request, session: Session, id: RunId): Promise<string> {
    requireSessionScope(session, 'decide');
    requirePerson(session.caller);
    const { reason } = parseInput(EmergencyReviewRequest, { reason: formField(req, 'reason') });
    const result = await desk.reviewEmergency(id, reason, session.caller);
    if (!result) throw noSuchRun();
    if (result.kind === 'refused') throw followUpProblem(result);
    return 'reviewed';
  }

  async function cancel(req: Request, session: Session, id: RunId): Promise<string> {
    requireSessionScope(session, 'enqueue');
    const { reason } = parseInput(CancelRequest, { reason: formField(req, 'reason') });
    const status = await desk.cancel(id, reason, session.caller);
    if (!status) throw noSuchRun();
    return status;
  }

  /** `act` answers with the word of its notice. */
  function form(act: (req: Request, session: Session, id: RunId) => Promise<string>): RequestHandler {
    return async (req: Request, res: Response) => {
      const { id } = parseInput(RunPath, req.params, 404);
      const principal = findPrincipal(req);
      const draft = formField(req, 'reason') ?? '';
      if (principal === null && isOwnForm(req)) {
        const problem = 'Your session is over. Nothing was recorded: sign in, and what you wrote is there again.';
        return deps.showSignIn(req, res, { next: `/runs/${id}`, draft, problem });
      }
      try {
        const session = requireForm(req);
        return res.redirect(303, `/runs/${id}?notice=${await act(req, session, id)}`);
      } catch (error) {
        if (!(error instanceof ProblemError) || error.status === 404 || principal?.via !== 'session') throw error;
        if (error.code === 'bad_csrf' && !isOwnForm(req)) throw error;
        if (error.code === 'cross_site') throw error;
        logRefusal(deps.log, req, error);
        res.status(error.status);
        const text = error.code === 'bad_csrf' ? EARLIER_FORM : `Not recorded: ${error.message}`;
        return deps.showRun(res, id, { viewer: principal, notice: { tone: 'bad', text }, draft });
      }
    };
  }
}

const EARLIER_FORM =
  'Not recorded: this form was made before you signed in last. What you wrote is there again: look, and send it once more.';

function readDecision(req: Request, session: Session): Decision {
  requireSessionScope(session, 'decide');
  return parseInput(DecisionRequest, {
    decision: formField(req, 'decision'),
    reason: formField(req, 'reason')?.trim(),
    head_sha: formField(req, 'head_sha'),
    base_sha: formField(req, 'base_sha') || undefined,
    effective_policy: formField(req, 'effective_policy') || undefined,
  });
}
