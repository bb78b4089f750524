import { changes, edits, type LabelledCase } from './labelled-case.ts';

const GEM = { 'till.gemspec': 'Gem::Specification.new { |s| s.name = "till" }\n' };
const RUBY = `module Till
  class Drawer
    attr_reader :name, :coins

    def initialize(name, coins: [])
      @name = name
    end

    def add(coin, times: 1)
      store(coin)
    end

    def self.open(path) = new(path)

    private

    def store(coin)
      @coins << coin
    end
  end
end
`;

const RUBY_CASES: readonly LabelledCase[] = [
  edits(
    'Ruby gem: a method gone',
    true,
    'lib/till/drawer.rb',
    RUBY,
    RUBY.replace('def self.open(path)', 'def self.load(path)'),
    GEM,
  ),
  edits('Ruby gem: a keyword renamed', true, 'lib/till/drawer.rb', RUBY, RUBY.replace('times: 1', 'count: 1'), GEM),
  edits('Ruby gem: a reader gone', true, 'lib/till/drawer.rb', RUBY, RUBY.replace(':name, :coins', ':name'), GEM),
  edits(
    'Ruby gem: a private method gone',
    false,
    'lib/till/drawer.rb',
    RUBY,
    RUBY.replace('def store(coin)', 'def keep(coin, twice)'),
    GEM,
  ),
  edits(
    'Ruby gem: an old name kept as an alias',
    false,
    'lib/till/drawer.rb',
    RUBY,
    RUBY.replace('def add(coin, times: 1)', 'def put(coin, times: 1)').replace(
      '    def self.open',
      '    alias_method :add, :put\n\n    def self.open',
    ),
    GEM,
  ),
  edits(
    'Ruby program without a gemspec',
    false,
    'lib/till/drawer.rb',
    RUBY,
    RUBY.replace('def self.open(path)', 'def self.load(path)'),
  ),
];

const COMPOSER = { 'composer.json': '{ "name": "example/till", "type": "library" }' };
const PHP = `<?php

namespace Till;

final class Drawer
{
    public const LIMIT = 10;

    private int $count = 0;

    public function add(Coin $coin, int $times = 1): void
    {
        $this->keep($coin);
    }

    protected function keep(Coin $coin): void
    {
    }

    private function log(string $text): void
    {
    }
}
`;

const PHP_CASES: readonly LabelledCase[] = [
  edits(
    'PHP library: a method needs one more argument',
    true,
    'src/Drawer.php',
    PHP,
    PHP.replace('int $times = 1', 'int $times'),
    COMPOSER,
  ),
  edits(
    'PHP library: a method takes another type',
    true,
    'src/Drawer.php',
    PHP,
    PHP.replace('add(Coin $coin', 'add(Money $coin'),
    COMPOSER,
  ),
  edits(
    'PHP library: a public constant gone',
    true,
    'src/Drawer.php',
    PHP,
    PHP.replace('public const LIMIT', 'private const LIMIT'),
    COMPOSER,
  ),
  edits(
    'PHP library: a type widened to a union',
    false,
    'src/Drawer.php',
    PHP,
    PHP.replace('add(Coin $coin', 'add(Coin|string $coin'),
    COMPOSER,
  ),
  edits(
    'PHP library: a private method changed',
    false,
    'src/Drawer.php',
    PHP,
    PHP.replace('log(string $text)', 'log(string $text, int $level)'),
    COMPOSER,
  ),
  edits('PHP project: a method gone', false, 'src/Drawer.php', PHP, PHP.replace('function add(', 'function put('), {
    'composer.json': '{ "name": "example/shop", "type": "project" }',
  }),
  edits(
    'PHP library: a method that its comment calls internal',
    false,
    'src/Drawer.php',
    PHP.replace('    public function add', '    /** @internal */\n    public function add'),
    PHP.replace('function add(', 'function put('),
    COMPOSER,
  ),
];

const MIX = { 'mix.exs': 'defmodule Till.MixProject do\n  def project, do: [app: :till, package: package()]\nend\n' };
const ELIXIR = `defmodule Till do
  @moduledoc "Drawers."

  def open(name, opts \\\\ []), do: {name, opts}

  @doc false
  def __inner__(x), do: x

  defp keep(x), do: x
end
`;

const ELIXIR_CASES: readonly LabelledCase[] = [
  edits(
    'Hex package: a function no longer takes what it took',
    true,
    'lib/till.ex',
    ELIXIR,
    ELIXIR.replace('open(name, opts \\\\ [])', 'open(name, opts)'),
    MIX,
  ),
  edits(
    'Hex package: what is hidden from the documents',
    false,
    'lib/till.ex',
    ELIXIR,
    ELIXIR.replace('__inner__(x)', '__inner__(x, _y)').replace('keep(x)', 'store(x)'),
    MIX,
  ),
];

const SETUP = { 'pyproject.toml': '[build-system]\nrequires = ["hatchling"]\n\n[project]\nname = "till"\n' };
const PY_MODULE = `import json

LIMIT = 10


class Drawer:
    def add(self, coin, *, times=1):
        return _keep(coin)


def load(path, strict=False):
    return json.loads(path)


def _keep(coin):
    return coin
`;

