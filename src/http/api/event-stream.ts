import { setTimeout as delay } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Recorded } from '../../audit/audit-log.ts';
import { StoreDown } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { Logger } from '../../log.ts';
import type { RunDesk } from '../../runs/run-desk.ts';
import { withDeadline } from '../../with-deadline.ts';
import { requireScope } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import type { StreamTiming } from '../server-deps.ts';
import { type ApiRoute, problemResponses } from './api-route.ts';
import { noSuchRun } from './run-routes.ts';
import { EventsQuery, LastEventId, RunPath } from './schemas.ts';
import { entryJson } from './to-json.ts';

const DEFAULT_TIMING: StreamTiming = { pollMs: 500, heartbeatMs: 15_000, maxMs: 15 * 60_000 };
const MAX_STREAMS = 500;
const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

/**
 * The entries of a run as server-sent events: id = seq, event = its name, data = the entry. Read from the record, so a
 * client that comes back with Last-Event-ID misses nothing, whichever server it reaches. Ends after run_finished;
 * who comes back after that gets 204, which tells an EventSource to stay away.
 */
export function makeEventRoute(deps: { desk: RunDesk; log: Logger; timing?: StreamTiming | undefined }): ApiRoute {
  const timing = deps.timing ?? DEFAULT_TIMING;
  let open = 0;

  async function events(req: Request, res: Response): Promise<void> {
    requireScope(req, 'read');
    const { id } = parseInput(RunPath, req.params, 404);
    const resume = parseInput(LastEventId, req.headers)['last-event-id'];
    const after = resume ?? parseInput(EventsQuery, req.query).after;
    if (open >= MAX_STREAMS)
      throw new ProblemError(503, 'too_many_streams', 'Too many event streams are open.', {
        headers: { 'Retry-After': '10' },
      });
    const view = await deps.desk.view(id);
    if (!view) throw noSuchRun();
    if (view.entries.some((entry) => isLast(entry) && BigInt(entry.receipt.seq) <= BigInt(after))) {
      res.status(204).end();
      return;
    }
    res.set(STREAM_HEADERS);
    if (req.method === 'HEAD') {
      res.end();
      return;
    }
    open += 1;
    try {
      await stream(id, after, res);
    } finally {
      open -= 1;
      res.end();
    }
  }

  async function stream(id: RunId, after: string, res: Response): Promise<void> {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    res.write('retry: 2000\n\n');
    await withDeadline(gone.signal, timing.maxMs, (signal) => follow(id, after, res, signal));
  }

  async function follow(id: RunId, after: string, res: Response, signal: AbortSignal): Promise<void> {
    let seq = after;
    let quietMs = 0;
    while (!signal.aborted) {
      const entries = await readEntries(id, seq);
      for (const entry of entries) {
        await write(res, formatEvent(entry), signal);
        seq = entry.receipt.seq;
        if (isLast(entry)) return;
      }
      quietMs = entries.length > 0 ? 0 : quietMs + timing.pollMs;
      if (quietMs >= timing.heartbeatMs) {
        await write(res, ': still here\n\n', signal);
        quietMs = 0;
      }
      await delay(timing.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A store that is away for a while ends no stream: a refused reconnect would end the client's for good. */
  async function readEntries(id: RunId, seq: string): Promise<Recorded[]> {
    try {
      return await deps.desk.entriesAfter(id, seq);
    } catch (error) {
      if (!(error instanceof StoreDown)) throw error;
      deps.log.warn({ err: error, run: id }, 'the event stream waits for the store');
      return [];
    }
  }

  return {
    method: 'get',
    path: '/v1/runs/:id/events',
    handlers: [events],
    doc: {
      summary: 'Follow a run as server-sent events',
      description:
        'pr.opened, review.complete, staging.validated, then canary.* and release.*; ends after run.finished. `id` is the seq of the entry: resume with Last-Event-ID. Scope: read.',
      requestParams: { path: RunPath, query: EventsQuery, header: LastEventId },
      responses: {
        ...problemResponses(400, 401, 403, 404, 503),
        '200': { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        '204': { description: 'The run is finished and you have seen its last entry.' },
      },
    },
  };
}

function isLast(recorded: Recorded): boolean {
  return recorded.entry.event === 'run_finished';
}

/** JSON never holds a raw newline, so one `data` line is enough whatever the entry says. */
function formatEvent(recorded: Recorded): string {
  const json = entryJson(recorded);
  return `id: ${json.seq}\nevent: ${json.name}\ndata: ${JSON.stringify(json)}\n\n`;
}

/** Waits for a slow reader instead of buffering for it. */
async function write(res: Response, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || res.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      res.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    res.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
