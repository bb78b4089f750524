import type { Request, RequestHandler, Response } from 'express';
import { EnqueueRequest, ListFilter, type RunDesk } from '../../runs/run-desk.ts';
import { requireBearer, requireScope } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { RunAnswer, RunDetail, RunList, RunPath } from './schemas.ts';
import { runDetail, runJson } from './to-json.ts';

/** Starting a run and looking at runs. */
export function makeRunRoutes(deps: { desk: RunDesk; readJson: RequestHandler; now: () => Date }): ApiRoute[] {
  const { desk } = deps;

  async function enqueue(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'enqueue');
    const result = await desk.enqueue(parseInput(EnqueueRequest, req.body), caller);
    if (result.kind === 'older_head')
      throw new ProblemError(
        409,
        'older_head',
        'A newer head of this pull request already has a run; `current` is that run.',
        {
          current: result.current,
          headers: { Location: `/v1/runs/${result.current.id}` },
        },
      );
    res.status(result.kind === 'created' ? 202 : 200);
    res.location(`/v1/runs/${result.run.id}`).json({ run: runJson(result.run) });
  }

  async function list(req: Request, res: Response): Promise<void> {
    requireScope(req, 'read');
    const filter = parseInput(ListFilter, req.query);
    const runs = await desk.list(filter);
    const last = runs.length === filter.limit ? runs.at(-1) : undefined;
    res.json({ runs: runs.map(runJson), next: last?.id ?? null });
  }

  async function detail(req: Request, res: Response): Promise<void> {
    requireScope(req, 'read');
    const { id } = parseInput(RunPath, req.params, 404);
    const view = await desk.view(id);
    if (!view) throw noSuchRun();
    res.json(runDetail(view, await desk.whyWaiting(view.run), deps.now()));
  }

  return [
    {
      method: 'post',
      path: '/v1/runs',
      handlers: [guard('enqueue'), deps.readJson, enqueue],
      doc: {
        summary: 'Start a run of one head of a pull request',
        description: 'Idempotent by repo, PR and head. Scope: enqueue.',
        requestBody: { required: true, content: { 'application/json': { schema: EnqueueRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
          '200': jsonResponse('This head has a run already.', RunAnswer),
          '202': jsonResponse('The run was created; `Location` says where.', RunAnswer),
        },
      },
    },
    {
      method: 'get',
      path: '/v1/runs',
      handlers: [list],
      doc: {
        summary: 'List runs, newest first',
        description: 'Scope: read.',
        requestParams: { query: ListFilter },
        responses: { ...problemResponses(400, 401, 403), '200': jsonResponse('A page of runs.', RunList) },
      },
    },
    {
      method: 'get',
      path: '/v1/runs/:id',
      handlers: [detail],
      doc: {
        summary: 'One run with its entries, escalations and cost, and why it does not move',
        description: 'Scope: read.',
        requestParams: { path: RunPath },
        responses: { ...problemResponses(401, 403, 404), '200': jsonResponse('The run.', RunDetail) },
      },
    },
  ];
}

/** Refuses before the body is read: nobody without a token makes us buffer anything. */
export function guard(scope: Parameters<typeof requireBearer>[1]): RequestHandler {
  return function checkScope(req, _res, next) {
    requireBearer(req, scope);
    next();
  };
}

export function noSuchRun(): ProblemError {
  return new ProblemError(404, 'no_such_run', 'There is no run with this id.');
}
