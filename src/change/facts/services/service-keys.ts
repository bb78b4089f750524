import { isOwnName, serviceOfEnv } from './known-services.ts';

/** `ACME_URL=`, `"ACME_URL"`, `ACME_URL: str`: a variable, wherever it is set, read or declared. */
const ADDRESS =
  /(?:^[ \t]*(?:export[ \t]+|-[ \t]+)?|["'`])(?:NEXT_(?:PUBLIC|PRIVATE)_|VITE_|NUXT_|PUBLIC_)?([A-Z][A-Z0-9]{2,40})_(?:(?:API|BASE)_)?(?:URL|URI|ENDPOINT|HOST|DOMAIN|CLIENT_ID)\b/gm;
const KEY =
  /\b(?:NEXT_(?:PUBLIC|PRIVATE)_|VITE_|NUXT_|PUBLIC_)?([A-Z][A-Z0-9]{2,40})_(?:(?:API|ACCESS|CLIENT|SECRET|USER|AUTH)_)?(?:KEY|TOKEN|SECRET|PASSWORD)\b/g;
/** Names of parts of every program, whose addresses and passwords are its own. */
const OWN_PART =
  /^(?:\w*AUTH|SITE|BASE|HOST|FRONT|BACK|STAGING|PRODUCTION|PROD|DEV|LOCAL|PROXY|HTTP|HTTPS|COOKIE|SESSION|CSRF|CORS|OAUTH|OAUTH2|OIDC|SSO|SAML|MCP|GRPC|WS|WEBSOCKET|CACHE|QUEUE|STORAGE|DATABASE|DB|SSL|TLS|CERT|REGISTRY|DOCKER|DEPLOY|GIT|NPM)$/;

/** Of one file: the fact stands with the first, and a file with more is no settings of a program. */
const MOST = 50;

/**
 * An outside service that nobody knows by name still shows by its settings: an address, or the name under which it knows
 * the program, and a secret under one first word, `VCLAIM_URL` and `VCLAIM_KEY`.
 */
export function findAddressesWithKeys(code: string): { service: string; index: number }[] {
  const found: { service: string; index: number }[] = [];
  if (!/_(?:URL|URI|ENDPOINT|HOST|DOMAIN|CLIENT_ID)\b/.test(code) || !/_(?:KEY|TOKEN|SECRET|PASSWORD)\b/.test(code))
    return found;
  const keyed = new Set([...code.matchAll(KEY)].map((match) => match[1]));
  if (keyed.size === 0) return found;
  for (const match of code.matchAll(ADDRESS)) {
    if (found.length === MOST) break;
    const first = match[1] ?? '';
    // Each name once.
    if (!keyed.delete(first) || isOwnName(first) || OWN_PART.test(first) || serviceOfEnv(`${first}_URL`) !== null)
      continue;
    found.push({ service: `vendor:${first.toLowerCase()}`, index: match.index + match[0].indexOf(first) });
  }
  return found;
}

/** A name in capitals behind a point or quote, and what stands before it where it is read from settings. */
const NAME = /["'`.]([A-Z][A-Z0-9]{2,40}_[A-Z0-9_]{2,80})/g;
const READ_FROM =
  /(?:\b(?:[cC]onfig(?:Service)?|settings|viper|env)\.get(?:OrThrow|String)?(?:<\w{1,40}>)?\(\s*["'`]|\bviper\.GetString\(\s*"|\bconfig\(\s*["']|\bGetEnvironmentVariable\(\s*"|\b(?:settings|[cC]onfig|cfg|env)\.)$/;

/** Variables that a program reads by a settings object: `settings.ACME_API_KEY`, `config.getOrThrow('ACME_URL')`. */
export function findReadSettings(code: string): { name: string; index: number }[] {
  const found: { name: string; index: number }[] = [];
  for (const match of code.matchAll(NAME))
    if (READ_FROM.test(code.slice(Math.max(0, match.index - 60), match.index + 1)))
      found.push({ name: match[1] ?? '', index: match.index });
  return found;
}
