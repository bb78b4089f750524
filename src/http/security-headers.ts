import type { RequestHandler } from 'express';
import helmet from 'helmet';

const OWN_PAGES = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
} as const;

/** Nothing inline, nothing from elsewhere, no framing. HSTS only where people come over https. */
export function makeSecurityHeaders(secure: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: OWN_PAGES },
    strictTransportSecurity: secure,
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
  });
}

/** Bull Board's page sets a base and styles elements; its scripts still come from us alone, its web font is blocked. */
export const boardContentPolicy: RequestHandler = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    ...OWN_PAGES,
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    baseUri: ["'self'"],
  },
});
