import type { ReadText } from '../change-context.ts';
import { MAX_LINE_CHARS } from '../change-context.ts';
import { ciOrInfraKind, extensionOf, isLockFile, isSupportFile } from '../file-kind.ts';
import { isManifest, readDependencies } from '../manifests.ts';
import { maskComments } from '../mask-comments.ts';
import { oneName } from './cloud-services.ts';
import { servicesOfParts } from './dependency-extras.ts';
import { serviceOfPackage } from './known-services.ts';
import { findServiceSigns } from './service-signs.ts';
import { isForDevelopers, isIndirect, shippedPart } from './shipped-dependencies.ts';

/** Files of the base that are read to see whether a service is in use already. Past it, a service counts as new. */
const MAX_BASE_FILES = 400;
const MAX_CONFIG_LINES = 20_000;
const READ_AT_ONCE = 40;

/** Whether a file can bring in a service: no test, document, lock file or CI. */
export function isRelevant(path: string): boolean {
  return (
    !isSupportFile(path) && !isLockFile(path) && !/^(?:github_actions|gitlab_ci|ci)$/.test(ciOrInfraKind(path) ?? '')
  );
}

/** Dependencies of a manifest that talk to a service. Only what is shipped: development dependencies are none of it. */
export function servicesOfManifest(
  path: string,
  text: string,
  shippedOnly: boolean,
): { name: string; service: string }[] {
  const dependencies = readDependencies(path, shippedOnly ? shippedPart(path, text) : text);
  if (dependencies === null) return [];
  return [...dependencies].flatMap(([name, value]) => {
    const aside = shippedOnly ? isForDevelopers(value) : isIndirect(value);
    if (aside) return [];
    const service = serviceOfPackage(name);
    const parts = servicesOfParts(name, value).map((part) => ({ name: `${name} for ${part}`, service: part }));
    return service === null ? parts : [{ name, service }, ...parts];
  });
}

const CONFIG_FIRST = /(?:^|\/)(?:\.env[\w.-]*|docker-compose[\w.-]*|compose[\w.-]*|config|settings|application)\b/i;
const READABLE =
  /^(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|kts|cs|php|exs?|scala|swift|ya?ml|toml|properties|conf|cfg|ini|env|tf|html)$/;

/** What a file that uses a service may be called after: `sqs` of `aws:sqs`, `acme` of `host:api.acme.io`. */
function nameOf(service: string): string {
  return service.startsWith('host:') ? (service.split('.').at(-2) ?? '') : (service.split(/[:-]/).at(-1) ?? '');
}

/** Manifests first, then what is named after a wanted service, configuration, and code near the top. */
function orderBase(paths: readonly string[], wanted: ReadonlySet<string>): string[] {
  const names = [...wanted].map((service) => nameOf(service)).filter((name) => name.length > 2);
  const isNamed = (path: string) => names.some((name) => path.toLowerCase().includes(name));
  const rank = (path: string) => (isManifest(path) ? 0 : isNamed(path) ? 1 : CONFIG_FIRST.test(path) ? 2 : 3);
  return paths
    .filter(
      (path) => isRelevant(path) && (isManifest(path) || CONFIG_FIRST.test(path) || READABLE.test(extensionOf(path))),
    )
    .sort((a, b) => rank(a) - rank(b) || a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

/** What the base says of whom it talks to. */
export interface Used {
  readonly services: Set<string>;
  /** Names of all dependencies: a host may belong to a library whose name tells nobody whom it talks to. */
  readonly packages: Set<string>;
  /** What the repository's own parts are called. */
  readonly own: Set<string>;
}

/** The name that a manifest gives its own part, without its owner. */
const OWN_NAME =
  /^[ \t]*(?:"name"[ \t]*:[ \t]*"(?:[^"\n/]{1,80}\/)?([\w.-]{4,80})"|name[ \t]*=[ \t]*["']([\w.-]{4,80})["']|module[ \t]+\S{1,160}\/([\w.-]{4,80}))/m;

