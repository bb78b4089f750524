import type { Request } from 'express';
import type { Logger } from '../log.ts';
import { requestIdOf } from './access-log.ts';
import { findPrincipal } from './authenticate.ts';
import type { ProblemError } from './problem-error.ts';

/** Who may not do something, or comes too late with it. What is only not there or badly written tells nobody anything. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 409]);

/** Says who tried to change something and why they could not. The line of the access log has neither. */
export function logRefusal(log: Logger, req: Request, { status, code, message }: ProblemError): void {
  if (req.method === 'GET' || !REFUSALS.has(status)) return;
  const caller = findPrincipal(req)?.caller;
  const who = { caller: caller?.name ?? null, person: caller?.person ?? null, from: req.ip };
  const about = { id: requestIdOf(req), method: req.method, path: req.path, status, code, why: message };
  log.warn({ ...who, ...about }, 'a request was refused');
}
