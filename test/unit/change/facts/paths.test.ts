import { describe, expect, test } from 'vitest';
import { inspectInput } from '../make-change.ts';

const factsOf = async (path: string, before = 'one\ntwo\n', after = 'one\n2\n') =>
  (await inspectInput({ before: { [path]: before }, after: { [path]: after } })).facts;

describe('ci_or_infra_changes by name and place', () => {
  test.each([
    '.mergify.yml',
    '.zuul.yaml',
    '.azuredevops/pipelines/build.yml',
    '.pipelines/pr.yml',
    '.gitlab/tags.sh',
    'bamboo-specs/plan.yml',
    'eng/pipelines/all.yml',
    'tools/jenkins_build.ps1',
    '.goreleaser.yml',
    'docker/shop/Dockerfile-alpine',
    'docker-compose-prod.yml',
    'docker/entrypoint.sh',
    'docker/events/users.xml',
    '.ebextensions/01_users.config',
    'config/deploy.yml',
    'config/deploy/production.rb',
    'nomad/shop.nomad',
    'roles/shop/tasks/main.yml',
    'salt/shop/init.sls',
    'nixos/shop.nix',
    'etc/nginx/sites-available/shop.conf',
    'monitoring/alerts.yml',
    'overlays/production/patch.yaml',
    'deploy/values-production.yaml',
  ])('true: %s', async (path) => {
    expect((await factsOf(path)).ci_or_infra_changes).toBe(true);
  });
  test.each([
    'packages/api/src/deployments/schema.json',
    'web/src/infrastructure/config.json',
    'public/deploy/en.json',
    'config/app.yaml',
    'src/main/resources/app.yaml',
    'i18n/values.yaml',
    'src/nginx/parser.ts',
    'src/containers/Home.tsx',
    'packages/charts/package.json',
    'modules/inventory/api.yaml',
    '.github/FUNDING.yml',
  ])('false: %s', async (path) => {
    expect((await factsOf(path)).ci_or_infra_changes).toBe(false);
  });
});

describe('ci_or_infra_changes by what stands in a file', () => {
  test.each([
    ['operator/config/role.yaml', 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n'],
    ['stacks/queue.yaml', 'AWSTemplateFormatVersion: "2010-09-09"\nResources: {}\n'],
    ['setup/web.yml', '- hosts: web\n  roles:\n    - shop\n'],
    ['lib/shop-stack.ts', "import * as cdk from 'aws-cdk-lib';\n"],
    ['stack/app.py', 'from aws_cdk import App\n'],
    ['stack/main.go', 'import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"\n'],
  ])('true: %s', async (path, text) => {
    expect((await factsOf(path, text, `${text}# more\nx: 1\n`)).ci_or_infra_changes).toBe(true);
  });
  test.each([
    ['catalog-info.yaml', 'apiVersion: backstage.io/v1alpha1\nkind: Component\n'],
    ['src/hosts.yml', 'hosts: 3\nname: shop\n'],
    ['tests/role.yaml', 'apiVersion: v1\nkind: Role\n'],
    ['src/cdk.ts', "const kit = 'aws-cdk-lib';\n"],
  ])('false: %s', async (path, text) => {
    expect((await factsOf(path, text, `${text}# more\nx: 1\n`)).ci_or_infra_changes).toBe(false);
  });
});

describe('tests_only', () => {
  test.each([
    'ShopTests/Info.plist',
    'src/orders.test-d.ts',
    'src/orders_unittest.cc',
    'core/src/testFixtures/java/Orders.java',
    'core/src/it/java/Orders.java',
    'js/__test__/orders.js',
    'scripts/install.bats',
    'spec/orders_spec.lua',
    'spec/cassettes/orders.yml',
    'src/tests.rs',
    'src/parser_tests.rs',
    'src/orders_tests.erl',
    'Orders/OrdersTests.fs',
    'test.js',
    'orders_test.ts',
    'src/shop/orders_test.clj',
    'tests-integration/orders.py',
  ])('true: %s', async (path) => {
    expect((await factsOf(path)).tests_only).toBe(true);
  });
  test.each([
    'src/features/ab-test/assign.ts',
    'src/speed_test.ts',
    'src/features/support/api.ts',
    'spec/openapi.json',
    'app/models/test.rb',
    'src/latest/orders.go',
  ])('false: %s', async (path) => {
    expect((await factsOf(path)).tests_only).toBe(false);
  });
});

describe('docs_only', () => {
  test.each([
    'INSTALL',
    'HACKING',
    'COPYRIGHT',
    'README.rdoc',
    'docs/orders.textile',
    'lib/Orders.pod',
    'doc/manual.texi',
    'doc/sgml/config.sgml',
    'vignettes/orders.Rmd',
    'man/orders.Rd',
    'docs/locale/de/orders.po',
    'LICENSES/MIT.txt',
    'LICENSE-MIT',
    'NEWS-1.2',
    '.github/images/demo.gif',
    'screenshots/orders.png',
  ])('true: %s', async (path) => {
    expect((await factsOf(path)).docs_only).toBe(true);
  });
  test.each([
    'version.txt',
    'runtime.txt',
    'src/prompts/review.md',
    'app/views/mail/order.md',
    'src/history.c',
    'install.ps1',
    'src/security.vue',
    'src/locale/de.po',
  ])('false: %s', async (path) => {
    expect((await factsOf(path)).docs_only).toBe(false);
  });
});
