import { isStrongEnv, serviceOfEnv } from './known-services.ts';
import { serviceInWords } from './service-brands.ts';

interface Found {
  readonly service: string;
  readonly index: number;
}

/** `STRIPE_SECRET_KEY` wherever a program names it: a field of a settings class, a schema of the environment, a tag. */
const CAPITALS = /(?<![\w.-])([A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,7})(?![\w-])/g;

/** `sendgridApiKey:`, `twilio.auth-token=`, `'mailgun_secret' =>`: the end of a secret's name that is given a value. */
const GIVEN =
  /(?:key|token|secret|dsn|sid|password|webhook(?:[._-]?url)?|client[._-]?id|app[._-]?id|bucket|brokers|bootstrap[._-]servers|connection[._-]?string)["'`]?\]?[ \t]{0,4}(?:\??:|=>|=(?!=)|\{[ \t]*get\b)/gi;
/** Whose it is stands before it. */
const BEFORE = /[A-Za-z][\w.-]{1,60}$/;
const LONGEST_NAME = 62;
const NO_NAME = /[^\w.-].*$/;

/** A block called after a service that holds a secret or an address: `stripe:` over `secret-key:`, `"SendGrid": {`. */
const BLOCK =
  /^[ \t]*(?:\[([A-Za-z][\w.-]{1,40})\]|["']?([A-Za-z][\w-]{1,40})["']?[ \t]*(?::|=>|=)[ \t]*[[{]?)[ \t]*$/gm;
const HOLDS =
  /^\n(?:[^\n}\]]{0,200}\n){0,3}?[ \t]*["']?[\w-]{0,40}(?:key|token|secret|dsn|sid|endpoint|host|url|uri|servers|brokers|password|user(?:name)?)["']?[ \t]*(?::|=>|=)/i;
const BLOCK_CHARS = 900;

/** Where a framework keeps its settings and a program asks for a part of them by name. */
const ASKED =
  /(?:\bcredentials(?:\.dig\(:|\[:|\.)|\bconfig\(["']services\.|[cC]onfiguration(?:\.GetSection\(|\[)"|\.GetSection\(")([A-Za-z][\w]{1,40})(?=[.:\w\s",)\]}-])/g;

/** `${sendgrid.api-key}` in the settings of Spring, and where its beans ask for them. */
const PLACEHOLDER = /\$\{([A-Za-z]\w{1,40})[.-][\w.-]{2,60}[:}]/g;

/** `secretKeyBase`, `sendgrid.api-key` and `twilio_sid` in words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[ ._:-]+/)
    .filter((word) => word !== '');
}

const SERVICES = new Map<string, string | null>();

/** Most names come again and again. */
function remembered(name: string, find: () => string | null): string | null {
  const known = SERVICES.get(name);
  if (known !== undefined) return known;
  const found = find();
  if (SERVICES.size < 20_000) SERVICES.set(name, found);
  return found;
}

function ofCapitals(name: string): string | null {
  return remembered(name, () => {
    const service = serviceOfEnv(name);
    if (service === null || service.startsWith('vendor:')) return null;
    return serviceInWords(name.split('_')) !== null || isStrongEnv(name) ? service : null;
  });
}

/** A name of one word says whose it is only where it stands over a block. */
function ofWords(name: string, least: number): string | null {
  return remembered(`${least} ${name}`, () => {
    const words = wordsOf(name);
    return words.length < least ? null : serviceInWords(words);
  });
}

const SETTINGS = /^(?:ya?ml|properties|toml|conf|cfg|ini|json|php|py|rb|exs?|cs|java|kt|go|rs|[cm]?[jt]s)$/;
const NESTED = /^(?:ya?ml|toml|conf|cfg|ini|json|php|exs?)$/;

/** Settings that carry a service's name, in whatever way the program writes its settings. */
export function findNamedSettings(extension: string, code: string): Found[] {
  const found: Found[] = [];
  if (!SETTINGS.test(extension)) return found;
  const add = (service: string | null, index: number) => {
    if (service !== null) found.push({ service, index });
  };
  for (const match of code.matchAll(CAPITALS)) add(ofCapitals(match[1] ?? ''), match.index);
  for (const match of code.matchAll(GIVEN)) {
    const name = BEFORE.exec(code.slice(Math.max(0, match.index - LONGEST_NAME), match.index))?.[0];
    if (name !== undefined) add(ofWords(`${name}${match[0]}`.replace(NO_NAME, ''), 2), match.index);
  }
  for (const match of code.matchAll(ASKED)) add(ofWords(match[1] ?? '', 1), match.index);
  if (/^(?:ya?ml|properties|java|kt)$/.test(extension))
    for (const match of code.matchAll(PLACEHOLDER)) add(ofWords(match[1] ?? '', 1), match.index);
  if (NESTED.test(extension))
    for (const match of code.matchAll(BLOCK)) {
      const service = ofWords((match[1] ?? match[2] ?? '').split('.').at(-1) ?? '', 1);
      const end = match.index + match[0].length;
      if (service !== null && HOLDS.test(code.slice(end, end + BLOCK_CHARS)))
        add(service, match.index + match[0].search(/\S/));
    }
  return found;
}
