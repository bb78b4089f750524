import type { DiffFile } from '../parse-diff.ts';
import type { ChangeContext } from './change-context.ts';
import { compareLost, type PlacedItem } from './compare-items.ts';
import { type Exported, extractGoExports, extractRustExports, readExports } from './exported-symbols.ts';
import { extensionOf, isSupportFile } from './file-kind.ts';
import { comparePackageEntries } from './package-entries.ts';
import { findPublicNames, type PublicNames } from './public-entries.ts';
import { isNarrower } from './signature.ts';

const SYMBOL = 'exported_symbol';
const SIGNATURE = 'exported_signature';

function isPublic(exported: Exported, names: PublicNames): boolean {
  return names === 'all' || names.has(exported.name.split('.', 1)[0] ?? '');
}

/** Whether calls that this signature took may not fit the other. Of several overloads one that takes them is enough. */
function acceptsLess(before: Exported, after: Exported): boolean {
  return before.signature !== null && after.signature !== null && isNarrower(before.signature, after.signature);
}

/** Names that an interface loses, and functions that calls which fitted before may not fit. */
async function compareNamed(context: ChangeContext): Promise<PlacedItem[]> {
  const broken: PlacedItem[] = [];
  const here = new Set<string>();
  const lost: PlacedItem[] = [];
  for (const [file, names] of await findPublicNames(context)) {
    const path = file.previousPath ?? file.path;
    const base = readExports(path, (await context.codeText(file, 'base')) ?? '').filter((item) =>
      isPublic(item, names),
    );
    const head = readExports(file.path, (await context.codeText(file, 'head')) ?? '');
    const byName = new Map<string, Exported[]>();
    for (const item of head) {
      here.add(item.name);
      const overloads = byName.get(item.name);
      if (overloads === undefined) byName.set(item.name, [item]);
      else overloads.push(item);
    }
    for (const before of base) {
      const after = byName.get(before.name);
      const first = after?.[0];
      if (after === undefined || first === undefined)
        lost.push({ key: before.name, path, line: before.line, rule: SYMBOL });
      else if (after.every((overload) => acceptsLess(before, overload)))
        broken.push({ key: before.name, path: file.path, line: first.line, rule: SIGNATURE });
    }
  }
  if (lost.length > 0) {
    // What moved to a file that the interface may pass on is still offered.
    for (const file of context.files) {
      if (file.binary || file.status === 'deleted' || isSupportFile(file.path)) continue;
      for (const { name } of readExports(file.path, (await context.codeText(file, 'head')) ?? '')) here.add(name);
    }
  }
  return [...broken, ...lost.filter(({ key }) => !here.has(key))];
}

/** A crate's `lib.rs` and, where the base says so, the modules that it makes public. */
async function compareRust(context: ChangeContext): Promise<PlacedItem[]> {
  const { readBase } = context;
  if (readBase === null) return [];
  const published = new Set<DiffFile>();
  for (const file of context.files) {
    const path = file.previousPath ?? file.path;
    const [, root, below] = /^((?:.*\/)?)src\/([\w/]+)\.rs$/.exec(path) ?? [];
    if (root === undefined || below === undefined || isSupportFile(path)) continue;
    const manifest = await readBase(`${root}Cargo.toml`);
    const library =
      manifest === null || /^publish\s*=\s*false/m.test(manifest) ? null : await readBase(`${root}src/lib.rs`);
    if (library === null) continue;
    const module = below.split('/', 1)[0] ?? '';
    if (below === 'lib' || new RegExp(`^pub mod ${module}\\b`, 'm').test(library)) published.add(file);
  }
  const change = await compareLost(context, (file) => published.has(file), extractRustExports);
  return [...change.removed];
}

/** Exported names of a Go module whose root is a package to import, not a program. */
async function compareGo(context: ChangeContext): Promise<PlacedItem[]> {
  const { readBase, listBase } = context;
  const touched = context.files.some((file) => extensionOf(file.path) === 'go' && file.status !== 'added');
  if (readBase === null || listBase === null || !touched) return [];
  const paths = await listBase();
  const top = paths.find((path) => /^[\w-]+\.go$/.test(path) && !path.endsWith('_test.go'));
  const text = top === undefined || !paths.includes('go.mod') ? null : await readBase(top);
  if (text === null || /^package main\b/m.test(text)) return [];
  const change = await compareLost(
    context,
    (_file, path) =>
      extensionOf(path) === 'go' && !isSupportFile(path) && !/(?:^|\/)(?:internal|cmd|tools?|scripts?)\//.test(path),
    extractGoExports,
  );
  return [...change.removed];
}

/** What a published library no longer offers: exported names, and signatures that accept less. */
export async function compareInterfaces(context: ChangeContext): Promise<PlacedItem[]> {
  return [
    ...(await compareNamed(context)),
    ...(await comparePackageEntries(context)),
    ...(await compareRust(context)),
    ...(await compareGo(context)),
  ];
}
