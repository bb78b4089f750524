import type { Request, Response } from 'express';
import { z } from 'zod';
import { renderIncident } from '../../incidents/render-incident.ts';
import type { RunDesk } from '../../runs/run-desk.ts';
import { requireScope } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { IncidentReport } from './incident-schemas.ts';
import { RunPath } from './schemas.ts';

/** What happened when a canary was rolled back, for machines and as a document. A signed-in person may read it too. */
export function makeIncidentRoutes({
  desk,
  publicUrl,
}: {
  desk: RunDesk;
  /** Of this server, for links in a document that is read elsewhere; null when it is not configured. */
  publicUrl: string | null;
}): ApiRoute[] {
  async function read(req: Request): Promise<IncidentReport> {
    requireScope(req, 'read');
    const view = await desk.canary(parseInput(RunPath, req.params, 404).id);
    if (view === null || view.incident === null)
      throw new ProblemError(404, 'no_incident', 'There is no run with this id whose canary was rolled back.');
    return { incident: view.incident, opinion: view.opinion };
  }

  const doc = { description: 'Scope: read.', requestParams: { path: RunPath } };
  return [
    {
      method: 'get',
      path: '/v1/runs/:id/incident',
      handlers: [async (req: Request, res: Response) => void res.json(await read(req))],
      doc: {
        ...doc,
        summary: 'The incident report of a run whose canary was rolled back',
        responses: { ...problemResponses(401, 403, 404, 503), '200': jsonResponse('The report.', IncidentReport) },
      },
    },
    {
      method: 'get',
      path: '/v1/runs/:id/incident.md',
      handlers: [
        async (req: Request, res: Response) => {
          const { incident, opinion } = await read(req);
          res.type('text/markdown').send(renderIncident(incident, opinion, publicUrl));
        },
      ],
      doc: {
        ...doc,
        summary: 'The same report as Markdown',
        responses: {
          ...problemResponses(401, 403, 404, 503),
          '200': { description: 'The report.', content: { 'text/markdown': { schema: z.string() } } },
        },
      },
    },
  ];
}
