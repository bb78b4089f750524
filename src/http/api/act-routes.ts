import type { Request, RequestHandler, Response } from 'express';
import { DecisionRequest, type RunDesk } from '../../runs/run-desk.ts';
import { requireBearer, requirePerson } from '../authenticate.ts';
import { decisionProblem, followUpProblem } from '../decision-problem.ts';
import { parseInput } from '../parse-input.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { guard, noSuchRun } from './run-routes.ts';
import {
  CancelAnswer,
  CancelRequest,
  DecisionAnswer,
  EmergencyReviewAnswer,
  EmergencyReviewRequest,
  FrontAnswer,
  FrontRequest,
  RunPath,
} from './schemas.ts';

/** What changes a run from outside: a person's decision, and a stop. */
export function makeActRoutes(deps: { desk: RunDesk; readJson: RequestHandler }): ApiRoute[] {
  const { desk } = deps;

  async function decide(req: Request, res: Response): Promise<void> {
    // Also a machine's attempt goes to the desk: it is refused there, and stands on the record.
    const caller = requireBearer(req, 'decide');
    const { id } = parseInput(RunPath, req.params, 404);
    const result = await desk.decide(id, parseInput(DecisionRequest, req.body), caller);
    if (!result) throw noSuchRun();
    if (result.kind !== 'recorded') throw decisionProblem(result);
    res.json({ decision: result.decision, approvals: result.approvals, needed: result.needed });
  }

  async function reviewEmergency(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'decide');
    requirePerson(caller);
    const { id } = parseInput(RunPath, req.params, 404);
    const { reason } = parseInput(EmergencyReviewRequest, req.body);
    const result = await desk.reviewEmergency(id, reason, caller);
    if (!result) throw noSuchRun();
    if (result.kind === 'refused') throw followUpProblem(result);
    res.json({ status: 'recorded' });
  }

  async function cancel(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'enqueue');
    const { id } = parseInput(RunPath, req.params, 404);
    const { reason } = parseInput(CancelRequest, req.body);
    const status = await desk.cancel(id, reason, caller);
    if (!status) throw noSuchRun();
    res.status(status === 'stopping' ? 202 : 200).json({ status });
  }

  async function front(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'admin');
    const { id } = parseInput(RunPath, req.params, 404);
    const { reason } = parseInput(FrontRequest, req.body);
    const status = await desk.front(id, reason, caller);
    if (!status) throw noSuchRun();
    res.json({ status });
  }

  return [
    {
      method: 'post',
      path: '/v1/runs/:id/front',
      handlers: [guard('admin'), deps.readJson, front],
      doc: {
        summary: 'Move a run to the front',
        description: 'Of its queues, of the agents and of the leases it waits for. Scope: admin.',
        requestParams: { path: RunPath },
        requestBody: { required: true, content: { 'application/json': { schema: FrontRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 413, 415, 503),
          '200': jsonResponse('It stands on the record, and the run goes first.', FrontAnswer),
        },
      },
    },
    {
      method: 'post',
      path: '/v1/runs/:id/decision',
      handlers: [guard('decide'), deps.readJson, decide],
      doc: {
        summary: 'Approve or reject an escalated change',
        description: 'Scope: decide, with a token that acts for a person who had no hand in the change.',
        requestParams: { path: RunPath },
        requestBody: { required: true, content: { 'application/json': { schema: DecisionRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 503),
          '200': jsonResponse('The decision is on the record.', DecisionAnswer),
        },
      },
    },
    {
      method: 'post',
      path: '/v1/runs/:id/emergency-review',
      handlers: [guard('decide'), deps.readJson, reviewEmergency],
      doc: {
        summary: 'Record that an emergency was reviewed afterwards',
        description: 'Scope: decide, with a token that acts for a person who neither wrote nor called it.',
        requestParams: { path: RunPath },
        requestBody: { required: true, content: { 'application/json': { schema: EmergencyReviewRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 503),
          '200': jsonResponse('The review is on the record.', EmergencyReviewAnswer),
        },
      },
    },
    {
      method: 'post',
      path: '/v1/runs/:id/cancel',
      handlers: [guard('enqueue'), deps.readJson, cancel],
      doc: {
        summary: 'Stop a run',
        description: 'A canary that has taken traffic is first brought back to zero. Scope: enqueue.',
        requestParams: { path: RunPath },
        requestBody: { required: true, content: { 'application/json': { schema: CancelRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 413, 415, 503),
          '200': jsonResponse('The run had finished already.', CancelAnswer),
          '202': jsonResponse('The stop is on the record.', CancelAnswer),
        },
      },
    },
  ];
}
