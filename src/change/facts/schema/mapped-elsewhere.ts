import type { ChangeContext } from '../change-context.ts';
import { compareItems, type Item, type PlacedItem } from '../compare-items.ts';
import { extensionOf, isSupportFile } from '../file-kind.ts';
import { maskComments } from '../mask-comments.ts';
import { mappedClasses, plainClasses } from './dotnet-models.ts';
import { mappedStructs, plainStructs } from './go-models.ts';

/** A mapper that keeps plain types in tables because another file says so. */
interface Mapper {
  /** Files that say which libraries a program uses, and how they name this one. */
  readonly manifest: RegExp;
  readonly library: RegExp;
  /** What stands in a file that names the types; others are not read closely. */
  readonly sign: RegExp;
  readonly namesIn: (code: string) => string[];
  readonly fieldsOf: (code: string, asked: ReadonlySet<string> | null) => Item[];
}

const MAPPERS: Readonly<Record<string, Mapper>> = {
  go: {
    manifest: /(?:^|\/)go\.mod$/,
    library: /\bgorm\.io\/|\bjinzhu\/gorm\b|\bxorm\b/,
    sign: /\.(?:AutoMigrate|Sync2?)\(/,
    namesIn: mappedStructs,
    fieldsOf: plainStructs,
  },
  cs: {
    manifest: /\.csproj$|(?:^|\/)Directory\.Packages\.props$|(?:^|\/)packages\.config$/,
    library: /\bEntityFramework/,
    sign: /\b(?:DbSet|IEntityTypeConfiguration|EntityTypeBuilder|\.Entity)</,
    namesIn: mappedClasses,
    fieldsOf: plainClasses,
  },
};

/** Files of the base that are read to see which types are kept; those that are named like such a place come first. */
const MAX_BASE_FILES = 2_000;
const MAX_MANIFESTS = 40;
const READ_AT_ONCE = 40;
const LIKELY =
  /migrat|database|(?:^|[/_.])db|gorm|stor(?:e|age)|model|entit|init|main|repositor|context|persist|bootstrap/i;

function inLikelyOrder(paths: readonly string[]): string[] {
  const rank = (path: string) => (LIKELY.test(path) ? 0 : 1);
  return [...paths].sort((a, b) => rank(a) - rank(b) || a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

/** The texts of the base, a few at a time. */
async function* readBase(context: ChangeContext, paths: readonly string[]): AsyncGenerator<[string, string]> {
  for (let at = 0; at < paths.length; at += READ_AT_ONCE) {
    const some = paths.slice(at, at + READ_AT_ONCE);
    const texts = await Promise.all(some.map(async (path) => (await context.readBase?.(path)) ?? ''));
    for (const [index, path] of some.entries()) yield [path, texts[index] ?? ''];
  }
}

async function usesLibrary(context: ChangeContext, mapper: Mapper, paths: readonly string[]): Promise<boolean> {
  const manifests = paths.filter((path) => mapper.manifest.test(path)).slice(0, MAX_MANIFESTS);
  for await (const [, text] of readBase(context, manifests)) if (mapper.library.test(text)) return true;
  return false;
}

/** Types that the base, or a file of the change, has the mapper keep. */
async function namesKept(
  context: ChangeContext,
  extension: string,
  mapper: Mapper,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const wanted = paths.filter((path) => extensionOf(path) === extension && !isSupportFile(path));
  for await (const [path, text] of readBase(context, inLikelyOrder(wanted).slice(0, MAX_BASE_FILES)))
    if (mapper.sign.test(text)) for (const name of mapper.namesIn(maskComments(path, text))) names.add(name);
  for (const file of context.filesWithText) {
    if (extensionOf(file.path) !== extension || isSupportFile(file.path)) continue;
    for (const name of mapper.namesIn((await context.codeText(file, 'head')) ?? '')) names.add(name);
  }
  return names;
}

/**
 * Columns of plain types that another file has a mapper keep: gorm's and xorm's migration of a struct, a set of Entity Framework.
 * Needs the repository, and asks it only where such a type changes in a program that uses the mapper.
 */
export async function columnsMappedElsewhere(context: ChangeContext): Promise<readonly PlacedItem[]> {
  if (context.listBase === null || context.readBase === null) return [];
  const found: PlacedItem[] = [];
  for (const [extension, mapper] of Object.entries(MAPPERS)) {
    const compare = (asked: ReadonlySet<string> | null) =>
      compareItems(
        context,
        (file, path) => !file.binary && extensionOf(path) === extension && !isSupportFile(path),
        (_path, code) => mapper.fieldsOf(code, asked),
      );
    const any = await compare(null);
    if (any.added.length + any.removed.length === 0) continue;
    const paths = await context.listBase();
    if (!(await usesLibrary(context, mapper, paths))) continue;
    const names = await namesKept(context, extension, mapper, paths);
    const { added, removed } = await compare(names);
    found.push(...added, ...removed);
  }
  return found;
}
