import type { DiffFile } from '../../../parse-diff.ts';
import type { ChangeContext, ReadText } from '../../change-context.ts';
import { extensionOf, isSupportFile } from '../../file-kind.ts';
import type { PublicNames } from './public-names.ts';
import { findPublicRustNames } from './rust-modules.ts';

/** What a rule needs to see of the base to say whether a file belongs to something that is published. */
interface Base {
  readonly read: ReadText;
  readonly paths: readonly string[];
  readonly known: ReadonlySet<string>;
}

type Judge = (path: string, base: Base) => Promise<PublicNames | null>;

/** Folders of a file from its own up to the root, `''` last, each with its slash. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return Array.from({ length: parts.length + 1 }, (_, up) =>
    parts
      .slice(0, parts.length - up)
      .map((part) => `${part}/`)
      .join(''),
  );
}

/** The nearest folder that holds one of these files, with the text of it. */
async function nearest(
  path: string,
  names: readonly string[],
  base: Base,
): Promise<{ folder: string; text: string } | null> {
  for (const folder of foldersOf(path)) {
    const name = names.find((one) => base.known.has(`${folder}${one}`));
    if (name !== undefined) return { folder, text: (await base.read(`${folder}${name}`)) ?? '' };
  }
  return null;
}

const GO_INNER = /(?:^|\/)(?:internal|cmd|tools?|scripts?|hack|e2e|testutils?|testing|third_party|_\w+)\//;

/** A Go module whose root is a package to import; where the root holds none, one that builds no program. */
async function judgeGo(path: string, base: Base): Promise<PublicNames | null> {
  const module = GO_INNER.test(path) || path.endsWith('_test.go') ? null : await nearest(path, ['go.mod'], base);
  if (module === null) return null;
  const own = base.paths
    .filter((one) => one.startsWith(module.folder) && one.endsWith('.go') && !one.endsWith('_test.go'))
    .map((one) => one.slice(module.folder.length));
  if (own.includes('main.go')) return null;
  const top = own.find((one) => !one.includes('/') && !/^(?:tools?|magefile|gen\w*|build|make)\.go$/.test(one));
  if (top !== undefined)
    return /^package main\b/m.test((await base.read(`${module.folder}${top}`)) ?? '') ? null : 'all';
  return own.some(
    (one) =>
      /(?:^|\/)main\.go$/.test(one) &&
      !isSupportFile(one) &&
      !/(?:^|\/)(?:internal|tools?|scripts?|hack|gen\w*|tutorials?|\w*test\w*|protoc-gen-\w+)\//.test(one),
  )
    ? null
    : 'all';
}

/** A Composer package that others require; an application says that it is a project. */
async function judgePhp(path: string, base: Base): Promise<PublicNames | null> {
  const manifest = await nearest(path, ['composer.json'], base);
  if (manifest === null || !/"name"\s*:/.test(manifest.text)) return null;
  const type = /"type"\s*:\s*"([^"]*)"/.exec(manifest.text)?.[1] ?? 'library';
  if (!/^(?:library|symfony-bundle|composer-plugin|phpstan-extension|php-ext|laravel-package)$/.test(type)) return null;
  if (
    ['artisan', 'symfony.lock', 'bin/console', 'public/index.php', 'wp-config.php'].some((file) =>
      base.known.has(`${manifest.folder}${file}`),
    )
  )
    return null;
  return /^(?:src|lib|library|classes)\//.test(path.slice(manifest.folder.length)) &&
    !/\/(?:Internal|Tests?|Fixtures)\//.test(path)
    ? 'all'
    : null;
}

/** What a gem loads: all below `lib/` beside its gemspec, but for tasks and templates. */
async function judgeRuby(path: string, base: Base): Promise<PublicNames | null> {
  const folder = foldersOf(path).find((one) =>
    base.paths.some((file) => file.startsWith(one) && /^[\w.-]+\.gemspec$/.test(file.slice(one.length))),
  );
  if (folder === undefined) return null;
  return path.slice(folder.length).startsWith('lib/') &&
    !/(?:^|\/)(?:generators|tasks|internal|templates|vendor|cli|commands)\/|version\.rb$|\/cli\.rb$/.test(path)
    ? 'all'
    : null;
}

