import { byPattern, jsonSections, type ManifestReader } from './manifest-readers.ts';
import { readMaven, readMavenProperties } from './maven-manifests.ts';
import { OTHER_READERS, readGradleVariables } from './other-manifests.ts';

/** The direct dependencies that a manifest names. Values are what is written there: a version, a range, a source. */
export type Dependencies = ReadonlyMap<string, string>;

const PACKAGE_JSON = jsonSections([
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
  'overrides',
  'resolutions',
  'bundledDependencies',
  'bundleDependencies',
  'pnpm',
  'workspaces',
  'packageManager',
]);
const COMPOSER_JSON = jsonSections(['require', 'require-dev', 'replace', 'conflict', 'repositories']);
const DENO_JSON = jsonSections(['imports']);

const REQUIREMENT = /^[ \t]*(-e[ \t]+\S+|git\+\S+|[A-Za-z0-9][\w.-]*)[ \t]*((?:\[[^\]\n]{0,200}\])?[^#\n]{0,300})/gm;
const GEM = /^[ \t]*gem[ (]+["']([\w.-]+)["']([^#\n]{0,300})/gm;
/** Where gems come from. */
const GEM_SOURCE = /^[ \t]*(source)[ (]+["']([^"'\n]{1,200})/gm;
const GEMSPEC = /\.add_(?:runtime_|development_)?dependency[ (]+["']([\w.-]+)["']([^#\n]{0,300})/g;
const GO_REQUIRE =
  /^[ \t]*(?:require[ \t]+|replace[ \t]+)?((?:[\w-]+\.)+[\w-]+\/[^\s]+)[ \t]+((?:v\d|=>)[^\s/]*[^\n]{0,200})/gm;
const GRADLE =
  /^[ \t]*(?:\w*(?:[iI]mplementation|[aA]pi|[cC]ompileOnly|[rR]untimeOnly|[aA]nnotationProcessor|LibraryDesugaring)|kapt\w*|ksp\w*|mavenBom|classpath|id)\b[ (]+(?:platform\()?["']?([\w.:${}-]+)["']?([^\n]{0,200})/gm;
const MIX = /\{\s*:(\w+)\s*,([^}\n]{0,300})\}/g;
const NUGET =
  /<(?:PackageReference|PackageVersion)\s+(?:Include|Update)="([^"]{1,200})"([^>]{0,200}>(?:\s{0,80}<Version>[^<]{1,50})?)/g;
const SETUP_PY = /["']([A-Za-z0-9][\w.-]*)[ \t]*((?:[<>=!~]=?|\[)[^"'\n]{0,100})["']/g;

/** Lists of `setup.cfg`: a name with a version or extras, or alone on its line. */
const SETUP_CFG = /^[ \t]+([A-Za-z0-9][\w.-]*)[ \t]*((?:[<>!~=]=|[<>]|\[|;)[^\n#]{0,100}|)[ \t]*(?:#[^\n]*)?$/gm;

const DEPENDENCY_SECTION =
  /(?:^|[.-])(?:dependencies|dev-dependencies|build-dependencies|optional-dependencies|dependency-groups|packages|dev-packages|patch|overrides|libraries|versions|plugins|bundles)(?:$|\.)/;
const DEPENDENCY_KEY = /^(?:dependencies|requires|optional-dependencies|dev-dependencies|requires-python)$/;

/** Whether a list of TOML ends on a line: brackets within its strings, `"redis[hiredis]"`, are none of its own. */
function endsList(line: string): boolean {
  return line.replace(/"[^"]{0,300}"|'[^']{0,300}'/g, '').includes(']');
}

/** TOML manifests (Cargo, pyproject, Pipfile, version catalogs) read by line: what stands in a section of dependencies. */
function tomlDependencies(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let section = '';
  let list: string | null = null;
  let open: string | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    if (line === '') continue;
    if (open !== null) {
      found.set(open, `${found.get(open) ?? ''}${line};`);
      if (line.includes(']')) open = null;
      continue;
    }
    if (list !== null) {
      for (const [, name = '', rest = ''] of line.matchAll(/["']([A-Za-z0-9][\w.@/-]*)([^"']{0,200})["']/g))
        found.set(name, `${found.get(name) ?? ''}${rest};`);
      if (endsList(line)) list = null;
      continue;
    }
    const header = /^\[+([^\]]+)\]+$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header.replaceAll('"', '').trim();
      // [dependencies.serde] names its dependency in the header.
      const named = /(?:^|\.)(?:dev-|build-)?dependencies\.([\w-]+)$/.exec(section)?.[1];
      if (named !== undefined) found.set(named, found.get(named) ?? '');
      continue;
    }
    const [, key = '', value = ''] = /^["']?([\w.@/-]+)["']?\s*=\s*(.*)$/.exec(line) ?? [];
    const inSection = DEPENDENCY_SECTION.test(section);
    const isList = value.startsWith('[') && (inSection || DEPENDENCY_KEY.test(key));
    if (isList && section !== 'versions') {
      for (const [, name = '', rest = ''] of value.matchAll(/["']([A-Za-z0-9][\w.@/-]*)([^"']{0,200})["']/g))
        found.set(name, `${found.get(name) ?? ''}${rest};`);
      if (!endsList(value)) list = key;
    } else if (inSection && key !== '') {
      // `tower = { features = [` goes on in the next lines: they belong to the dependency.
      if (/=\s*\[[^\]]*$/.test(value)) open = key;
      const owner = /(?:^|\.)(?:dev-|build-)?dependencies\.([\w-]+)$/.exec(section)?.[1];
      if (owner === undefined) found.set(key, `${found.get(key) ?? ''}${value};`);
      else found.set(owner, `${found.get(owner) ?? ''}${key}=${value};`);
    }
  }
  return found;
}

const CONDA = /^[ \t]*-[ \t]+([A-Za-z0-9][\w.-]*)[ \t]*([=<>!][^\n#]{0,100})?$/gm;
const SBT = /"([\w.-]+"[ \t]*%{1,3}[ \t]*"[\w.-]+)"[ \t]*%[ \t]*([^\n,)]{1,100})/g;
const PUB = /^[ ]{2}(\w+):[ \t]*([\^~<>=\d"'][^\n#]{0,100}|any)$/gm;
/** Modules and providers of Terraform, with the versions asked for. */
const TERRAFORM = /^[ \t]*(source|version|required_version)[ \t]*=[ \t]*("[^"\n]{1,300}")/gm;

/** Perl: `requires 'Moose', '2.1';` of a cpanfile, also within a feature or phase. */
const CPAN = /^[ \t]*(?:\w+_)?requires[ \t]+["']([\w:]+)["']([^;\n]{0,100})/gm;

const READERS: readonly (readonly [RegExp, ManifestReader])[] = [
  [/(?:^|\/)package\.json$/, PACKAGE_JSON],
  [/(?:^|\/)composer\.json$/, COMPOSER_JSON],
  [/(?:^|\/)deno\.jsonc?$/, DENO_JSON],
  [/(?:^|\/)(?:[\w.-]*requirements[\w.-]*|[\w.-]*constraints[\w.-]*)\.(?:txt|in)$/, byPattern(REQUIREMENT)],
  [/(?:^|\/)requirements\/[\w.-]+\.(?:txt|in)$/, byPattern(REQUIREMENT)],
  [/(?:^|\/)(?:pyproject\.toml|pixi\.toml|Pipfile|Cargo\.toml|[\w.-]*\.versions\.toml)$/, tomlDependencies],
  [/(?:^|\/)setup\.py$/, byPattern(SETUP_PY)],
  [/(?:^|\/)setup\.cfg$/, byPattern(SETUP_CFG)],
  [/(?:^|\/)(?:Gemfile|gems\.rb)$/, (text) => new Map([...byPattern(GEM)(text), ...byPattern(GEM_SOURCE)(text)])],
  [/\.gemspec$/, byPattern(GEMSPEC)],
  [/(?:^|\/)go\.mod$/, byPattern(GO_REQUIRE)],
  [/(?:^|\/)pom\.xml$/, (text) => new Map([...readMaven(text), ...readMavenProperties(text)])],
  [/(?:^|\/)[\w.-]*\.gradle(?:\.kts)?$/, (text) => new Map([...byPattern(GRADLE)(text), ...readGradleVariables(text)])],
  [/(?:^|\/)mix\.exs$/, byPattern(MIX)],
  [/(?:^|\/)environment[\w.-]*\.ya?ml$/, byPattern(CONDA)],
  [/(?:^|\/)(?:build\.sbt|project\/[\w-]+\.(?:sbt|scala))$/, byPattern(SBT)],
  [/(?:^|\/)cpanfile$/, byPattern(CPAN)],
  [/(?:^|\/)pubspec\.yaml$/, byPattern(PUB)],
  [/\.(?:tf|tofu)$|(?:^|\/)terragrunt\.hcl$/, byPattern(TERRAFORM)],
  [/(?:\.(?:cs|fs|vb)proj|(?:^|\/)Directory\.(?:Packages|Build)\.(?:props|targets))$/, byPattern(NUGET)],
  ...OTHER_READERS,
];

export function isManifest(path: string): boolean {
  return READERS.some(([pattern]) => pattern.test(path));
}

/** What stands between owner and name in sbt's manifests. */
const OWNER_AND_NAME = /"[ \t]*%{1,3}[ \t]*"/;

/** The dependencies that a manifest's text names; null when it is no manifest or cannot be parsed. */
export function readDependencies(path: string, text: string): Dependencies | null {
  const reader = READERS.find(([pattern]) => pattern.test(path))?.[1];
  if (reader === undefined) return null;
  try {
    const found = reader(text);
    return new Map([...found].map(([name, value]) => [name.replace(OWNER_AND_NAME, ':').toLowerCase(), value]));
  } catch {
    return null;
  }
}
