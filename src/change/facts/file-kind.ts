import { isDocFile, isInDocs } from './paths/document-paths.ts';
import { machineryOf } from './paths/infra-paths.ts';
import { isTestFile } from './paths/test-paths.ts';

/** What a path says about a file. Judged by name only; facts that need more read the file. */
export { isDocFile, isInDocs } from './paths/document-paths.ts';
export { isTestFile, isTestNotes } from './paths/test-paths.ts';

const MIGRATION_DIRECTORY =
  /(?:^|\/)(?:migrations?|migrate|alembic|changelogs?|liquibase|flyway|drizzle|schema_migrations|db_migrations)\//i;
const MIGRATION_NAME =
  /(?:^|\/)(?:[VURB]\d[\w.]*__[\w.-]+\.(?:sql|java|kt)|(?:db\/)?schema\.rb|structure\.sql|schema\.sql|\d{8,14}[_-][\w.-]+\.(?:sql|js|ts|py|rb|php|exs)|db\.changelog[\w.-]*\.(?:xml|ya?ml|json|sql)|[\w.-]+\.(?:up|down)\.sql)$/i;

const LOCK =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Gemfile\.lock|gems\.locked|go\.sum|go\.work\.sum|Cargo\.lock|composer\.lock|mix\.lock|gradle\.lockfile|packages\.lock\.json|pubspec\.lock|Podfile\.lock|Package\.resolved|flake\.lock|rebar\.lock|Cartfile\.resolved|shard\.lock|MODULE\.bazel\.lock|stack\.yaml\.lock|cabal\.project\.freeze|conan\.lock|Chart\.lock|\.terraform\.lock\.hcl)$/;

const SUPPORT_DIRECTORY = /(?:^|\/)(?:examples?|samples?|benchmarks?|bench|demos?|node_modules|vendor)\//i;
/** Names of packages, `src/main/java/com/example/`, say nothing about what stands in them. */
const JVM_PACKAGES = /((?:^|\/)src\/main\/(?:java|kotlin|scala)\/).*\//;

/** Not shipped: what stands here is no contract, no schema and no service of the product. */
export function isSupportFile(path: string): boolean {
  return (
    isTestFile(path) ||
    isDocFile(path) ||
    isInDocs(path) ||
    (SUPPORT_DIRECTORY.test(path) && SUPPORT_DIRECTORY.test(path.replace(JVM_PACKAGES, '$1')))
  );
}

/** Where migrations keep what several of them call: that changes no schema by itself. */
const MIGRATION_TOOLS = /(?:^|\/)migrat(?:e|ions?)\/(?:[^/]+\/)*(?:utils?|helpers?|lib|support|hooks)\//i;

/** Where schema changes are written as code. */
export function isMigrationFile(path: string): boolean {
  return MIGRATION_NAME.test(path) || (MIGRATION_DIRECTORY.test(path) && !MIGRATION_TOOLS.test(path));
}

export function isLockFile(path: string): boolean {
  return LOCK.test(path);
}

/** Which kind of delivery machinery a path belongs to, or null. */
export function ciOrInfraKind(path: string): string | null {
  if (isTestFile(path)) return null;
  return machineryOf(path);
}

export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
