/** What a path says about a file. Judged by name only; facts that need more read the file. */

const DOC_EXTENSIONS = /\.(?:md|mdx|markdown|rst|adoc|asciidoc|org|tex)$/i;
const DOC_NAMES =
  /^(?:license|licence|notice|copying|authors|contributors|maintainers|changelog|changes|history|news|readme|security|code_of_conduct|contributing|support|thanks|todo)(?:[.-][\w.-]+)?$/i;
const DOC_ASSETS =
  /\.(?:png|jpe?g|gif|svg|webp|ico|pdf|drawio|excalidraw|puml|mmd|txt|avif|mp4|webm|html?|css|scss|ipynb|bib)$/i;
/** Tables of contents and settings of documentation sites: data, no code. */
const DOC_SITE =
  /^(?:(?:docs?|documentation)\/(?:[\w-]+\/)*(?:_?toc|_?nav\w*|sidebars?|_category_|_meta|mkdocs|_config|antora)\.(?:ya?ml|json)|mkdocs\.ya?ml|\.readthedocs\.ya?ml|\.all-contributorsrc|\.mailmap|antora(?:-playbook)?\.ya?ml|\.changeset\/[\w-]+\.md)$/;
/** Notes that a release's list of changes is put together from. */
const RELEASE_NOTES =
  /(?:^|\/)(?:releasenotes\/notes|changelogs?\/(?:unreleased|fragments|next)|changelog\.d|newsfragments|news\.d|\.changes\/[\w.-]+|\.changelog)\/(?:[^/]+\/)*[^/]+\.(?:ya?ml|txt|json)$/i;
/** Pages of a manual: `sshd_config.5`, `shop-list.1.in`; no library (`libshop.so.1`) and no version (`python3.8`). */
const MAN_PAGE = /^(?!.*\.so\.)(?:[\w.+-]*[A-Za-z_])\.[1-8](?:[a-z]{1,4})?(?:\.in)?$/;
const CODE_LIKE = /\.(?:m?[jt]sx?|c[jt]s|py|rb|go|rs|java|kt|cs|php|exs?|sh|ya?ml|json|toml|sql|tf)$/i;
const DOC_DIRECTORY = /(?:^|\/)(?:docs?|documentation|wiki|man|_sources)\//i;
const NOT_TEXT_DOCS = /(?:^|\/)(?:requirements[\w.-]*|constraints[\w.-]*|cmakelists|robots|humans|llms)\.txt$/i;

const TEST_DIRECTORY =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|__snapshots__|__fixtures__|e2e|testing|testdata|test-data|test_data|fixtures|cypress|playwright|regress)\/|^fuzz(?:ing)?\/|^(?!(?:src|lib|app)\/)(?:[\w.-]+\/)?acceptance\/|(?:^|\/)fuzz_targets\//i;
/** `spec/` holds tests in Ruby and JavaScript, and descriptions of interfaces elsewhere. */
const SPEC_DIRECTORY =
  /^(?!(?:lib|app)\/)(?:.*\/)?specs?\/(?:.*\/)?[^/]+\.(?:rb|[cm]?[jt]sx?|py|php|snap|exs?|cr|erb|ya?ml\.erb)$/i;
/** `src/androidTest/`, `Shop.Tests/`, `src/integration-test/`, and Perl's `t/`. */
const TEST_PROJECT =
  /(?:^|\/)(?:src\/[a-z]+Test\/|src\/[\w]+[-_]tests?\/|[\w.]+\.(?:Unit|Integration|Functional|E2E)?Tests?\/|[\w-]+[-_]tests?\/|test[-_]?(?:utils?|helpers?|support|resources|cases|suite)\/|x?t\/(?:[^/]+\/)*[^/]+\.(?:t|pl|pm)$|(?:integration|unit|functional|acceptance|smoke|regression)[-_]?tests?\/)/;
