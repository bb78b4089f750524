import { isLockFile } from './facts/file-kind.ts';
import { isManifest } from './facts/manifests.ts';
import { addedLines, type DiffFile, removedLines } from './parse-diff.ts';

/** `lock_file`: left out as one. `lock_source`: it is one, and brings something from where the base brings nothing. */
export type LockReason = 'lock_file' | 'lock_source';

/** Where package managers fetch from unless they are told otherwise. */
const REGISTRIES = new Set([
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'registry.npmmirror.com',
  'pypi.org',
  'files.pythonhosted.org',
  'rubygems.org',
  'github.com/rust-lang/crates.io-index',
  'index.crates.io',
  'proxy.golang.org',
  'repo.packagist.org',
  'packagist.org',
  'repo.hex.pm',
  'pub.dev',
  'pub.dartlang.org',
  'api.nuget.org',
  'registry.terraform.io',
  'jsr.io',
]);
/** Manifests and settings that `isManifest` does not read and that stand beside a lock file. */
const BESIDE =
  /(?:^|\/)(?:Podfile|Package\.swift|flake\.nix|gems\.rb|go\.work|deno\.jsonc?|build\.gradle(?:\.kts)?|[^/]+\.(?:tf|csproj|fsproj|vbproj))$/;
/** Where a repository says from which registries it takes packages. */
const SOURCE_SETTINGS =
  /^(?:\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml|pip\.conf|pyproject\.toml|Pipfile|Gemfile|\.cargo\/config(?:\.toml)?|composer\.json|nuget\.config|package\.json)$/i;
/** Their manager reads them as data and nothing else can run them. */
const JSON_LOCK = /\.(?:json|resolved)$|(?:^|\/)(?:composer|flake|Pipfile|deno)\.lock$/;

export interface LockFacts {
  /** Paths of all files at the base. */
  readonly basePaths: readonly string[];
  /** Text of a file at the base; null where it is absent or too large. */
  readonly readBase: (path: string) => Promise<string | null>;
}

/**
 * Which lock files of a change need not be read, decided by the base: the base has the file, or what it locks beside it;
 * every line that is added is one of a lock file and no code; and every address in it is of a registry, or of a host that the base
 * takes packages from already. A file that is only called so is read like any other.
 */
export async function readLockReasons(
  files: readonly DiffFile[],
  { basePaths, readBase }: LockFacts,
): Promise<(path: string) => LockReason | null> {
  const locks = files.filter(({ path }) => isLockFile(path));
  if (locks.length === 0) return () => null;
  const paths = new Set(basePaths);
  const folders = new Set(basePaths.filter((path) => isManifest(path) || BESIDE.test(path)).map(folderOf));
  const settings = await Promise.all(basePaths.filter((path) => SOURCE_SETTINGS.test(path)).map(readBase));
  const reasons = new Map<string, LockReason>();
  for (const file of locks) {
    const before = file.previousPath ?? file.path;
    // What was another file before is not known to be one, whatever it is called now: its unchanged lines were never read as this.
    const known = isLockFile(before) && (paths.has(before) || folders.has(folderOf(file.path)));
    if (!known || !addedLines(file).every(({ text }) => isLockLine(file.path, text))) continue;
    const texts = [await readBase(before), ...settings];
    reasons.set(file.path, bringsFromElsewhere(file, texts.join('\n')) ? 'lock_source' : 'lock_file');
  }
  return (path) => reasons.get(path) ?? null;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Versions and names in brackets: `(>= 1.0)`, `(7.0.4)`, and `(react@18.2.0)` as pnpm writes it. */
const BRACKET = /\((?!\s*(?:[<>=~!^]*\s*\d|[@\w./-]+[@=]))/;

/** Whether a line can stand in a lock file. What calls, assigns to a function or runs two statements cannot. */
function isLockLine(path: string, text: string): boolean {
  if (JSON_LOCK.test(path)) return true;
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '""');
  return !/[;`]|=>|\$[({]|\(\s*\)/.test(bare) && !BRACKET.test(bare) && !/\(\s*""/.test(bare);
}

const ADDRESS = /(?:https?|git|ssh|ftp|file)(?:\+[a-z]+)?:\/\/(?:[^\s/@"']*@)?([^\s/:"'#?]+)(\/[^\s"'#?]*)?/gi;
/** What a registry of npm's kind names in an address: the package, before `/-/`. */
const PACKAGE = /\/((?:@[^/]+\/)?[^/]+)\/-\/[^/]+$/;

function bringsFromElsewhere(file: DiffFile, baseTexts: string): boolean {
  const shown = [...removedLines(file).map(({ text }) => text), ...context(file)].join('\n');
  const known = `${shown}\n${baseTexts}`.toLowerCase();
  const added = addedLines(file).map(({ text }) => text);
  const names = `${shown}\n${added.map((line) => line.replace(ADDRESS, '')).join('\n')}`;
  return added.some((line) =>
    [...line.matchAll(ADDRESS)].some(([, host = '', path = '']) => {
      const place = host.toLowerCase();
      const isKnown = REGISTRIES.has(place) || REGISTRIES.has(`${place}${path.toLowerCase()}`) || hasHost(known, place);
      const named = PACKAGE.exec(decodeURIComponentSafely(path))?.[1];
      return !isKnown || (named !== undefined && !namesPackage(names, named));
    }),
  );
}

function hasHost(text: string, host: string): boolean {
  return ['/', ':', '"', "'", '\n'].some((end) => text.includes(`//${host}${end}`) || text.includes(`@${host}${end}`));
}

/** Whether a package is named elsewhere than in an address: as a key, or in the address that it had. */
function namesPackage(text: string, name: string): boolean {
  return [`/${name}"`, `"${name}"`, `/${name}/-/`, `${name}@`, `/${name}@`, `/${name}/`].some((form) =>
    text.includes(form),
  );
}

function decodeURIComponentSafely(path: string): string {
  return path.replace(/%2f/gi, '/').replace(/%40/g, '@');
}

function context(file: DiffFile): string[] {
  return file.hunks.flatMap(({ lines }) => lines.filter((line) => line[0] === ' ').map((line) => line.slice(1)));
}