function ownName(path: string, text: string): string | null {
  const found = /\.(?:json|toml|mod)$/.test(path) ? OWN_NAME.exec(text) : null;
  return (found?.[1] ?? found?.[2] ?? found?.[3] ?? null)?.toLowerCase() ?? null;
}

/** Services that the base uses, as far as it takes to find every wanted one or to reach the limit. */
export async function readUsed(wanted: ReadonlySet<string>, paths: readonly string[], read: ReadText): Promise<Used> {
  const used: Used = { services: new Set(), packages: new Set(), own: new Set() };
  const ordered = orderBase(paths, wanted).slice(0, MAX_BASE_FILES);
  const reading = new Map<string, Promise<string | null>>();
  const vendors = [...wanted].filter((service) => service.startsWith('vendor:'));
  for (const [index, path] of ordered.entries()) {
    if (index % READ_AT_ONCE === 0) {
      if ([...wanted].every((service) => isCovered(service, used))) break;
      reading.clear();
      for (const next of ordered.slice(index, index + READ_AT_ONCE)) reading.set(next, read(next));
      await Promise.all(reading.values());
    }
    const text = (await reading.get(path)) ?? null;
    if (text === null) continue;
    if (isManifest(path)) {
      for (const { service } of servicesOfManifest(path, text, false)) used.services.add(oneName(service));
      for (const name of readDependencies(path, text)?.keys() ?? []) used.packages.add(name);
      const own = ownName(path, text);
      if (own !== null) used.own.add(own);
    }
    const code = maskComments(path, text)
      .split('\n', MAX_CONFIG_LINES)
      .map((line) => line.slice(0, MAX_LINE_CHARS))
      .join('\n');
    for (const sign of findServiceSigns(path, code)) used.services.add(oneName(sign.service));
    // A key of the program's own (`SHOP_API_KEY`) stands among other variables of that name.
    for (const service of vendors) if (code.includes(`${service.slice(7).toUpperCase()}_`)) used.services.add(service);
  }
  return used;
}

const DATABASES = ['postgres', 'mysql', 'sqlite', 'sqlserver', 'oracle', 'mongodb'];
/** Shorter labels stand within too many names. */
const LEAST_LABEL = 5;

function isHostOf(vendor: string, services: ReadonlySet<string>): boolean {
  return [...services].some((known) => known.startsWith('host:') && known.split('.').at(-2) === vendor);
}

/** `azure:storage.blobs.batch` is a part of `azure:storage.blobs`. */
function isPartOfUsed(service: string, services: ReadonlySet<string>): boolean {
  return [...services].some((known) => /^azure:\w+\./.test(known) && service.startsWith(`${known}.`));
}

/** The same provider by another door is no new one: a second host of one owner, or the host behind a client in use. */
export function isCovered(service: string, { services, packages, own }: Used): boolean {
  if (services.has(service)) return true;
  if (service === 'database') return DATABASES.some((database) => services.has(database));
  // The whole kit of a cloud in use says nothing of which of its services are.
  if (service === 'aws') return [...services].some((known) => known.startsWith('aws:'));
  if (service.startsWith('vendor:')) return isHostOf(service.slice(7), services);
  if (service.startsWith('azure:')) return isPartOfUsed(service, services);
  if (!service.startsWith('host:')) return false;
  const host = service.slice(5);
  const label = host.split('.').at(-2) ?? '';
  if (services.has(`vendor:${label}`) || services.has(label) || own.has(label)) return true;
  if (label.length >= LEAST_LABEL && [...packages].some((name) => name.includes(label))) return true;
  return [...services].some((known) => known.startsWith('host:') && sharesOwner(host, known.slice(5)));
}

/** `api.acme.io` and `files.acme.io` are one owner's. */
function sharesOwner(a: string, b: string): boolean {
  const owner = (host: string) => host.split('.').slice(-2).join('.');
  return (
    owner(a) === owner(b) &&
    owner(a).length > 6 &&
    !/^(?:co|com|org|net|gov)\./.test(owner(a)) &&
    !/(?:amazonaws\.com|googleapis\.com|azure\.com|herokuapp\.com|vercel\.app|netlify\.app|workers\.dev|cloudfront\.net|windows\.net)$/.test(
      a,
    )
  );
}
