import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Queue } from 'bullmq';
import type { Application, RequestHandler } from 'express';
import { findPrincipal, requireScope } from './authenticate.ts';
import { BOARD_PATH } from './board-path.ts';
import { ProblemError } from './problem-error.ts';
import { boardContentPolicy } from './security-headers.ts';

/** Bull Board for people who watch: behind the session or a bearer token with `read`, and it can only look. */
export function mountBoard(app: Application, queues: readonly Queue[]): void {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: queues.map(readOnlyAdapter),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Slipway queues', hideRedisDetails: true } },
  });
  const board: Application = serverAdapter.getRouter();
  board.disable('x-powered-by');
  app.use(BOARD_PATH, boardGate, boardContentPolicy, board);
}

/**
 * Lets people with `read` look. The board's own read-only mode still answers 200 to one of its writes, so nothing but
 * GET and HEAD reaches it at all.
 */
const boardGate: RequestHandler = (req, res, next) => {
  if (findPrincipal(req) === null && req.method === 'GET' && req.accepts(['json', 'html']) === 'html')
    return res.redirect(303, `/login?next=${encodeURIComponent(BOARD_PATH)}`);
  requireScope(req, 'read');
  if (req.method !== 'GET' && req.method !== 'HEAD')
    throw new ProblemError(405, 'read_only', 'The board only looks: runs are changed through /v1.', {
      headers: { Allow: 'GET, HEAD' },
    });
  return next();
};

function readOnlyAdapter(queue: Queue): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false });
  adapter.setFormatter('data', redactJobData);
  adapter.setFormatter('returnValue', redactJobData);
  adapter.setFormatter('progress', redactJobData);
  return adapter;
}

/** Fields of our own payloads that are ids, counts or closed words. */
const SHOWN = new Set(['run_id', 'call_id', 'stage', 'round', 'proceed', 'decision', 'step', 'n']);

/** Job data as the board may show it: ids stay, anything else is a hint that something was there. */
export function redactJobData(data: unknown): unknown {
  if (data === null || data === undefined || typeof data === 'number' || typeof data === 'boolean') return data;
  if (typeof data !== 'object' || Array.isArray(data)) return '[redacted]';
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, SHOWN.has(key) && isPlain(value) ? value : '[redacted]']),
  );
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'string' && /^[\w~.:/-]{1,200}$/.test(value);
}
