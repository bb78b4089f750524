import type { Request, Response } from 'express';
import { findPrincipal, mayUse, type Principal } from '../authenticate.ts';
import { ProblemError } from '../problem-error.ts';
import type { Scope } from '../tokens.ts';

export type Session = Extract<Principal, { via: 'session' }>;

/** Who looks; without a session the answer is already on its way to the sign-in page. */
export function readViewer(req: Request, res: Response): Session | null {
  const principal = findPrincipal(req);
  if (principal?.via === 'session') {
    requireSessionScope(principal, 'read');
    return principal;
  }
  res.redirect(303, `/login?next=${encodeURIComponent(req.path)}`);
  return null;
}

/** @throws {ProblemError} 403. */
export function requireSessionScope(session: Session, scope: Scope): void {
  if (mayUse(session.caller, scope)) return;
  throw new ProblemError(
    403,
    'missing_scope',
    `This needs the scope "${scope}", which the token "${session.caller.name}" does not have.`,
  );
}
