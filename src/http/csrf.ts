import type { Request } from 'express';
import { findPrincipal, type Principal, unauthenticated } from './authenticate.ts';
import { ProblemError } from './problem-error.ts';
import { isSameSecret } from './same-secret.ts';

/** Refuses a form that another site sent, where the browser says so. */
export function refuseCrossSite(req: Request): void {
  const site = req.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new ProblemError(403, 'cross_site', 'This form was sent from another site.');
}

/**
 * Whether a form surely comes from a page of ours: the browser says so, which no page of another site can make it do. What was
 * typed is shown again only then.
 */
export function isOwnForm(req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = req.headers;
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host;
}

/** The session behind a form, which must carry that session's CSRF token. @throws {ProblemError} 401 or 403. */
export function requireForm(req: Request): Extract<Principal, { via: 'session' }> {
  const principal = findPrincipal(req);
  if (principal?.via !== 'session') throw unauthenticated('Your session is over. Sign in and try again.');
  refuseCrossSite(req);
  if (!isSameSecret(formField(req, 'csrf'), principal.csrf))
    throw new ProblemError(
      403,
      'bad_csrf',
      'This form is stale or did not come from this page. Open the page again and resend it.',
    );
  return principal;
}

/** One field of a urlencoded form; a repeated field counts as absent. */
export function formField(req: Request, name: string): string | undefined {
  const body: unknown = req.body;
  if (!(body instanceof URLSearchParams)) return undefined;
  const [value, ...more] = body.getAll(name);
  return more.length > 0 ? undefined : value;
}
