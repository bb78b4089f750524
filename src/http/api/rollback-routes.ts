import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { RunId } from '../../ids.ts';
import type { Rollback, RollbackDesk } from '../../runs/rollback-desk.ts';
import { requireBearer, requirePerson, requireScope } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { RollbackAnswer, RollbackRequest } from './rollback-schemas.ts';
import { guard } from './run-routes.ts';

const ServicePath = z.strictObject({ service: z.string().min(1).max(40) });
const RollbackPath = z.strictObject({ id: RunId });

/** Taking a release back: a person orders it, a worker does it. */
export function makeRollbackRoutes(deps: { rollbacks: RollbackDesk; readJson: RequestHandler }): ApiRoute[] {
  const { rollbacks } = deps;

  async function order(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'decide');
    requirePerson(caller);
    const { service } = parseInput(ServicePath, req.params, 404);
    const { reason } = parseInput(RollbackRequest, req.body);
    const result = await rollbacks.order(service, { caller, reason });
    if (result.kind === 'refused') throw new ProblemError(409, result.why, result.detail);
    res.status(result.kind === 'ordered' ? 202 : 200);
    res.location(`/v1/rollbacks/${result.rollback.id}`).json(rollbackJson(result.rollback));
  }

  async function show(req: Request, res: Response): Promise<void> {
    requireScope(req, 'read');
    const { id } = parseInput(RollbackPath, req.params, 404);
    const rollback = await rollbacks.view(id);
    if (rollback === null) throw new ProblemError(404, 'no_such_rollback', 'There is no rollback with this id.');
    res.json(rollbackJson(rollback));
  }

  return [
    {
      method: 'post',
      path: '/v1/services/:service/rollback',
      handlers: [guard('decide'), deps.readJson, order],
      doc: {
        summary: 'Put the previous version of a service back',
        description:
          'Freezes the service first; the freeze stays until somebody ends it. Scope: decide, with a token that acts for a person.',
        requestParams: { path: ServicePath },
        requestBody: { required: true, content: { 'application/json': { schema: RollbackRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 503),
          '200': jsonResponse('One is under way already.', RollbackAnswer),
          '202': jsonResponse('The order is on the record; `Location` says where it is.', RollbackAnswer),
        },
      },
    },
    {
      method: 'get',
      path: '/v1/rollbacks/:id',
      handlers: [show],
      doc: {
        summary: 'How far a rollback is',
        description: 'Scope: read.',
        requestParams: { path: RollbackPath },
        responses: { ...problemResponses(401, 403, 404, 503), '200': jsonResponse('The rollback.', RollbackAnswer) },
      },
    },
  ];
}

function rollbackJson(rollback: Rollback): RollbackAnswer {
  return {
    id: rollback.id,
    run_id: rollback.run_id,
    service: rollback.service,
    status: rollback.status,
    waiting_for: rollback.waiting_for,
    ordered_by: rollback.actor,
    reason: rollback.reason,
    created_at: rollback.created_at.toISOString(),
    finished_at: rollback.finished_at?.toISOString() ?? null,
  };
}
