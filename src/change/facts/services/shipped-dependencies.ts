import { extensionOf } from '../file-kind.ts';

/** Requirement files of tools and tests. */
const TOOL_FILE =
  /(?:^|[/._-])(?:dev|develop|development|test|tests|testing|docs?|lint|ci|local|tools?|typing|types)(?:[._-][\w.-]*)?\.(?:txt|in)$/i;

/** TOML sections of dependencies that are not shipped. */
const TOOL_SECTION =
  /^\[+[ \t]*(?:tool\.poetry\.(?:group\.(?!main\b)[\w-]+\.dependencies|dev-dependencies)|dependency-groups|tool\.uv\.dev-dependencies|tool\.pdm\.dev-dependencies|dev-packages|dev-dependencies|target\.[^\]]*\.dev-dependencies|build-dependencies)(?:\.[\w-]+)?[ \t]*\]+[^\n]*\n(?:(?!\[)[^\n]*\n?)*/gm;
const MAVEN_TEST =
  /<dependency>(?:(?!<\/?dependency>)[\s\S]){0,2000}?<scope>\s*test\s*<\/scope>(?:(?!<\/?dependency>)[\s\S]){0,2000}?<\/dependency>/g;
const GRADLE_TEST = /^[ \t]*(?:test|androidTest|integrationTest|testFixtures|debug)\w*\b[^\n]*$/gm;
const GEM_GROUP = /^[ \t]*group[ (]+(?::(?:test|development|ci|lint)[ ,)]*)+do\b[\s\S]{0,4000}?^[ \t]*end\b/gm;
const GEM_LINE = /^[^\n]*\bgroups?:\s*(?:\[?\s*:(?:test|development)[^\n]*)$/gm;
const MIX_TEST = /\{[^{}\n]*\bonly:[ \t]*(?:\[[^\]\n]*\]|:\w+)[^{}\n]*\}/g;

/** A manifest's text without the dependencies that only developers and tests have; names and lines elsewhere stay. */
export function shippedPart(path: string, text: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^(?:txt|in)$/.test(extensionOf(path))) return TOOL_FILE.test(path) ? '' : text;
  if (/\.toml$|^Pipfile$/.test(name)) return text.replace(TOOL_SECTION, '\n');
  if (name === 'pom.xml') return text.replace(MAVEN_TEST, '');
  if (/\.gradle(?:\.kts)?$/.test(name)) return text.replace(GRADLE_TEST, '');
  if (/^(?:Gemfile|gems\.rb)$/.test(name)) return text.replace(GEM_GROUP, '').replace(GEM_LINE, '');
  if (name === 'mix.exs')
    return text.replace(MIX_TEST, (entry) => (/\bonly:[ \t]*(?:\[?[ \t]*:prod)/.test(entry) ? entry : ''));
  return text;
}

/** What a reader of manifests noted of a dependency that is not shipped, or that is another part of the same repository. */
export function isForDevelopers(value: string): boolean {
  return (
    /^(?:devDependencies|require-dev|peerDependencies):|^\w+:"(?:workspace|file|link|portal):/.test(value) ||
    isIndirect(value)
  );
}

/** What another module of Go brings along: the program itself does not use it, until the mark goes. */
export function isIndirect(value: string): boolean {
  return /\/\/ indirect\b/.test(value);
}
