import { serviceOfHost } from './known-services.ts';

/** An address that begins a string or is the value of a setting: in the middle of prose it is a reference for people. */
const HOST =
  /(["'`]|[=:][ \t]*)(?:https?|wss?|amqps?|grpcs?|nats|kafka|mqtts?):\/\/(?:[^\s"'`/@]{1,100}@)?([a-z0-9](?:[a-z0-9.-]{0,200})\.[a-z]{2,24})(?=[:/?#"'`\s]|$)/gi;
export const CODE_WITH_HOSTS =
  /^(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|kts|cs|php|exs?|scala|swift|dart|vue|svelte|ya?ml|toml|properties|conf|cfg|ini|env|tf|html)$/;
/** Where a value need not be quoted. */
const SETTINGS = /^(?:ya?ml|toml|properties|conf|cfg|ini|env)$/;

/** A host without a scheme, where the name of the field says what it is: `host: 'api.acme.com'`. */
const NAMED_HOST =
  /(?:\b(?:api_?|base_?|server_?)?(?:host(?:_?name)?|endpoint|server)["']?[ \t]*(?::|=>|=(?!=))[ \t]*|\bHTTPS?Connection\([ \t]*)["']([a-z0-9][a-z0-9-]{0,60}(?:\.[a-z0-9-]{1,60}){1,5})["'/]/gi;
/** What ends a host and no file or property. */
const TOP_LEVEL = /\.(?:com|net|org|io|dev|ai|app|co|cloud|eu|us|uk|de|fr|nl|ch|jp|cn|in|br|me|tech|sh|so|gov)$/i;

const LOCAL =
  /(?:^|\.)(?:localhost|local|docker\.internal|google\.internal|test|example|invalid|localdomain|example\.(?:com|org|net)|svc|cluster\.local)$/i;
const REFERENCES =
  /(?:^|\.)(?:w3\.org|schemas\.(?:microsoft|android)\.com|json-schema\.org|schema\.org|xmlsoap\.org|openxmlformats\.org|schemastore\.org|json\.schemastore\.org|purl\.org|ietf\.org|rfc-editor\.org|whatwg\.org|unicode\.org|iana\.org|iso\.org|wikipedia\.org|stackoverflow\.com|stackexchange\.com|developer\.mozilla\.org|mozilla\.org|mdn\.io|github\.com|githubusercontent\.com|github\.io|gitlab\.com|bitbucket\.org|npmjs\.com|npmjs\.org|yarnpkg\.com|pypi\.org|pythonhosted\.org|rubygems\.org|crates\.io|docs\.rs|maven\.org|apache\.org|gnu\.org|opensource\.org|spdx\.org|creativecommons\.org|python\.org|nodejs\.org|golang\.org|go\.dev|rust-lang\.org|reactjs\.org|react\.dev|vuejs\.org|typescriptlang\.org|eslint\.org|prettier\.io|jestjs\.io|djangoproject\.com|readthedocs\.(?:io|org)|medium\.com|youtube\.com|youtu\.be|twitter\.com|x\.com|linkedin\.com|facebook\.com\/sharer|gravatar\.com|shields\.io|codecov\.io|travis-ci\.(?:com|org)|circleci\.com|aka\.ms|goo\.gl|bit\.ly|nextjs\.org|biomejs\.dev|vitest\.dev|turbo\.build|conventionalcommits\.org|semver\.org|keepachangelog\.com|editorconfig\.org|unpkg\.com\/schema|android\.com|springframework\.org)$/i;
/** Where programs ask, on hosts that are named as references otherwise. */
const API_OF_REFERENCE = /^(?:api|uploads|graph)\./i;
const REFERENCE_START = /^(?:docs?|developers?|help|support|wiki|blog|learn|www)\./i;

/** Said to be what a program asks, `www.acme.org` is no page for people. */
const ASKED = /(?:base_?ur[il]|end_?point|api_?(?:base|host|root|ur[il]))\w*["'`]?\]?[^;]{0,40}$/i;
const WWW = /^www\./i;

/** Stand-ins in texts for people: `yourdomain.com`, `my-store.com`. */
const STAND_IN =
  /^(?:your[\w-]*|my-?(?:site|app|domain|company|store|shop|server|host|org|bucket|project|service|team|instance|website)|(?:some|any)(?:domain|host|site)|domain|company)$/i;
/** Where credentials come from: plumbing of whatever they are for. */
const CREDENTIALS = /^sts\b.*\.amazonaws\.com$/;

function isOutsideHost(host: string): boolean {
  if (LOCAL.test(host) || REFERENCE_START.test(host) || CREDENTIALS.test(host)) return false;
  if (STAND_IN.test(host.split('.').at(-2) ?? '')) return false;
  return !REFERENCES.test(host) || API_OF_REFERENCE.test(host);
}

/** `href` is a place for people to go, `homepage` and the like are data about a package. */
const FOR_PEOPLE =
  /(?:\bhref|\bhomepage|\brepository|\bbugs|\bxmlns(?::\w+)?|\$schema|\$id|\bauthors?|\blicense|\bdocumentation|\bcanonical|\bfunding|\b__\w{2,20}__|\bhome_?page|\bwebsite|\bproject_urls|\bto|\bnamespace|\bsee)["']?\s*[=:(]\s*\{?\s*["'`]?$/i;

/** Addresses that are the program's own or its callers': who may call it, and where it sends people back. */
const OWN_ADDRESS =
  /(?:origins?|allowed_?hosts?|trusted_?hosts?|(?:front_?end|site|public|app|web|callback|redirect)_?(?:url|uri)s?)["'`\]]*\s*(?:=>|[=:(,])\s*[[({]?\s*["'`]?$/i;
const LIST_CHARS = 800;

/** The same in a list over several lines: `allowed_origins = [ … ]`. */
function isInListOfOwn(code: string, index: number): boolean {
  const before = code.slice(Math.max(0, index - LIST_CHARS), index);
  const open = before.lastIndexOf('[');
  return open >= 0 && !before.includes(']', open) && OWN_ADDRESS.test(before.slice(Math.max(0, open - 60), open));
}

interface Found {
  readonly service: string;
  readonly index: number;
}

/** Hosts outside that a file names as the place to ask; a link or an address in a text for people is none. */
export function findHosts(extension: string, code: string): Found[] {
  const found: Found[] = [];
  const add = (name: string, index: number) => {
    const host = name.toLowerCase();
    if (isOutsideHost(host)) found.push({ service: serviceOfHost(host) ?? `host:${host}`, index });
  };
  // In settings of a deployment it is the host that the program itself answers at.
  if (!SETTINGS.test(extension) && !/^(?:tf|html)$/.test(extension))
    for (const match of code.matchAll(NAMED_HOST)) {
      const host = match[1] ?? '';
      if (TOP_LEVEL.test(host)) add(host, match.index);
    }
  if (!code.includes('://')) return found;
  const bare = SETTINGS.test(extension);
  for (const match of code.matchAll(HOST)) {
    const before = match[1] ?? '';
    if (!bare && !/["'`]/.test(before)) continue;
    const name = code.slice(Math.max(0, match.index - 60), match.index + before.length);
    if (FOR_PEOPLE.test(name) || OWN_ADDRESS.test(name) || isInListOfOwn(code, match.index)) continue;
    const host = match[2] ?? '';
    const isAsked = WWW.test(host) && ASKED.test(code.slice(Math.max(0, match.index - 90), match.index));
    add(isAsked ? host.replace(WWW, '') : host, match.index);
  }
  return found;
}
