/** Where a program keeps one file for each maker that it can be joined to: `alerting/provider/line/line.go`. */
const PLACE = /^(?:(.*)\/)?(providers?|integrations?|connectors?|notifiers?)\/([\w-]+?)(?:\/[^\n]*|\.\w+)$/i;
/** In pages `providers/` hold what other parts of the page share. */
const SERVER_CODE = /\.(?:py|rb|go|rs|java|kt|cs|php|exs?)$/;
/** What such a folder holds beside makers. */
const NOBODY =
  /^(?:base|commons?|core|shared|utils?|helpers?|support|concerns?|custom|generic|registry|factory|interfaces?|types?|models?|dto|errors?|exceptions?|requests?|index|mod|lib|init|main|local|null|noop|none|mock|fake|dummy|https?|rest|grpc|webhooks?|default|manager|config|settings|abstract\w*|clients?|memory|files?|filesystem|disk|oauth\d?|oidc|openid|saml|ldap|e?mail|sms|push|internal|api|services?|handlers?|routes?|controllers?|auth|user|users|data|app|web|test\w*)$/;
const SUFFIX = /[-_]?(?:providers?|integrations?|connectors?|notifiers?|clients?|services?|alerts?|api)$/;
/** A request that leaves the program. */
const ASKS =
  /\bhttp\.(?:NewRequest|Post|Get)\w*\(|\b(?:requests|httpx)\.(?:get|post|put|patch|request|Client|Session)\b|\baiohttp\b|\bFaraday\b|\bHTTParty\b|\bNet::HTTP\b|\bRestClient\b|\bHttpClient\b|\bHttp::|\bGuzzleHttp\b|\bSaloon\b|\bTesla\b|\bHTTPoison\b|\bFinch\b|\bReq\.(?:get|post|new|request)\b|\breqwest\b|\bWebClient\b|\bRestTemplate\b|\bOkHttpClient\b/;

const letters = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Whom a new file is for by its place, where it asks somebody: the maker's name; null for no such file. */
export function makerOfPlace(path: string, code: string): string | null {
  const name = SERVER_CODE.test(path) ? PLACE.exec(path)?.[3]?.toLowerCase() : undefined;
  if (name === undefined) return null;
  const bare = name.replace(SUFFIX, '');
  const isMaker = bare.length > 2 && !NOBODY.test(bare) && !NOBODY.test(name) && !name.startsWith('__');
  return isMaker && ASKS.test(code) ? letters(bare) : null;
}

/** Files of a change that are looked up at the base: the fact stands with the first that is new. */
const MOST = 50;

/** Whether a place is one for makers at the base already, and the base holds nothing of this one there or elsewhere. */
export function makePlaces(base: readonly string[]): (path: string, maker: string) => boolean {
  let left = MOST;
  let paths: string | null = null;
  let names = '';
  return (path, maker) => {
    if (left === 0) return false;
    left -= 1;
    if (paths === null) {
      paths = `\n${base.join('\n')}`;
      names = paths.toLowerCase().replace(/[^a-z0-9\n]/g, '');
    }
    const [, above, folder = ''] = PLACE.exec(path) ?? [];
    const place = above === undefined ? folder : `${above}/${folder}`;
    return (paths.includes(`\n${place}/`) || paths.includes(`\n${place}.`)) && !names.includes(maker);
  };
}
