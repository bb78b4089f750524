import { isOwnName, serviceOfEnv } from './known-services.ts';

/** `ACME_URL=`, `"ACME_URL"`, `ACME_URL: str`: a variable, wherever it is set, read or declared. */
const ADDRESS =
  /(?:^[ \t]*(?:export[ \t]+|-[ \t]+)?|["'`])([A-Z][A-Z0-9]{2,40})_(?:(?:API|BASE)_)?(?:URL|URI|ENDPOINT|HOST|DOMAIN)\b/gm;
const KEY = /\b([A-Z][A-Z0-9]{2,40})_(?:(?:API|ACCESS|CLIENT|SECRET|USER|AUTH)_)?(?:KEY|TOKEN|SECRET|PASSWORD)\b/g;
/** Names of parts of every program, whose addresses and passwords are its own. */
const OWN_PART =
  /^(?:SITE|BASE|HOST|FRONT|BACK|STAGING|PRODUCTION|PROD|DEV|LOCAL|PROXY|HTTP|HTTPS|COOKIE|SESSION|CSRF|CORS|OAUTH|OAUTH2|OIDC|SSO|SAML|MCP|GRPC|WS|WEBSOCKET|CACHE|QUEUE|STORAGE|DATABASE|DB|SSL|TLS|CERT|REGISTRY|DOCKER|DEPLOY|GIT|NPM)$/;

/**
 * An outside service that nobody knows by name still shows by its settings: an address and a secret under one first
 * word, `VCLAIM_URL` and `VCLAIM_KEY`.
 */
export function findAddressesWithKeys(code: string): { service: string; index: number }[] {
  const found: { service: string; index: number }[] = [];
  const keyed = new Set([...code.matchAll(KEY)].map((match) => match[1]));
  if (keyed.size === 0) return found;
  for (const match of code.matchAll(ADDRESS)) {
    const first = match[1] ?? '';
    // Each name once.
    if (!keyed.delete(first) || isOwnName(first) || OWN_PART.test(first) || serviceOfEnv(`${first}_URL`) !== null)
      continue;
    found.push({ service: `vendor:${first.toLowerCase()}`, index: match.index + match[0].indexOf(first) });
  }
  return found;
}
