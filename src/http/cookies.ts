import type { CookieOptions, Request } from 'express';

export interface CookieSettings {
  /** True when people reach the server over https: the cookie is then never sent in clear. */
  readonly secure: boolean;
}

/** `__Host-` ties a cookie to exactly this host over https; browsers refuse the prefix without Secure. */
export function cookieName(kind: 'session' | 'login', settings: CookieSettings): string {
  return settings.secure ? `__Host-slipway-${kind}` : `slipway-${kind}`;
}

export function cookieOptions(settings: CookieSettings, maxAgeMs: number): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: settings.secure, path: '/', maxAge: maxAgeMs };
}

/** One cookie's value; the first wins, and anything but the characters we issue is ignored. */
export function readCookie(req: Request, name: string): string | null {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    return /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
  }
  return null;
}
