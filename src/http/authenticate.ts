import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Kysely } from 'kysely';
import type { Caller } from '../runs/caller.ts';
import type { Database } from '../store/tables.ts';
import { type CookieSettings, cookieName, readCookie } from './cookies.ts';
import { ProblemError } from './problem-error.ts';
import { findSession } from './sessions.ts';
import { findToken, type Scope } from './tokens.ts';

/** Who sent a request, and how we know: a cookie counts for reading and for forms that carry its CSRF token. */
export type Principal =
  | { readonly via: 'bearer'; readonly caller: Caller }
  | { readonly via: 'session'; readonly caller: Caller; readonly csrf: string; readonly cookie: string };

const principals = new WeakMap<Request, Principal>();

export function findPrincipal(req: Request): Principal | null {
  return principals.get(req) ?? null;
}

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="slipway"' };

/** Reads the bearer token or the session cookie. A bearer token that does not hold is refused at once, whatever the route. */
export function makeAuthenticate(deps: {
  db: Kysely<Database>;
  cookies: CookieSettings;
  now: () => Date;
}): RequestHandler {
  const sessionCookie = cookieName('session', deps.cookies);
  return async function authenticate(req: Request, _res: Response, next: NextFunction) {
    const header = req.headers.authorization;
    if (header !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
      const caller = token === undefined ? null : await findToken(deps.db, token, deps.now());
      if (!caller) throw unauthenticated('This token is unknown, revoked or expired.');
      principals.set(req, { via: 'bearer', caller });
      return next();
    }
    const cookie = readCookie(req, sessionCookie);
    const session = cookie === null ? null : await findSession(deps.db, cookie, deps.now());
    if (cookie !== null && session) principals.set(req, { via: 'session', cookie, ...session });
    return next();
  };
}

export function unauthenticated(detail: string): ProblemError {
  return new ProblemError(401, 'unauthenticated', detail, { headers: CHALLENGE });
}

export function mayUse(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes(scope) || caller.scopes.includes('admin');
}

/** The caller, who holds the scope. @throws {ProblemError} 401 without a caller, 403 without the scope. */
export function requireScope(req: Request, scope: Scope): Caller {
  const principal = findPrincipal(req);
  if (!principal) throw unauthenticated('Send a token: Authorization: Bearer slw_…');
  if (!mayUse(principal.caller, scope))
    throw new ProblemError(
      403,
      'missing_scope',
      `This needs the scope "${scope}", which the token "${principal.caller.name}" does not have.`,
    );
  return principal.caller;
}

/** For API calls that change something: only a bearer token counts, so that no other site can send a browser to make them. */
export function requireBearer(req: Request, scope: Scope): Caller {
  const principal = findPrincipal(req);
  if (principal?.via === 'session')
    throw new ProblemError(
      403,
      'bearer_only',
      'Calls that change something need a bearer token; a session cookie only reads.',
    );
  return requireScope(req, scope);
}

/** The caller of a decision: the scope and a person, for a machine can never decide. */
export function requirePerson(caller: Caller): void {
  if (caller.person === null)
    throw new ProblemError(
      403,
      'not_a_person',
      `The token "${caller.name}" acts for no person, and only people decide. Use a token that names a person.`,
    );
}
