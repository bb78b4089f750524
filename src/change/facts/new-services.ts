import type { ChangeContext, Detected, ReadText } from './change-context.ts';
import { MAX_LINE_CHARS } from './change-context.ts';
import { ciOrInfraKind, extensionOf, isLockFile, isSupportFile } from './file-kind.ts';
import { serviceOfPackage } from './known-services.ts';
import { isManifest, readDependencies } from './manifests.ts';
import { maskComments } from './mask-comments.ts';
import { findServiceSigns } from './service-signs.ts';
import { isForDevelopers, isIndirect, shippedPart } from './shipped-dependencies.ts';
import { noteUnreadable } from './unreadable-text.ts';

interface Candidate {
  readonly service: string;
  readonly path: string;
  readonly line: number | null;
  readonly rule: string;
}

/** Files of the base that are read to see whether a service is in use already. Past it, a service counts as new. */
const MAX_BASE_FILES = 400;
const MAX_CONFIG_LINES = 20_000;
const READ_AT_ONCE = 40;

function isRelevant(path: string): boolean {
  return (
    !isSupportFile(path) && !isLockFile(path) && !/^(?:github_actions|gitlab_ci|ci)$/.test(ciOrInfraKind(path) ?? '')
  );
}

/** Dependencies of a manifest that talk to a service. Only what is shipped: development dependencies are none of it. */
function servicesOfManifest(path: string, text: string, shippedOnly: boolean): { name: string; service: string }[] {
  const dependencies = readDependencies(path, shippedOnly ? shippedPart(path, text) : text);
  if (dependencies === null) return [];
  return [...dependencies].flatMap(([name, value]) => {
    const aside = shippedOnly ? isForDevelopers(value) : isIndirect(value);
    const service = aside ? null : serviceOfPackage(name);
    return service === null ? [] : [{ name, service }];
  });
}

async function findCandidates(context: ChangeContext): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  for (const file of context.filesWithText) {
    if (file.binary || file.status === 'deleted' || !isRelevant(file.path)) continue;
    const added = await context.addedCode(file);
    if (added.length === 0) continue;
    const lines = new Set(added.map((line) => line.line));
    const add = (candidate: Candidate) => {
      if (!found.has(candidate.service)) found.set(candidate.service, candidate);
    };
    if (isManifest(file.path)) {
      const base = readDependencies(file.previousPath ?? file.path, (await context.rawText(file, 'base')) ?? '');
      for (const { name, service } of servicesOfManifest(
        file.path,
        (await context.rawText(file, 'head')) ?? '',
        true,
      )) {
        if (base?.has(name) === true && !isForDevelopers(base.get(name) ?? '')) continue;
        const named = added.find((line) => line.text.toLowerCase().includes(name.split(':').at(-1) ?? name));
        add({ service, path: file.path, line: (named ?? added[0])?.line ?? null, rule: 'dependency' });
      }
      if (!(await context.isWhole(file, 'head')))
        for (const { service, line } of packagesInLines(added))
          add({ service, path: file.path, line, rule: 'dependency' });
    }
    const code = await context.codeText(file, 'head');
    if (code === null) continue;
    for (const sign of findServiceSigns(file.path, code)) {
      if (lines.has(sign.line)) add({ service: sign.service, path: file.path, line: sign.line, rule: sign.rule });
    }
  }
  return [...found.values()];
}

/** `"stripe": "^14"` or `stripe==7` on a line of a manifest of which only a part is at hand. */
function packagesInLines(lines: readonly { line: number; text: string }[]): { service: string; line: number }[] {
  const found: { service: string; line: number }[] = [];
  for (const { line, text } of lines) {
    const name = /^\s*["']?((?:@[\w.-]+\/)?[\w./-]+)["']?\s*(?:[:=<>~^]|v?\d)/.exec(text.slice(0, 300))?.[1];
    const service = name === undefined ? null : serviceOfPackage(name);
    if (service !== null) found.push({ service, line });
  }
  return found;
}

const CONFIG_FIRST = /(?:^|\/)(?:\.env[\w.-]*|docker-compose[\w.-]*|compose[\w.-]*|config|settings|application)\b/i;
/** Settings by name; with manifests, what may bring in a service and is never bytes. */
const SETTINGS = /(?:^|\/)\.env[\w.-]*$|\.(?:ya?ml|toml|properties|ini|env)$|(?:^|\/)appsettings[\w.]*\.json$/i;
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

/** Services that the base uses, as far as it takes to find every wanted one or to reach the limit. */
async function readUsed(wanted: ReadonlySet<string>, paths: readonly string[], read: ReadText): Promise<Set<string>> {
  const used = new Set<string>();
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
    if (isManifest(path)) for (const { service } of servicesOfManifest(path, text, false)) used.add(service);
    const code = maskComments(path, text)
      .split('\n', MAX_CONFIG_LINES)
      .map((line) => line.slice(0, MAX_LINE_CHARS))
      .join('\n');
    for (const sign of findServiceSigns(path, code)) used.add(sign.service);
    // A key of the program's own (`SHOP_API_KEY`) stands among other variables of that name.
    for (const service of vendors) if (code.includes(`${service.slice(7).toUpperCase()}_`)) used.add(service);
  }
  return used;
}

const DATABASES = ['postgres', 'mysql', 'sqlite', 'sqlserver', 'oracle', 'mongodb'];

function isHostOf(vendor: string, used: ReadonlySet<string>): boolean {
  return [...used].some((known) => known.startsWith('host:') && known.split('.').at(-2) === vendor);
}

/** The same provider by another door is no new one: a second host of one owner, or the host behind a client in use. */
function isCovered(service: string, used: ReadonlySet<string>): boolean {
  if (used.has(service)) return true;
  if (service === 'database') return DATABASES.some((database) => used.has(database));
  // The whole kit of a cloud in use says nothing of which of its services are.
  if (service === 'aws') return [...used].some((known) => known.startsWith('aws:'));
  if (service.startsWith('vendor:')) return isHostOf(service.slice(7), used);
  if (!service.startsWith('host:')) return false;
  const host = service.slice(5);
  if (used.has(`vendor:${host.split('.').at(-2) ?? ''}`)) return true;
  if (used.has(host.split('.').at(-2) ?? '')) return true;
  return [...used].some((known) => known.startsWith('host:') && sharesOwner(host, known.slice(5)));
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

/**
 * Whether the change brings in a service, SDK, host, queue, cache or database that the repository did not use at the
 * base commit. Candidates come from the added lines; each is then looked for in the base.
 */
export async function detectNewServices(context: ChangeContext): Promise<Detected> {
  const candidates = await findCandidates(context);
  const unknown = noteUnreadable(
    context.files,
    (path) => isRelevant(path) && (isManifest(path) || SETTINGS.test(path)),
  );
  if (candidates.length === 0) return { evidence: [], unknown };
  if (context.readBase === null || context.listBase === null) {
    const names = candidates
      .map((candidate) => candidate.service)
      .slice(0, 5)
      .join(', ');
    return { evidence: [], unknown: [...unknown, `whether ${names} is new needs the repository at the base commit`] };
  }
  const wanted = new Set(candidates.map((candidate) => candidate.service));
  const used = await readUsed(wanted, await context.listBase(), context.readBase);
  const fresh = candidates.filter((candidate) => !isCovered(candidate.service, used));
  return { evidence: fresh.map(({ path, line, rule }) => ({ path, line, rule })), unknown };
}
