import { byPattern, jsonSections, type ManifestReader } from './manifest-readers.ts';

const GRADLE_PROPERTY =
  /^((?!(?:java|jdk|jvm|mod|plugin|project|app|release|artifact|library|snapshot)_?\w*version)[\w.-]*\w[._-]?version)[ \t]*=[ \t]*([^\n]{1,100})/gim;
const PNPM_CATALOG =
  /^[ \t]+['"]?((?:@[\w.-]+\/)?[\w.-]+)['"]?[ \t]*:[ \t]*['"]?((?:[\^~<>=]|\d|npm:)[^\n'"]{0,100})/gm;
const SWIFT = /\.package\([^()]{0,100}url:[ \t]*"([^"\n]{1,200})"([^)]{0,200})\)/g;
const NIX_INPUT = /\b([\w.-]+)\.?url[ \t]*=[ \t]*"([^"\n]{1,200})"/g;
const BAZEL = /\bbazel_dep\([^)]{0,200}?name[ \t]*=[ \t]*"([\w.-]+)"([^)]{0,200})\)/g;
const REBAR = /\{[ \t]*(\w+)[ \t]*,[ \t]*("[^"\n]{1,100}"|\{(?:git|hg|pkg|git_subdir)\b[^\n]{1,200})/g;
const HASKELL = /^[ \t]*(?:build-depends:)?[ \t]*,?[ \t]*([a-z][\w-]*)[ \t]+([<>=^&|][^,\n]{1,100})/gm;
const STACK = /^[ \t]*(?:- |(resolver|snapshot):[ \t]*)([\w.-]+@?[^\n]{0,100})/gm;
const POD = /^[ \t]*(?:pod|\w+\.(?:\w+_)?dependency)[ (]+["']([\w.+/-]+)["']([^\n]{0,200})/gm;
const CONAN = /(?:^|["'\s])([a-z][\w.+-]*\/)([\w.[\]<>~=*+-]+)(?=["'\s@#]|$)/gm;
const OPAM = /"([a-z][\w-]*)"[ \t]*(\{[^}\n]{0,200}\})?/g;
const CLOJURE =
  /([\w.-]+\/[\w.-]+|\[[\w.-]+)[ \t]+(?:\{[^}\n]{0,20}:(?:mvn\/version|git\/(?:tag|sha))[ \t]+)?("[\w.-]{1,100}")/g;
const SHARD = /^[ ]{2}([\w-]+):[ \t]*\n((?:[ ]{4}[^\n]*\n?)+)/gm;
const CHART = /^[ \t]*-?[ \t]*(name|version|repository):[ \t]*([^\n]{1,200})/gm;
const NUGET_CONFIG = /<package[ \t]+id="([\w.-]+)"([^>]{0,200})>/g;

/** The tools that run before a commit, with their versions. */
const PRE_COMMIT = /^[ \t]*-?[ \t]*(repo|rev):[ \t]*([^\n]{1,200})/gm;
const GRADLE_WRAPPER = /^(distributionUrl)=([^\n]{1,300})/gm;

const R_PACKAGE =
  /^(?:(?:Imports|Depends|Suggests|LinkingTo):)?[ \t]+([A-Za-z][\w.]*)[ \t]*(?:\(([^)\n]{1,50})\))?[ \t]*,?[ \t]*$/gm;
const JULIA = /^([A-Z]\w+)[ \t]*=[ \t]*("[^"\n]{1,100}")/gm;
const BREW = /^[ \t]*(?:brew|cask|tap)[ \t]+["']([\w@./-]+)["']([^\n]{0,100})/gm;
const BAZEL_ARCHIVE = /\b(?:urls?|remote|commit|tag)[ \t]*=[ \t]*\[?\s*"([^"\n]{1,300})"/g;

/** Below `dependencies:` and nowhere else: above stand a chart's own name and version. */
function chartDependencies(text: string): Map<string, string> {
  const list = /^dependencies:[^\n]*\n((?:[ \t-][^\n]*\n?|\n)*)/m.exec(text)?.[1] ?? '';
  return byPattern(CHART)(list);
}

/** Manifests of package managers that fewer projects use, and files in which a build keeps its versions. */
export const OTHER_READERS: readonly (readonly [RegExp, ManifestReader])[] = [
  [/(?:^|\/)gradle\.properties$/, byPattern(GRADLE_PROPERTY)],
  [/(?:^|\/)pnpm-workspace\.yaml$/, byPattern(PNPM_CATALOG)],
  [/(?:^|\/)Package\.swift$/, byPattern(SWIFT)],
  [/(?:^|\/)flake\.nix$/, byPattern(NIX_INPUT)],
  [/(?:^|\/)MODULE\.bazel$/, byPattern(BAZEL)],
  [/(?:^|\/)rebar\.config$/, byPattern(REBAR)],
  [/(?:^|\/)(?:[\w.-]+\.cabal|package\.yaml)$/, byPattern(HASKELL)],
  [/(?:^|\/)stack\.yaml$/, byPattern(STACK)],
  [/(?:^|\/)(?:Podfile|Cartfile|[\w.-]+\.podspec)$/, byPattern(POD)],
  [/(?:^|\/)conanfile\.(?:txt|py)$/, byPattern(CONAN)],
  [/(?:^|\/)vcpkg\.json$/, jsonSections(['dependencies', 'overrides', 'builtin-baseline', 'features'])],
  [/(?:^|\/)bower\.json$/, jsonSections(['dependencies', 'devDependencies', 'resolutions'])],
  [/(?:^|\/)elm\.json$/, jsonSections(['dependencies', 'test-dependencies'])],
  [/(?:^|\/)(?:[\w.-]+\.opam)$/, byPattern(OPAM)],
  [/(?:^|\/)(?:deps\.edn|project\.clj)$/, byPattern(CLOJURE)],
  [/(?:^|\/)shard\.yml$/, byPattern(SHARD)],
  [/(?:^|\/)Chart\.ya?ml$/, chartDependencies],
  [/(?:^|\/)DESCRIPTION$/, byPattern(R_PACKAGE)],
  [/(?:^|\/)Project\.toml$/, byPattern(JULIA)],
  [/(?:^|\/)Brewfile$/, byPattern(BREW)],
  [/(?:^|\/)WORKSPACE(?:\.bazel)?$/, byPattern(BAZEL_ARCHIVE)],
  [/(?:^|\/)packages\.config$/, byPattern(NUGET_CONFIG)],
  [/(?:^|\/)\.config\/dotnet-tools\.json$/, jsonSections(['tools'])],
  [/(?:^|\/)global\.json$/, jsonSections(['sdk', 'msbuild-sdks'])],
  [/(?:^|\/)gradle-wrapper\.properties$/, byPattern(GRADLE_WRAPPER)],
  [/(?:^|\/)\.pre-commit-config\.ya?ml$/, byPattern(PRE_COMMIT)],
];

const GRADLE_VARIABLE =
  /^[ \t]*(?:ext\.|val[ \t]+|def[ \t]+|const[ \t]+val[ \t]+|String[ \t]+|set\(["'])?((?!(?:java|jdk|jvm|mod|plugin|project|app|release|artifact|library|snapshot)_?\w*version)\w+version)["']?[ \t]*[=,][ \t]*(["'][\d][^"'\n]{0,50}["'])/gim;

/** The versions that a Gradle file keeps in variables. */
export const readGradleVariables = byPattern(GRADLE_VARIABLE);
