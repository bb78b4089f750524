import { isDocFile } from './document-paths.ts';

/** Folders that hold tests and what tests read, in any language. */
const TEST_DIRECTORY =
  /(?:^|\/)(?:tests?|__tests?__|__mocks__|__snapshots__|__fixtures__|e2e|testing|testdata|test-data|test_data|fixtures|cypress|playwright|regress|unittests?)\/|^fuzz(?:ing)?\/|^(?!(?:src|lib|app)\/)(?:[\w.-]+\/)?acceptance\/|(?:^|\/)fuzz_targets\//i;
/** `spec/` holds tests in Ruby, Lua and JavaScript, and descriptions of interfaces elsewhere. */
const SPEC_DIRECTORY =
  /^(?!(?:lib|app)\/)(?:.*\/)?specs?\/(?:.*\/)?[^/]+\.(?:rb|[cm]?[jt]sx?|py|php|lua|snap|exs?|cr|erb|ya?ml\.erb)$|^(?!(?:lib|app|src)\/)(?:.*\/)?spec\/(?:cassettes|vcr\w*|factories|support|dummy)\//i;
/** `src/androidTest/`, `Shop.Tests/`, `ShopUITests/`, `src/testFixtures/`, `tests-integration/`, and Perl's `t/`. */
const TEST_PROJECT =
  /(?:^|\/)(?:src\/(?:[a-z]+Test|test[A-Z]\w*|it)\/|src\/[\w]+[-_]tests?\/|[\w.]+\.(?:Unit|Integration|Functional|E2E)?Tests?\/|[A-Z]\w*Tests\/|[\w-]+[-_]tests?\/|tests?[-_](?:integration|e2e|unit|functional|acceptance|system|smoke)\/|test[-_]?(?:utils?|helpers?|support|resources|cases|suite)\/|x?t\/(?:[^/]+\/)*[^/]+\.(?:t|pl|pm)$|(?:integration|unit|functional|acceptance|smoke|regression)[-_]?tests?\/)/;

/** Names by the custom of a language. */
const TEST_NAMES: readonly RegExp[] = [
  /\.(?:feature|bats|snap|phpt)$|(?:^|\/)\w[\w-]*\.test-d\.tsx?$/,
  /^(?:(?!src|lib|app)[\w.-]+\/)?features\/(?:bootstrap|step_definitions|support)\/[^\n]+/,
  /\.(?:test|tests|spec|specs|e2e|cy|stories)\.[cm]?[jt]sx?$/,
  /[-_]test\.(?:[cm]?[jt]sx?|go|py|exs?|rb|dart|c|cc|cpp|clj[cs]?|lua|erl|php|swift|sh|R)$|_tests\.(?:rs|erl)$/,
  /_unittest\.(?:cc|cpp|h|py)$|_spec\.(?:rb|lua|cr)$/,
  /(?:^|\/)test_[\w.-]*\.py$|(?:^|\/)(?:conftest|tests)\.py$|(?:^|\/)src\/(?:[\w.-]+\/)*tests?\.rs$/,
  /(?:Test|Tests|TestCase|IT|Spec)\.(?:java|kt|cs|fs|vb|scala|groovy|php|swift|mm?)$/,
  /^(?:packages\/[\w.-]+\/)?tests?\.[cm]?[jt]s$/,
];
/** Products that are called a test: `ab-test/`, `speed_test.ts`. */
const CALLED_TEST = /(?:^|[/_-])(?:a-?b|split|speed|latency|bandwidth|pen)[-_]tests?(?=[/.])/i;

/** Where pipelines stand, whatever they run: `.buildkite/pipelines/flaky_tests/` holds no test. */
const PIPELINES = /(?:^|\/)\.(?:github|gitlab|circleci|buildkite|teamcity|semaphore|woodpecker|tekton)\//;

export function isTestFile(path: string): boolean {
  if (PIPELINES.test(path)) return false;
  if (TEST_DIRECTORY.test(path) || SPEC_DIRECTORY.test(path)) return true;
  if (CALLED_TEST.test(path)) return false;
  return TEST_PROJECT.test(path) || TEST_NAMES.some((name) => name.test(path));
}

/** What a person reads about tests: `acceptance/README.md`. What stands among fixtures is read by the tests. */
const NOTES =
  /(?:^|\/)(?:readme|contributing|changelog|license|licence|notice|testing|todo)(?:[._-][\w-]+)*(?:\.(?:md|mdx|markdown|rst|adoc|txt|org))?$/i;
const READ_BY_TESTS =
  /(?:^|\/)(?:__fixtures__|__snapshots__|__mocks__|fixtures?|testdata|test-data|test_data|snapshots?|resources|cases|samples?|data|golden)\//i;

export function isTestNotes(path: string): boolean {
  return isTestFile(path) && NOTES.test(path) && isDocFile(path) && !READ_BY_TESTS.test(path);
}