const JVM_PUBLISHES =
  /\bmaven-publish\b|\bmavenPublish\w*|com\.vanniktech\.maven\.publish|\bnexus\b|sonatype|central-publishing|<distributionManagement>|maven-gpg-plugin|maven-release-plugin|<artifactId>(?:commons|oss|apache|jackson)[\w.-]*-?parent<|<licenses>|\bpublishing\s*\{|bintray|jreleaser/i;
const JVM_PROGRAM =
  /spring-boot-maven-plugin|org\.springframework\.boot['"]|com\.android\.application|<packaging>\s*(?:war|ear)\s*<|quarkus-maven-plugin|io\.quarkus['"]|id[ (]['"]application['"]|apply plugin: ['"]application['"]|io\.micronaut\.application|war-plugin/;
const JVM_BUILDS = ['pom.xml', 'build.gradle', 'build.gradle.kts'];

/** An artifact of Maven or Gradle that is published; neither an application nor one of a package that is named internal. */
async function judgeJvm(path: string, base: Base): Promise<PublicNames | null> {
  if (
    !/(?:^|\/)src\/(?:main|commonMain|jvmMain|java|kotlin)?\/?/.test(path) ||
    /\/(?:internal|impl|shaded|generated)\//.test(path)
  )
    return null;
  const own = await nearest(path, JVM_BUILDS, base);
  if (own === null || JVM_PROGRAM.test(own.text)) return null;
  for (const folder of foldersOf(path)) {
    for (const name of JVM_BUILDS) {
      if (base.known.has(`${folder}${name}`) && JVM_PUBLISHES.test((await base.read(`${folder}${name}`)) ?? ''))
        return 'all';
    }
  }
  return null;
}

/** A package of Hex: a Mix project that says how it is packaged. */
async function judgeElixir(path: string, base: Base): Promise<PublicNames | null> {
  const project = await nearest(path, ['mix.exs'], base);
  if (project === null || !/\bpackage:|\bdefp? package\b/.test(project.text)) return null;
  const below = path.slice(project.folder.length);
  return below.startsWith('lib/') && !below.startsWith('lib/mix/') ? 'all' : null;
}

const DOTNET_PROGRAM =
  /Sdk="Microsoft\.NET\.Sdk\.(?:Web|Worker|BlazorWebAssembly)|<OutputType>\s*(?:Exe|WinExe)\s*<|<IsPackable>\s*false\s*<|<IsTestProject>\s*true/i;
const DOTNET_PUBLISHES =
  /<(?:PackageId|PackageTags|PackageLicense\w*|PackageProjectUrl|PackageReadmeFile|PackageDescription|PackageIcon\w*|PackageVersion|NuspecFile)>|<(?:GeneratePackageOnBuild|IsPackable)>\s*true/i;

/** A project of .NET that is packed for NuGet and builds no program; what all projects share stands above it. */
async function judgeDotnet(path: string, base: Base): Promise<PublicNames | null> {
  if (/(?:^|\/)(?:Internal|Internals|obj|bin|Generated)\//.test(path)) return null;
  const folders = foldersOf(path);
  const projectIn = (folder: string) =>
    base.paths.find((file) => file.startsWith(folder) && /^[\w.-]+\.csproj$/.test(file.slice(folder.length)));
  const own = folders.find((folder) => projectIn(folder) !== undefined);
  const project = own === undefined ? undefined : projectIn(own);
  if (own === undefined || project === undefined) return null;
  const text = (await base.read(project)) ?? '';
  if (DOTNET_PROGRAM.test(text)) return null;
  if (DOTNET_PUBLISHES.test(text) || base.known.has(project.replace(/csproj$/, 'nuspec'))) return 'all';
  for (const folder of folders) {
    const shared = `${folder}Directory.Build.props`;
    if (base.known.has(shared) && DOTNET_PUBLISHES.test((await base.read(shared)) ?? '')) return 'all';
  }
  return null;
}

function judgeOf(path: string): Judge | null {
  switch (extensionOf(path)) {
    case 'go':
      return judgeGo;
    case 'php':
      return judgePhp;
    case 'rb':
      return judgeRuby;
    case 'java':
    case 'kt':
      return judgeJvm;
    case 'ex':
      return judgeElixir;
    case 'cs':
      return judgeDotnet;
    case 'rs':
      return (one, { read, known }) => findPublicRustNames(one, read, known);
    default:
      return null;
  }
}

/**
 * Changed files of Go, Rust, PHP, Ruby, Java, Kotlin, C# and Elixir that belong to a library others depend on, as its manifest at the base
 * says; with which of their names are its interface.
 */
export async function findPublishedFiles(context: ChangeContext): Promise<Map<DiffFile, PublicNames>> {
  const found = new Map<DiffFile, PublicNames>();
  const { readBase, listBase } = context;
  const candidates = context.files.filter((file) => {
    const path = file.previousPath ?? file.path;
    return (
      file.status !== 'added' && !file.binary && file.hunks.length > 0 && judgeOf(path) !== null && !isSupportFile(path)
    );
  });
  if (readBase === null || listBase === null || candidates.length === 0) return found;
  const paths = await listBase();
  const base: Base = { read: readBase, paths, known: new Set(paths) };
  for (const file of candidates) {
    const path = file.previousPath ?? file.path;
    const names = await judgeOf(path)?.(path, base);
    if (names !== null && names !== undefined) found.set(file, names);
  }
  return found;
}
