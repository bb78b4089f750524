import { describe, expect, test } from 'vitest';
import { type LockReason, readLockReasons } from '../../../src/change/lock-rules.ts';
import { parseDiff } from '../../../src/change/parse-diff.ts';

/** What becomes of one changed lock file; `lines` with their signs. */
async function reasonOf(
  path: string,
  lines: readonly string[],
  base: Readonly<Record<string, string>>,
): Promise<LockReason | null> {
  const olds = lines.filter((line) => line[0] !== '+').length;
  const news = lines.filter((line) => line[0] !== '-').length;
  const head = `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n`;
  const { files } = parseDiff(`${head}@@ -1,${olds} +1,${news} @@\n${lines.map((line) => `${line}\n`).join('')}`);
  const readBase = async (name: string) => base[name] ?? null;
  return (await readLockReasons(files, { basePaths: Object.keys(base), readBase }))(path);
}

const NPM = { 'package.json': '{}', 'package-lock.json': '' };
const npm = (name: string, url: string) => [
  ' {',
  `+  "node_modules/${name}": {`,
  '+    "version": "1.0.0",',
  `+    "resolved": "${url}",`,
  '+    "integrity": "sha512-abc=="',
  '+  }',
];

describe('a lock file is left out only where the base bears it out', () => {
  test.each<[string, string, string[], Readonly<Record<string, string>>]>([
    ['npm', 'package-lock.json', npm('lodash', 'https://registry.npmjs.org/lodash/-/lodash-1.0.0.tgz'), NPM],
    ['npm with a scope', 'package-lock.json', npm('@a/b', 'https://registry.npmjs.org/@a/b/-/b-1.0.0.tgz'), NPM],
    [
      'a new version',
      'package-lock.json',
      [
        '-  "resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz",',
        '+  "resolved": "https://registry.npmjs.org/x/-/x-1.1.0.tgz",',
      ],
      NPM,
    ],
    [
      'a registry that the base names',
      'package-lock.json',
      npm('own', 'https://npm.acme.io/own/-/own-1.0.0.tgz'),
      { ...NPM, '.npmrc': 'registry=https://npm.acme.io/\n' },
    ],
    [
      'the first one beside its manifest',
      'web/yarn.lock',
      [
        '+left-pad@^1.3.0:',
        '+  version "1.3.0"',
        '+  resolved "https://registry.yarnpkg.com/left-pad/-/left-pad-1.3.0.tgz#5b8a"',
      ],
      { 'web/package.json': '{}' },
    ],
    [
      'yarn of now',
      'yarn.lock',
      ['+"a@npm:^1, a@npm:^1.2":', '+  conditions: os=darwin & cpu=arm64'],
      { 'yarn.lock': '' },
    ],
    [
      'pnpm',
      'pnpm-lock.yaml',
      ['+  react-dom@18.2.0(react@18.2.0):', "+  '@a/b@1.0.0(c@2.0.0(d@3.0.0))':"],
      { 'pnpm-lock.yaml': '' },
    ],
    [
      'Bundler',
      'Gemfile.lock',
      ['+    rails (7.0.4)', '+      rack (>= 2.2.4, < 4)', '+  remote: https://rubygems.org/'],
      { 'Gemfile.lock': '' },
    ],
    [
      'Go',
      'go.sum',
      ['+golang.org/x/net v0.1.0 h1:abc/def+ghi=', '+golang.org/x/net v0.1.0/go.mod h1:abc='],
      { 'go.mod': '' },
    ],
    [
      'Cargo',
      'Cargo.lock',
      [
        '+[[package]]',
        '+source = "registry+https://github.com/rust-lang/crates.io-index"',
        '+dependencies = [',
        '+ "serde",',
      ],
      { 'Cargo.lock': '' },
    ],
    [
      'Poetry',
      'poetry.lock',
      [
        '+markers = "python_version < \\"3.8\\" or (sys_platform == \'win32\')"',
        '+    {file = "a-1.whl", hash = "sha256:0f"},',
      ],
      { 'poetry.lock': '' },
    ],
    [
      'Mix',
      'mix.lock',
      [
        '+  "jason": {:hex, :jason, "1.4.0", "abc", [:mix], [{:decimal, "~> 1.0 or ~> 2.0", [hex: :decimal]}], "hexpm", "d"},',
      ],
      { 'mix.lock': '' },
    ],
    [
      'a package from a host that it came from before',
      'composer.lock',
      [
        '-  "url": "https://api.github.com/repos/a/b/zipball/1"',
        '+  "url": "https://api.github.com/repos/a/b/zipball/2"',
      ],
      { 'composer.lock': '' },
    ],
  ])('%s', async (_what, path, lines, base) => {
    expect(await reasonOf(path, lines, base)).toBe('lock_file');
  });

  test.each<[string, string, string[], Readonly<Record<string, string>>]>([
    ['another host', 'package-lock.json', npm('lodash', 'https://evil.example.net/lodash/-/lodash-1.0.0.tgz'), NPM],
    [
      'another package',
      'package-lock.json',
      npm('lodash', 'https://registry.npmjs.org/lodahs/-/lodahs-1.0.0.tgz'),
      NPM,
    ],
    ['a repository', 'package-lock.json', npm('lodash', 'git+ssh://git@github.com/evil/lodash.git#abc'), NPM],
    [
      'a host that only begins like one',
      'package-lock.json',
      npm('x', 'https://registry.npmjs.org.evil.net/x/-/x-1.tgz'),
      NPM,
    ],
    [
      'a user that looks like a host',
      'package-lock.json',
      npm('x', 'https://registry.npmjs.org@evil.net/x/-/x-1.tgz'),
      NPM,
    ],
    ['a remote', 'Gemfile.lock', ['+  remote: https://gems.evil.net/'], { 'Gemfile.lock': '' }],
  ])('what comes from elsewhere asks for a person: %s', async (_what, path, lines, base) => {
    expect(await reasonOf(path, lines, base)).toBe('lock_source');
  });

  test.each<[string, string, string[], Readonly<Record<string, string>>]>([
    ['where nothing is locked', 'src/yarn.lock', ['+version "1"'], { 'package.json': '' }],
    ['a call', 'yarn.lock', ['+require("child_process").execSync("id")'], { 'yarn.lock': '' }],
    ['a call by a name', 'yarn.lock', ['+run(process.env.X)'], { 'yarn.lock': '' }],
    ['a call of nothing', 'poetry.lock', ['+start()'], { 'poetry.lock': '' }],
    ['a template', 'Gemfile.lock', ['+x = `id`'], { 'Gemfile.lock': '' }],
    ['two statements', 'go.sum', ['+a = 1; b'], { 'go.sum': '' }],
    ['a function', 'bun.lock', ['+"a": () => 1'], { 'bun.lock': '' }],
  ])('what is only called so is read like any other file: %s', async (_what, path, lines, base) => {
    expect(await reasonOf(path, lines, base)).toBeNull();
  });

  test('a file that was another one before', async () => {
    const head =
      'diff --git a/src/evil.js b/yarn.lock\nsimilarity index 90%\nrename from src/evil.js\nrename to yarn.lock\n';
    const { files } = parseDiff(`${head}--- a/src/evil.js\n+++ b/yarn.lock\n@@ -1 +1,2 @@\n a\n+version "1"\n`);
    const readBase = async () => null;
    const basePaths = ['package.json', 'src/evil.js'];
    expect((await readLockReasons(files, { basePaths, readBase }))('yarn.lock')).toBeNull();
  });
});