const PYTHON: readonly LabelledCase[] = [
  edits(
    'Python distribution of plain modules: a function gone',
    true,
    'till/drawers.py',
    PY_MODULE,
    PY_MODULE.replace('def load(', 'def read('),
    { ...SETUP, 'till/__init__.py': '' },
  ),
  edits(
    'Python: an old name kept',
    false,
    'till/drawers.py',
    PY_MODULE,
    PY_MODULE.replace('def load(', 'def read(') + '\n\nload = read\n',
    { ...SETUP, 'till/__init__.py': '' },
  ),
  edits(
    'Python: a module behind the interface of its package',
    false,
    'till/drawers.py',
    PY_MODULE,
    PY_MODULE.replace('def load(', 'def read('),
    { ...SETUP, 'till/__init__.py': 'from .drawers import Drawer\n' },
  ),
  edits(
    'Python: a name that a package below passes on',
    true,
    'till/sub/core.py',
    PY_MODULE,
    PY_MODULE.replace('times=1', 'count=1'),
    { ...SETUP, 'till/__init__.py': '', 'till/sub/__init__.py': 'from till.sub.core import Drawer\n' },
  ),
  edits(
    'Python: imports of a module changed',
    false,
    'till/drawers.py',
    PY_MODULE,
    PY_MODULE.replace('import json', 'from json import loads').replace('json.loads', 'loads'),
    { ...SETUP, 'till/__init__.py': '' },
  ),
  edits('Python program', false, 'till/drawers.py', PY_MODULE, PY_MODULE.replace('def load(', 'def read('), {
    'pyproject.toml': '[project]\nname = "till"\n[project.scripts]\ntill = "till:main"\n',
    'till/__init__.py': '',
  }),
];

const NPM = {
  'package.json': '{ "name": "till", "main": "dist/index.js", "types": "dist/index.d.ts" }',
  'src/index.ts': "export * from './drawer';\nimport { lock } from './lock';\nexport { lock };\n",
};
const TS_DRAWER = `export interface DrawerOptions {
  name?: string;
  size: number;
}

export type Side = 'left' | 'right';

export enum Coin {
  One = 1,
  Two = 2,
}

export default class Till {
  readonly open: boolean = false;
  private count = 0;
}
`;

const SCRIPT: readonly LabelledCase[] = [
  edits(
    'npm: an option gone from an exported type',
    true,
    'src/drawer.ts',
    TS_DRAWER,
    TS_DRAWER.replace('  name?: string;\n', ''),
    NPM,
  ),
  edits('npm: an option must be given now', true, 'src/drawer.ts', TS_DRAWER, TS_DRAWER.replace('name?', 'name'), NPM),
  edits(
    'npm: a value of a list of texts gone',
    true,
    'src/drawer.ts',
    TS_DRAWER,
    TS_DRAWER.replace(" | 'right'", ''),
    NPM,
  ),
  edits('npm: a member of an enum gone', true, 'src/drawer.ts', TS_DRAWER, TS_DRAWER.replace('  Two = 2,\n', ''), NPM),
  edits(
    'npm: what the entry takes in and passes on',
    true,
    'src/lock.ts',
    'export function lock(key: string): void {}\n',
    'export function lock(key: string, times: number): void {}\n',
    NPM,
  ),
  edits(
    'npm: an option added, a private member gone, values in another order',
    false,
    'src/drawer.ts',
    TS_DRAWER,
    TS_DRAWER.replace('  name?: string;\n', '  name?: string;\n  colour?: string;\n')
      .replace('  private count = 0;\n', '')
      .replace("'left' | 'right'", "'right' | 'left'"),
    NPM,
  ),
  changes(
    'npm: an override goes, and the class has the method from the one that it extends',
    false,
    { 'src/drawer.ts': 'export class Drawer extends Box {\n  open(): void {}\n}\n' },
    { 'src/drawer.ts': 'export class Drawer extends Box {\n  size = 1;\n}\n' },
    { ...NPM, 'src/box.ts': 'export class Box {\n  open(): void {}\n}\n' },
  ),
  changes(
    'npm: a method goes that the class had itself',
    true,
    { 'src/drawer.ts': 'export class Drawer extends Box {\n  open(): void {}\n}\n' },
    { 'src/drawer.ts': 'export class Drawer extends Box {\n  size = 1;\n}\n' },
    { ...NPM, 'src/box.ts': 'export class Box {\n  shut(): void {}\n}\n' },
  ),
  edits(
    'npm: an entry in a folder whose package.json only says how its files are loaded',
    true,
    'lock/index.ts',
    'export function lock(): void {}\n',
    'export function bolt(): void {}\n',
    {
      'package.json': '{ "name": "till", "exports": { "./lock": "./dist/lock/index.js" } }',
      'lock/package.json': '{ "type": "module", "main": "../dist/lock/index.js" }',
    },
  ),
];

/** Libraries of Ruby, PHP, Elixir, Python and npm. */
export const CONTRACT_SCRIPTED: readonly LabelledCase[] = [
  ...RUBY_CASES,
  ...PHP_CASES,
  ...ELIXIR_CASES,
  ...PYTHON,
  ...SCRIPT,
];
