import type { Application, Request, RequestHandler, Response } from 'express';
import { type CookieSettings, cookieName, cookieOptions, readCookie } from '../cookies.ts';
import { formField, isOwnForm, refuseCrossSite, requireForm } from '../csrf.ts';
import { ProblemError } from '../problem-error.ts';
import { isSameSecret } from '../same-secret.ts';
import type { ServerDeps } from '../server-deps.ts';
import { closeSession, openSession, SESSION_HOURS } from '../sessions.ts';
import { findToken, newSecret } from '../tokens.ts';
import { renderPage } from './layout.tsx';
import { LoginPage } from './login-page.tsx';

const LOGIN_FORM_MS = 60 * 60_000;

/** What the sign-in page goes on with: where to, and what was typed there. */
export interface SignInForm {
  readonly next: string;
  /** What a person wrote into a form whose session was over; empty for none. */
  readonly draft: string;
  readonly problem: string | null;
}

export type ShowSignIn = (req: Request, res: Response, form: SignInForm) => void;

/** Shows the sign-in page as an answer to any request. */
export function makeShowSignIn(
  config: Pick<ServerDeps['config'], 'profile' | 'version'>,
  cookies: CookieSettings,
): ShowSignIn {
  const loginCookie = cookieName('login', cookies);
  const { profile, version } = config;
  /** Nobody has a session yet, so the form's token is tied to a cookie of its own: no other site can sign a person in. */
  return function showSignIn(req, res, form) {
    const csrf = readCookie(req, loginCookie) ?? newSecret();
    res.cookie(loginCookie, csrf, cookieOptions(cookies, LOGIN_FORM_MS));
    res.status(form.problem === null ? 200 : 401).type('html');
    res.send(renderPage(<LoginPage {...form} {...{ csrf, profile, version, viewer: null }} />));
  };
}

/** `/login` turns a token into a session cookie, `/logout` ends it. */
export function mountLogin(
  app: Application,
  deps: Pick<ServerDeps, 'db' | 'now' | 'log'> & {
    cookies: CookieSettings;
    readForm: RequestHandler;
    showSignIn: ShowSignIn;
  },
): void {
  const sessionCookie = cookieName('session', deps.cookies);
  const loginCookie = cookieName('login', deps.cookies);

  app.get('/login', (req, res) =>
    deps.showSignIn(req, res, { next: safeNext(req.query['next']), draft: '', problem: null }),
  );

  app.post('/login', deps.readForm, async (req: Request, res: Response) => {
    refuseCrossSite(req);
    const next = safeNext(formField(req, 'next'));
    const draft = isOwnForm(req) ? (formField(req, 'draft') ?? '') : '';
    const expected = readCookie(req, loginCookie);
    if (expected === null || !isSameSecret(formField(req, 'csrf'), expected))
      throw new ProblemError(
        403,
        'bad_csrf',
        'This form is stale or did not come from this page. Open the sign-in page again.',
      );
    const caller = await findToken(deps.db, formField(req, 'token')?.trim() ?? '', deps.now());
    if (!caller) {
      deps.log.warn({ from: req.ip }, 'a sign-in was refused');
      return deps.showSignIn(req, res, { next, draft, problem: 'This token is unknown, revoked or expired.' });
    }
    const cookie = await openSession(deps.db, caller.tokenId, deps.now());
    res.clearCookie(loginCookie, cookieOptions(deps.cookies, 0));
    res.cookie(sessionCookie, cookie, cookieOptions(deps.cookies, SESSION_HOURS * 3_600_000));
    // The browser sends the same form on, and with it what was typed before the session was over.
    return draft !== '' && next.startsWith('/runs/') ? res.redirect(307, `${next}/draft`) : res.redirect(303, next);
  });

  app.post('/logout', deps.readForm, async (req: Request, res: Response) => {
    const session = requireForm(req);
    await closeSession(deps.db, session.cookie);
    res.clearCookie(sessionCookie, cookieOptions(deps.cookies, 0));
    res.redirect(303, '/login');
  });
}

/** Where to go after signing in: one of our own pages by exact shape, so that nobody can be sent elsewhere. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(runs\/[0-9a-f]{32}|admin\/queues)$/.test(next) ? next : '/';
}
