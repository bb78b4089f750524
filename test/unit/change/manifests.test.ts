import { describe, expect, test } from 'vitest';
import { inspectInput } from './make-change.ts';

const dependencies = async (path: string, before: string, after: string) =>
  (await inspectInput({ before: { [path]: before }, after: { [path]: after } })).facts.dependency_changes;

const POM =
  '<project><version>1</version><properties><java.version>17</java.version><parts.version>1.0</parts.version></properties></project>\n';
const CHART = 'name: shop\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 18.0.0\n';

describe('what else says what is installed', () => {
  test.each([
    ['homeassistant/package_constraints.txt', 'parts==1\n', 'parts==2\n'],
    ['pom.xml', POM, POM.replace('1.0<', '1.1<')],
    ['gradle.properties', 'coroutinesVersion=1.7\n', 'coroutinesVersion=1.8\n'],
    ['pnpm-workspace.yaml', 'catalog:\n  react: ^18.2.0\n', 'catalog:\n  react: ^19.0.0\n'],
    [
      'Package.swift',
      '.package(url: "https://a.example/nio.git", from: "2.5.0"),\n',
      '.package(url: "https://a.example/nio.git", from: "2.6.0"),\n',
    ],
    [
      'flake.nix',
      '{\n  inputs.nixpkgs.url = "github:NixOS/nixpkgs/a";\n}\n',
      '{\n  inputs.nixpkgs.url = "github:NixOS/nixpkgs/b";\n}\n',
    ],
    [
      'MODULE.bazel',
      'bazel_dep(name = "rules_go", version = "0.41.0")\n',
      'bazel_dep(name = "rules_go", version = "0.46.0")\n',
    ],
    ['rebar.config', '{deps, [{cowboy, "2.9.0"}]}.\n', '{deps, [{cowboy, "2.12.0"}]}.\n'],
    ['vcpkg.json', '{"dependencies":["zlib"]}\n', '{"dependencies":["zlib","fmt"]}\n'],
    [
      'shop.cabal',
      '  build-depends:\n      base\n    , aeson >=2.1 && <2.2\n',
      '  build-depends:\n      base\n    , aeson >=2.1 && <2.3\n',
    ],
    ['Podfile', "pod 'Parts', '~> 5.6'\n", "pod 'Parts', '~> 5.8'\n"],
    ['chart/Chart.yaml', CHART, CHART.replace('18.0.0', '19.0.0')],
    // A bracket within a string ends no list
    [
      'pyproject.toml',
      '[project]\ndependencies = [\n  "web[all]",\n]\n',
      '[project]\ndependencies = [\n  "web[all]",\n  "rich",\n]\n',
    ],
    [
      'Cargo.toml',
      '[dependencies]\nweb = { version = "1", features = [\n  "a",\n] }\n',
      '[dependencies]\nweb = { version = "1", features = [\n  "a",\n  "b",\n] }\n',
    ],
    [
      'pom.xml',
      '<project><dependency><artifactId>a</artifactId><groupId>g</groupId><version>1</version></dependency></project>\n',
      '<project><dependency><artifactId>a</artifactId><groupId>g</groupId><version>2</version></dependency></project>\n',
    ],
    [
      'pom.xml',
      '<project><dependency><groupId>g</groupId><!-- web --><artifactId>a</artifactId><version>1</version></dependency></project>\n',
      '<project><dependency><groupId>g</groupId><!-- web --><artifactId>a</artifactId><version>2</version></dependency></project>\n',
    ],
    ['app/build.gradle', "debugImplementation 'g:a:1'\n", "debugImplementation 'g:a:2'\n"],
    [
      'gradle/wrapper/gradle-wrapper.properties',
      'distributionUrl=https\\://a.example/gradle-8.5-bin.zip\n',
      'distributionUrl=https\\://a.example/gradle-8.6-bin.zip\n',
    ],
    [
      'a.csproj',
      '<PackageReference Include="A">\n<Version>1</Version>\n</PackageReference>\n',
      '<PackageReference Include="A">\n<Version>2</Version>\n</PackageReference>\n',
    ],
    ['.config/dotnet-tools.json', '{"tools":{"a":{"version":"1"}}}\n', '{"tools":{"a":{"version":"2"}}}\n'],
    ['Gemfile', "source 'https://gems.example'\ngem 'rails'\n", "source 'https://other.example'\ngem 'rails'\n"],
    [
      'live/terragrunt.hcl',
      'terraform {\n  source = "git::a//vpc?ref=1"\n}\n',
      'terraform {\n  source = "git::a//vpc?ref=2"\n}\n',
    ],
    ['.pre-commit-config.yaml', 'repos:\n- repo: a\n  rev: 1\n', 'repos:\n- repo: a\n  rev: 2\n'],
  ])('true: %s', async (path, before, after) => {
    expect(await dependencies(path, before, after)).toBe(true);
  });
  test.each([
    ['pom.xml', POM, POM.replace('>1<', '>2<').replace('17', '21')],
    ['gradle.properties', 'version=1.0\norg.gradle.jvmargs=-Xmx2g\n', 'version=1.1\norg.gradle.jvmargs=-Xmx4g\n'],
    ['pnpm-workspace.yaml', "packages:\n  - 'apps/*'\n", "packages:\n  - 'apps/*'\n  - 'tools/*'\n"],
    ['vcpkg.json', '{"version":"1","dependencies":["zlib"]}\n', '{"version":"2","dependencies":["zlib"]}\n'],
    ['chart/Chart.yaml', CHART, CHART.replace('1.0.0', '1.0.1')],
  ])('false, only the project itself: %s', async (path, before, after) => {
    expect(await dependencies(path, before, after)).toBe(false);
  });
});
