import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { PausableQueue } from '../../fleet/control.ts';
import type { FleetDesk, Order, OrderResult } from '../../fleet/fleet-desk.ts';
import { requireBearer, requireScope } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { fleetJson } from './fleet-json.ts';
import { BrakeRequest, FleetJson, FreezeRequest, OrderAnswer, SettingRequest } from './fleet-schemas.ts';
import { guard } from './run-routes.ts';

/** Looking at the fleet, and what its operators order. */
export function makeFleetRoutes(deps: { fleet: FleetDesk; readJson: RequestHandler }): ApiRoute[] {
  const { fleet } = deps;

  async function show(req: Request, res: Response): Promise<void> {
    requireScope(req, 'read');
    res.json(fleetJson(await fleet.view()));
  }

  /** A route that takes an order of an operator, answered with the fleet as it is afterwards. */
  function order<T extends { reason: string }>(
    path: string,
    summary: string,
    schema: z.ZodType<T>,
    carryOut: (request: T, order: Order) => Promise<OrderResult>,
  ): ApiRoute {
    async function handle(req: Request, res: Response): Promise<void> {
      const caller = requireBearer(req, 'admin');
      const request = parseInput(schema, req.body);
      const { changed } = await carryOut(request, { caller, reason: request.reason });
      res.json({ changed, fleet: fleetJson(await fleet.view()) });
    }
    return {
      method: 'post',
      path,
      handlers: [guard('admin'), deps.readJson, handle],
      doc: {
        summary,
        description: 'Recorded with who ordered it and why. Scope: admin.',
        requestBody: { required: true, content: { 'application/json': { schema } } },
        responses: {
          ...problemResponses(400, 401, 403, 413, 415, 503),
          '200': jsonResponse('The order stands on the record.', OrderAnswer),
        },
      },
    };
  }
  const queuesOf = (queue: PausableQueue | 'all') => (queue === 'all' ? PausableQueue.options : [queue]);

  return [
    {
      method: 'get',
      path: '/v1/fleet',
      handlers: [show],
      doc: {
        summary: 'Replicas, queues, and what operators set',
        description: 'Scope: read.',
        responses: { ...problemResponses(401, 403, 503), '200': jsonResponse('The fleet as it is now.', FleetJson) },
      },
    },
    order('/v1/fleet/settings', 'Change a setting of the whole fleet', SettingRequest, ({ name, value }, by) =>
      fleet.set(name, value, by),
    ),
    order('/v1/fleet/pause', 'Pause a queue, or all', BrakeRequest, ({ queue }, by) =>
      fleet.pause(queuesOf(queue), by),
    ),
    order('/v1/fleet/resume', 'Resume a queue, or all', BrakeRequest, ({ queue }, by) =>
      fleet.resume(queuesOf(queue), by),
    ),
    order('/v1/fleet/freeze', 'Deploy nothing more, of one service or of any', FreezeRequest, ({ service }, by) =>
      fleet.freeze(service ?? null, by),
    ),
    order('/v1/fleet/unfreeze', 'End a freeze', FreezeRequest, ({ service }, by) =>
      fleet.unfreeze(service ?? null, by),
    ),
  ];
}
