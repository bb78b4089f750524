import type { DiffFile } from '../../../parse-diff.ts';
import type { ChangeContext } from '../../change-context.ts';
import type { PlacedItem } from '../../compare-items.ts';
import { isSupportFile } from '../../file-kind.ts';
import type { Exported } from './exported.ts';
import { readExports } from './exported-symbols.ts';
import { indexByName, inheritsMember } from './inherited-members.ts';
import { isMarkedInternal } from './marked-internal.ts';
import { comparePackageEntries } from './package-entries.ts';
import { holdsOther } from './property-kind.ts';
import { findPublicNames } from './public-entries.ts';
import type { PublicNames } from './public-names.ts';
import { findPublishedFiles } from './published-libraries.ts';
import { isNarrower } from './signature.ts';

const SYMBOL = 'exported_symbol';
const SIGNATURE = 'exported_signature';
const DEMAND = 'exported_demand';
/** More places than anybody is shown. */
const ENOUGH = 60;

/** `Order` of `Order.total`; nothing of a name at the top, before which a folder may stand: `api/v1.2/:Order`. */
function ownerOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return name.startsWith('*') || dot <= name.lastIndexOf(':') ? '' : name.slice(0, dot);
}

function isPublic({ name, weak }: Exported, names: PublicNames): boolean {
  const first = /^(?:.*:(?!:))?([^.]*)/.exec(name)?.[1] ?? name;
  return names === 'all' ? weak !== true : names.has(first);
}

/** Whether calls that this signature took may not fit the other. Of several overloads one that takes them is enough. */
function acceptsLess(before: Exported, after: Exported): boolean {
  return before.signature !== null && after.signature !== null && isNarrower(before.signature, after.signature);
}

function byName(items: readonly Exported[]): Map<string, Exported[]> {
  const found = new Map<string, Exported[]>();
  for (const item of items) {
    const overloads = found.get(item.name);
    if (overloads === undefined) found.set(item.name, [item]);
    else overloads.push(item);
  }
  return found;
}

interface Sides {
  readonly file: DiffFile;
  readonly names: PublicNames;
  readonly base: readonly Exported[];
  readonly head: ReadonlyMap<string, Exported[]>;
}

async function readSides(context: ChangeContext): Promise<Sides[]> {
  const sides: Sides[] = [];
  for (const [file, names] of new Map([...(await findPublicNames(context)), ...(await findPublishedFiles(context))])) {
    const raw = ((await context.rawText(file, 'base')) ?? '').split('\n');
    const base = readExports(file.previousPath ?? file.path, (await context.codeText(file, 'base')) ?? '');
    const internal = new Set(base.filter(({ line }) => isMarkedInternal(raw, line)).map(({ name }) => name));
    const head = readExports(file.path, (await context.codeText(file, 'head')) ?? '');
    const offered = base.filter(({ name }) => !internal.has(name) && !internal.has(ownerOf(name)));
    sides.push({ file, names, base: offered, head: byName(head) });
  }
  return sides;
}

/** All that the changed files offer on a side: what moved between them is still there. */
async function readAll(context: ChangeContext, side: 'base' | 'head'): Promise<ReadonlyMap<string, Exported[]>> {
  const items: Exported[] = [];
  for (const file of context.files) {
    const path = side === 'base' ? (file.previousPath ?? file.path) : file.path;
    if (file.binary || isSupportFile(path)) continue;
    for (const item of readExports(path, (await context.codeText(file, side)) ?? '')) items.push(item);
  }
  return byName(items);
}

function memberName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Members that begin to stand under another owner: a class may have them from there now. */
function newlyHeld(base: ReadonlyMap<string, unknown>, head: ReadonlyMap<string, unknown>): Set<string> {
  return new Set([...head.keys()].filter((name) => name.includes('.') && !base.has(name)).map(memberName));
}

/** Names that interfaces lose, functions that calls which fitted before may not fit, and what others must provide from now on. */
async function compareNamed(context: ChangeContext): Promise<PlacedItem[]> {
  const sides = await readSides(context);
  if (sides.length === 0) return [];
  const broken: PlacedItem[] = [];
  const lost: { item: Exported; path: string; file: DiffFile }[] = [];
  for (const { file, names, base, head } of sides) {
    const path = file.previousPath ?? file.path;
    const before = byName(base);
    for (const item of base) {
      if (!isPublic(item, names)) continue;
      const after = head.get(item.name);
      const first = after?.[0];
      if (after === undefined || first === undefined) lost.push({ item, path, file });
      else if (after.every((overload) => acceptsLess(item, overload) || holdsOther(item.holds, overload.holds)))
        broken.push({ key: item.name, path: file.path, line: first.line, rule: SIGNATURE });
    }
    for (const [name, overloads] of head) {
      const [item] = overloads;
      const known = before.get(name);
      const owner = before.get(ownerOf(name))?.[0];
      if (item?.asks !== true || owner === undefined || !isPublic(item, names)) continue;
      if (known === undefined || known.every(({ asks }) => asks === false))
        broken.push({ key: name, path: file.path, line: item.line, rule: DEMAND });
    }
  }
  if (lost.length === 0) return broken;
  const head = await readAll(context, 'head');
  const base = await readAll(context, 'base');
  const held = newlyHeld(base, head);
  const gone = lost.filter(({ item: { name } }) => {
    if (head.has(name)) return false;
    const owner = ownerOf(name);
    // A type that is gone takes what it held with it; one that stays may have from another what it no longer holds itself.
    if (head.get(owner)?.some(({ stands }) => stands === true) === true) return false;
    return owner === '' || ((head.has(owner) || !base.has(owner)) && !held.has(memberName(name)));
  });
  const { readBase, listBase } = context;
  const files = indexByName(gone.length === 0 || listBase === null ? [] : await listBase());
  for (const { item, path, file } of gone) {
    if (broken.length > ENOUGH) break;
    const owner = ownerOf(item.name);
    const code = owner === '' || readBase === null ? '' : ((await context.codeText(file, 'head')) ?? '');
    if (
      readBase !== null &&
      code !== '' &&
      (await inheritsMember(owner, memberName(item.name), path, code, files, readBase))
    )
      continue;
    broken.push({ key: item.name, path, line: item.line, rule: SYMBOL });
  }
  return broken;
}

/** What a published library no longer offers: exported names, entries of its manifest, and signatures that accept less. */
export async function compareInterfaces(context: ChangeContext): Promise<PlacedItem[]> {
  return [...(await compareNamed(context)), ...(await comparePackageEntries(context))];
}