const TEST_NAME =
  /(?:\.feature|(?:^|\/)features\/(?:bootstrap|step_definitions|support)\/[^\n]+|\.(?:test|tests|spec|specs|e2e|cy|stories)\.[cm]?[jt]sx?|_test\.(?:go|py|exs?|rb|dart|cc|cpp)|_spec\.rb|\.snap|\.phpt|(?:^|\/)test_[\w.-]*\.py|(?:^|\/)(?:conftest|tests)\.py|(?:Test|Tests|TestCase|IT|Spec)\.(?:java|kt|cs|scala|groovy|php|swift))$/;

const MIGRATION_DIRECTORY =
  /(?:^|\/)(?:migrations?|migrate|alembic|changelogs?|liquibase|flyway|drizzle|schema_migrations|db_migrations)\//i;
const MIGRATION_NAME =
  /(?:^|\/)(?:[VURB]\d[\w.]*__[\w.-]+\.(?:sql|java|kt)|(?:db\/)?schema\.rb|structure\.sql|schema\.sql|\d{8,14}[_-][\w.-]+\.(?:sql|js|ts|py|rb|php|exs)|db\.changelog[\w.-]*\.(?:xml|ya?ml|json|sql)|[\w.-]+\.(?:up|down)\.sql)$/i;

const LOCK =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Gemfile\.lock|gems\.locked|go\.sum|go\.work\.sum|Cargo\.lock|composer\.lock|mix\.lock|gradle\.lockfile|packages\.lock\.json|pubspec\.lock|Podfile\.lock|Package\.resolved|flake\.lock|rebar\.lock|Cartfile\.resolved|shard\.lock|MODULE\.bazel\.lock|stack\.yaml\.lock|cabal\.project\.freeze|conan\.lock|Chart\.lock|\.terraform\.lock\.hcl)$/;

const CI_OR_INFRA: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)\.github\/(?:workflows|actions)\//, 'github_actions'],
  [/(?:^|\/)\.github\/(?:dependabot\.ya?ml|CODEOWNERS|settings\.yml)$/, 'repository_settings'],
  [/^(?:docs\/|\.gitlab\/)?CODEOWNERS$/, 'repository_settings'],
  [/(?:^|\/)action\.ya?ml$/, 'github_actions'],
  [/(?:^|\/)(?:\.gitlab-ci\.ya?ml|\.gitlab\/ci\/.*)$/, 'gitlab_ci'],
  [
    /^(?:(?:src|build|tools|scripts)\/)?\.?ci\/.*\.(?:sh|bash|ps1|cmd|bat|ya?ml|py|groovy|toml|env)$|(?:^|\/)\.?azure-pipelines\//,
    'ci',
  ],
  [/(?:^|\/)(?:\.circleci|\.buildkite|\.teamcity|\.semaphore|\.woodpecker|\.tekton)\//, 'ci'],
  [
    /(?:^|\/)(?:\.travis\.yml|\.drone\.ya?ml|\.cirrus\.yml|appveyor\.yml|\.appveyor\.yml|bitbucket-pipelines\.yml|azure-pipelines[\w.-]*\.ya?ml|cloudbuild\.ya?ml|buildspec\.ya?ml|Jenkinsfile[\w.-]*|renovate\.json5?|\.renovaterc(?:\.json)?)$/,
    'ci',
  ],
  [/(?:^|\/)(?:[\w.-]+\.)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$/i, 'container'],
  [/(?:^|\/)(?:docker-compose|compose)(?:\.[\w-]+)*\.ya?ml$/, 'container'],
  [/(?:^|\/)\.dockerignore$/, 'container'],
  [/\.(?:tf|tfvars|hcl|tofu|bicep)$/, 'infrastructure'],
  [/(?:^|\/)\.terraform\.lock\.hcl$/, 'infrastructure'],
  [
    /(?:^|\/)(?:Pulumi(?:\.[\w-]+)?\.ya?ml|cdk\.json|serverless\.ya?ml|samconfig\.toml|skaffold\.ya?ml|Tiltfile|Vagrantfile|Procfile|fly\.toml|vercel\.json|netlify\.toml|render\.yaml|app\.yaml|heroku\.yml|railway\.json|wrangler\.(?:toml|jsonc?))$/,
    'deployment',
  ],
  [
    /^(?!(?:src|lib|app|test)\/)(?:.*\/)?(?:k8s|kubernetes|helm|charts|kustomize|terraform|ansible|deploy|deployments?|infra|infrastructure|argocd|flux)\/.*\.(?:ya?ml|json|tpl|j2|sh|toml|conf|cfg)$/i,
    'infrastructure',
  ],
  [/(?:^|\/)(?:kustomization\.ya?ml|Chart\.ya?ml|values\.ya?ml|helmfile\.ya?ml)$/, 'infrastructure'],
  [
    /(?:^|\/)(?:nginx|haproxy|envoy|traefik|prometheus|alertmanager)(?:[\w-]*\.)*(?:conf|cfg|ya?ml|toml|template|tmpl|j2)$|(?:^|\/)Caddyfile$/i,
    'infrastructure',
  ],
  [/\.(?:service|timer|socket)$/, 'infrastructure'],
  [/^(?:[\w.-]+\/)?slipway\.ya?ml$|^\.slipway\//, 'release_policy'],
];

export function isDocFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (DOC_EXTENSIONS.test(name) || DOC_SITE.test(path) || RELEASE_NOTES.test(path)) return true;
  if (CODE_LIKE.test(name) || NOT_TEXT_DOCS.test(path)) return false;
  if (DOC_NAMES.test(name) || MAN_PAGE.test(name)) return true;
  return DOC_DIRECTORY.test(path) ? DOC_ASSETS.test(name) : /\.txt$/i.test(name) && !path.includes('/');
}

