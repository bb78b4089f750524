import { describe, expect, test } from 'vitest';
import { type ChangeInput, inspectInput } from './make-change.ts';

const code: ChangeInput = { before: { 'src/a.py': 'x = 1  # one\n' }, after: { 'src/a.py': 'x = 2  # one\n' } };
const typeOf = async (message: string, change: ChangeInput = code) =>
  (await inspectInput({ ...change, message })).change_type;

describe('change_type by what commits call it', () => {
  test.each([
    ['feat(shop): orders', 'feature'],
    ['fix!: crash on start', 'bugfix'],
    ['Merge pull request #7 from ada/x\n\nAdd orders', 'feature'],
    ['Revert "feat: orders"', 'bugfix'],
    ['[Fix] orders are lost', 'bugfix'],
    ['BUG: orders are lost', 'bugfix'],
    ['ENH: orders by number', 'feature'],
    ['MAINT: tidy', 'chore'],
    [':bug: orders', 'bugfix'],
    ['✨ orders by number', 'feature'],
    ['♻️ orders', 'refactor'],
    ['SHOP-12: Add orders by number', 'feature'],
    ['#12 Fix orders', 'bugfix'],
    ['CVE-2026-10001: Quote what is handed to the shell', 'bugfix'],
    ['Merge commit from fork\n\n* Prevent a header from being set twice', 'bugfix'],
    ['Merge pull request from GHSA-2222-3333-4444', 'bugfix'],
    ['validate sizes', 'bugfix'],
    ['ldap: create addresses correctly for IPv6', 'bugfix'],
    ['http: return error when a header is too large', 'bugfix'],
    ['Dont ask for a password twice', 'bugfix'],
    ['net/http: avoid a race in Close', 'bugfix'],
    ['shop: remove unused code', 'refactor'],
    ['Rename orders to purchases', 'refactor'],
    ['Release 1.2.3', 'chore'],
    ['1.2.3', 'chore'],
    ['Run prettier', 'chore'],
    ['perf: faster orders', 'refactor'],
    ['build(deps): bump x from 1 to 2', 'bugfix'],
    ['Refs #12 -- Added a hook for pages', 'feature'],
    ['[IMP] shop: faster lists', 'feature'],
    ['[ADD] shop: discounts', 'feature'],
    ['feature #12 [Cache] an adapter by tags (ada)', 'feature'],
    ['minor #12 [Yaml] tidy (ada)', 'refactor'],
    ['shop: Use pages instead of lists', 'refactor'],
    ['Rewrite the scheduler', 'refactor'],
    ['Make the deadline configurable', 'feature'],
    ['Let users choose a colour', 'feature'],
    ['Bump version to 2.3.0', 'chore'],
    ['Enhancement: sort by date', 'feature'],
  ])('%s: %s', async (message, expected) => {
    expect(await typeOf(message)).toBe(expected);
  });
});

describe('change_type by what the files are', () => {
  test.each<[string, string, ChangeInput]>([
    ['docs', 'feat: big words', { after: { 'README.md': 'x\n' } }],
    ['docs', 'fix typo', { before: { 'src/a.py': 'x = 1  # oen\n' }, after: { 'src/a.py': 'x = 1  # one\n' } }],
    ['chore', 'fix the manual', { after: { 'docs/conf.py': 'x = 1\n' } }],
    ['test', 'fix: flaky', { after: { 'tests/test_a.py': 'x\n' } }],
    ['test', 'test: more', { after: { 'tests/test_a.py': 'x\n', 'vitest.config.ts': 'x\n' } }],
    [
      'deps',
      'Update to Mailer v3',
      {
        before: { 'composer.json': '{"require":{"acme/mailer":"^2"}}\n', 'src/A.php': '<?php\nf();\n' },
        after: { 'composer.json': '{"require":{"acme/mailer":"^3"}}\n', 'src/A.php': '<?php\ng();\n' },
      },
    ],
    ['ci', 'fix: build', { after: { '.github/workflows/a.yml': 'x\n' } }],
    ['ci', 'ci: cache', { after: { '.github/workflows/a.yml': 'x\n', 'scripts/cache.sh': 'x\n' } }],
    [
      'deps',
      'chore: update',
      {
        before: { 'requirements.txt': 'a==1\n' },
        after: { 'requirements.txt': 'a==2\n' },
      },
    ],
    ['feature', 'wip', { after: { 'src/new.py': 'x = 1\n' } }],
    // Nothing but the ends of lines changes: no documentation.
    ['chore', 'normalise', { before: { 'src/a.py': 'x = 1\r\ny = 2\r\n' }, after: { 'src/a.py': 'x = 1\ny = 2\n' } }],
    ['docs', 'explain', { before: { 'src/a.py': 'x = 1\r\n' }, after: { 'src/a.py': '# one\nx = 1\n' } }],
    ['chore', 'Add .gitignore', { after: { '.gitignore': 'dist/\n' } }],
    // A message cannot make code into something harmless.
    ['bugfix', 'docs: words', code],
    ['bugfix', 'test: words', code],
    ['bugfix', 'ci: words', code],
  ])('%s: %s', async (expected, message, change) => {
    expect(await typeOf(message, change)).toBe(expected);
  });
});

