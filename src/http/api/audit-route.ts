import type { Request, Response } from 'express';
import type { RunDesk } from '../../runs/run-desk.ts';
import { requireScope } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import { noSuchRun } from './run-routes.ts';
import { AuditQuery, EntryList } from './schemas.ts';
import { entryJson } from './to-json.ts';

/** The record of one run, in order, in pages by seq. */
export function makeAuditRoute(deps: { desk: RunDesk }): ApiRoute {
  async function audit(req: Request, res: Response): Promise<void> {
    requireScope(req, 'read');
    const { run, after, limit } = parseInput(AuditQuery, req.query);
    const entries = await deps.desk.entriesAfter(run, after);
    if (entries.length === 0 && (await deps.desk.view(run)) === null) throw noSuchRun();
    const page = entries.slice(0, limit);
    const next = entries.length > limit ? (page.at(-1)?.receipt.seq ?? null) : null;
    res.json({ entries: page.map(entryJson), next });
  }

  return {
    method: 'get',
    path: '/v1/audit',
    handlers: [audit],
    doc: {
      summary: 'Entries of a run, oldest first',
      description: 'Scope: read.',
      requestParams: { query: AuditQuery },
      responses: { ...problemResponses(400, 401, 403, 404), '200': jsonResponse('A page of entries.', EntryList) },
    },
  };
}