/** Where pipelines stand, whatever they run: `.buildkite/pipelines/flaky_tests/` holds no test. */
const PIPELINES = /(?:^|\/)\.(?:github|gitlab|circleci|buildkite|teamcity|semaphore|woodpecker|tekton)\//;

export function isTestFile(path: string): boolean {
  if (PIPELINES.test(path)) return false;
  return TEST_DIRECTORY.test(path) || TEST_NAME.test(path) || SPEC_DIRECTORY.test(path) || TEST_PROJECT.test(path);
}

/** What a person reads about tests: `acceptance/README.md`. What stands among fixtures is read by the tests. */
const NOTES =
  /(?:^|\/)(?:readme|contributing|changelog|license|licence|notice|testing|todo)(?:[._-][\w-]+)*(?:\.(?:md|mdx|markdown|rst|adoc|txt|org))?$/i;
const READ_BY_TESTS =
  /(?:^|\/)(?:__fixtures__|__snapshots__|__mocks__|fixtures?|testdata|test-data|test_data|snapshots?|resources|cases|samples?|data|golden)\//i;

export function isTestNotes(path: string): boolean {
  return isTestFile(path) && NOTES.test(path) && isDocFile(path) && !READ_BY_TESTS.test(path);
}

/** Below a folder of documentation, whatever it is. */
export function isInDocs(path: string): boolean {
  return DOC_DIRECTORY.test(path);
}

const SUPPORT_DIRECTORY = /(?:^|\/)(?:examples?|samples?|benchmarks?|bench|demos?|node_modules|vendor)\//i;
/** Names of packages, `src/main/java/com/example/`, say nothing about what stands in them. */
const JVM_PACKAGES = /((?:^|\/)src\/main\/(?:java|kotlin|scala)\/).*\//;

/** Not shipped: what stands here is no contract, no schema and no service of the product. */
export function isSupportFile(path: string): boolean {
  return (
    isTestFile(path) ||
    isDocFile(path) ||
    DOC_DIRECTORY.test(path) ||
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
  return CI_OR_INFRA.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