test('another repository at a newer commit is a dependency, whatever the message says', async () => {
  const { inspectChange } = await import('../../../src/change/inspect.ts');
  const diffText =
    'diff --git a/lib/parts b/lib/parts\nindex 1111111..2222222 160000\n--- a/lib/parts\n+++ b/lib/parts\n@@ -1 +1 @@\n-Subproject commit 1111111111111111111111111111111111111111\n+Subproject commit 2222222222222222222222222222222222222222\n';
  const { change_type, facts } = await inspectChange({ diffText, commitMessages: 'bump' });
  expect({ change_type, dependencies: facts.dependency_changes }).toEqual({ change_type: 'deps', dependencies: true });
});

describe('a lock file', () => {
  const lock = (version: string) => `{\n  "name": "shop",\n  "version": "${version}",\n  "lockfileVersion": 3\n}\n`;
  test('with the project’s own version changes no dependency', async () => {
    const { facts } = await inspectInput({
      before: { 'package-lock.json': lock('1.0.0') },
      after: { 'package-lock.json': lock('1.0.1') },
    });
    expect(facts.dependency_changes).toBe(false);
  });
  test('of a crate: its own version is none, another’s is', async () => {
    const cargo = (own: string, other: string) =>
      `[[package]]\nname = "serde"\nversion = "${other}"\nsource = "registry+x"\n\n[[package]]\nname = "shop"\nversion = "${own}"\ndependencies = [\n "serde",\n]\n`;
    const judge = async (before: string, after: string) =>
      (await inspectInput({ before: { 'Cargo.lock': before }, after: { 'Cargo.lock': after } })).facts
        .dependency_changes;
    expect(await judge(cargo('1.0.0', '1.0.1'), cargo('1.0.1', '1.0.1'))).toBe(false);
    expect(await judge(cargo('1.0.0', '1.0.1'), cargo('1.0.0', '1.0.2'))).toBe(true);
  });
});

describe('where a file stands', () => {
  test.each([
    ['tests_only', true, 'src/androidTest/java/shop/OrderScreen.kt'],
    ['tests_only', true, 'Shop.Tests/Orders.cs'],
    ['tests_only', true, 'spec/support/helpers.rb'],
    ['tests_only', false, 'specs/openapi.yaml'],
    ['docs_only', true, 'docs/_static/custom.css'],
    ['docs_only', true, 'mkdocs.yml'],
    ['docs_only', true, 'shop_config.5'],
    ['docs_only', false, 'lib/libshop.so.1'],
    ['docs_only', false, 'bin/python3.8'],
    ['docs_only', true, '_sources/faq.txt'],
    ['tests_only', true, 'features/login.feature'],
    ['tests_only', true, 'acceptance/tests/install.rb'],
    ['docs_only', true, 'acceptance/README.md'],
    ['tests_only', false, 'acceptance/README.md'],
    ['docs_only', true, 'tests/integration/README'],
    ['docs_only', false, 'tests/fixtures/README.md'],
    ['tests_only', true, 'tests/fixtures/README.md'],
    ['docs_only', false, 'test/readme.rb'],
    ['tests_only', false, 'lib/specs/registry.rb'],
    ['ci_or_infra_changes', true, 'src/ci/docker/run.sh'],
    ['tests_only', false, '.buildkite/pipelines/flaky_tests/pipeline.sh'],
    ['ci_or_infra_changes', true, '.buildkite/pipelines/flaky_tests/pipeline.sh'],
    ['tests_only', true, 'regress/percent.sh'],
    ['tests_only', true, 'fuzzing/fuzz_orders.c'],
    ['tests_only', false, 'src/fuzz/engine.c'],
    ['docs_only', false, 'docs/_ext/link.py'],
    ['ci_or_infra_changes', true, 'deploy/nginx.conf'],
    ['ci_or_infra_changes', true, 'charts/shop/values.yaml'],
    ['ci_or_infra_changes', false, 'src/prometheus.go'],
    ['ci_or_infra_changes', false, 'src/infrastructure/appsettings.json'],
    ['dependency_changes', true, 'environment.yml'],
  ] as const)('%s %s: %s', async (fact, expected, path) => {
    const { facts } = await inspectInput({ after: { [path]: 'name: x\ndependencies:\n  - numpy=2.0\n' } });
    expect(facts[fact]).toBe(expected);
  });
});
