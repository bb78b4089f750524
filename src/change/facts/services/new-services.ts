import type { ChangeContext, Detected } from '../change-context.ts';
import { type Dependencies, isManifest, readDependencies } from '../manifests.ts';
import { noteUnreadable } from '../unreadable-text.ts';
import { oneName } from './cloud-services.ts';
import { serviceOfPackage } from './known-services.ts';
import { makePlaces, makerOfPlace } from './service-places.ts';
import { findServiceSigns } from './service-signs.ts';
import { isForDevelopers } from './shipped-dependencies.ts';
import { isCovered, isRelevant, readUsed, servicesOfManifest } from './used-services.ts';

interface Candidate {
  readonly service: string;
  readonly path: string;
  readonly line: number | null;
  readonly rule: string;
}

/** Settings by name; with manifests, what may bring in a service and is never bytes. */
const SETTINGS = /(?:^|\/)\.env[\w.-]*$|\.(?:ya?ml|toml|properties|ini|env)$|(?:^|\/)appsettings[\w.]*\.json$/i;

async function findCandidates(context: ChangeContext): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  const isNewInPlace = makePlaces((await context.listBase?.()) ?? []);
  for (const file of context.filesWithText) {
    if (file.binary || file.status === 'deleted' || !isRelevant(file.path)) continue;
    const added = await context.addedCode(file);
    if (added.length === 0) continue;
    const lines = new Set(added.map((line) => line.line));
    const add = (candidate: Candidate) => {
      const service = oneName(candidate.service);
      if (!found.has(service)) found.set(service, { ...candidate, service });
    };
    if (isManifest(file.path)) {
      const base = readDependencies(file.previousPath ?? file.path, (await context.rawText(file, 'base')) ?? '');
      const head = (await context.rawText(file, 'head')) ?? '';
      for (const { name, service } of servicesOfManifest(file.path, head, true)) {
        if (base?.has(name) === true && !isForDevelopers(base.get(name) ?? '')) continue;
        if (base !== null && standsForAnother(name, base, readDependencies(file.path, head))) continue;
        const named = added.find((line) =>
          line.text.toLowerCase().includes(name.split(':').at(-1)?.split(' for ', 1)[0] ?? name),
        );
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
    const maker = file.status === 'added' ? makerOfPlace(file.path, code) : null;
    if (maker !== null && isNewInPlace(file.path, maker))
      add({ service: `vendor:${maker}`, path: file.path, line: null, rule: 'provider_file' });
  }
  return [...found.values()];
}

/** Parts of names that many packages have. */
const ANY_NAME = /^(?:sdk|client|core|api|node|js|php|server|common|driver|logger|python|ruby|java)$/;

/** A library that went on under another owner: `github.com/new/blazer` for `github.com/old/blazer`, which goes. */
function standsForAnother(name: string, base: Dependencies, head: Dependencies | null): boolean {
  const partOf = (of: string) =>
    of
      .replace(/\/v\d+$/, '')
      .split(/[/:]/)
      .at(-1) ?? '';
  const part = partOf(name);
  if (part.length < 5 || part === name || ANY_NAME.test(part)) return false;
  return [...base.keys()].some((old) => old !== name && partOf(old) === part && head?.has(old) !== true);
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
