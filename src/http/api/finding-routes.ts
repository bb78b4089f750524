import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { RunId } from '../../ids.ts';
import type { RunDesk } from '../../runs/run-desk.ts';
import { requireBearer, requirePerson } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { DismissalAnswer, DismissalRequest, FindingList } from './finding-schemas.ts';
import { guard, noSuchRun } from './run-routes.ts';
import { RunPath } from './schemas.ts';

const FindingPath = z.strictObject({
  id: RunId,
  fingerprint: z.string().regex(/^[0-9a-f]{8,64}$/, 'must be a fingerprint, or at least its first 8 hex digits'),
});

const STATUS = { unknown_finding: 404, ambiguous_finding: 409, not_a_person: 403, wrote_the_change: 403 } as const;

/** What was found in a pull request, and a person's word that one of them is no problem. */
export function makeFindingRoutes(deps: { desk: RunDesk; readJson: RequestHandler }): ApiRoute[] {
  const { desk } = deps;

  async function list(req: Request, res: Response): Promise<void> {
    requireBearer(req, 'read');
    const findings = await desk.findings(parseInput(RunPath, req.params, 404).id);
    if (findings === null) throw noSuchRun();
    res.json({ findings });
  }

  async function dismiss(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'decide');
    requirePerson(caller);
    const { id, fingerprint } = parseInput(FindingPath, req.params, 404);
    const { reason } = parseInput(DismissalRequest, req.body);
    const result = await desk.dismissFinding(id, { fingerprint, reason }, caller);
    if (result === null) throw noSuchRun();
    if (result.kind === 'refused') throw new ProblemError(STATUS[result.why], result.why, result.detail);
    res.json({ finding: result.finding });
  }

  return [
    {
      method: 'get',
      path: '/v1/runs/:id/findings',
      handlers: [guard('read'), list],
      doc: {
        summary: 'List the findings of a run’s pull request',
        description: 'Open, fixed, reopened and dismissed ones, over all heads. Scope: read.',
        requestParams: { path: RunPath },
        responses: {
          ...problemResponses(401, 403, 404, 503),
          '200': jsonResponse('The findings.', FindingList),
        },
      },
    },
    {
      method: 'post',
      path: '/v1/runs/:id/findings/:fingerprint/dismiss',
      handlers: [guard('decide'), deps.readJson, dismiss],
      doc: {
        summary: 'Dismiss a finding',
        description:
          'It moves no score from the next head on; a serious one still asks for a person. Scope: decide, with a token that acts for a person who had no hand in the change.',
        requestParams: { path: FindingPath },
        requestBody: { required: true, content: { 'application/json': { schema: DismissalRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 503),
          '200': jsonResponse('The dismissal is on the record.', DismissalAnswer),
        },
      },
    },
  ];
}
