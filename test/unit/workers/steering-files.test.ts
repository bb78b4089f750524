import { describe, expect, it } from 'vitest';
import { steeringFiles } from '../../../src/workers/test-gen/steering-files.ts';

const NODE = { command: ['npm', 'test', '--', '{file}'] };
const PYTHON = { command: ['python3', '-m', 'pytest', '--junitxml=report.xml', '{file}'] };

describe('files of a change that decide how its tests are run', () => {
  it.each([
    'conftest.py',
    'tests/unit/conftest.py',
    'pytest.ini',
    '.pytest.ini',
    'tox.ini',
    'setup.cfg',
    'pyproject.toml',
    'sitecustomize.py',
    'src/usercustomize.py',
    'lib/hooks.pth',
    'pytest.py',
    'pytest/__init__.py',
    '_pytest/main.py',
    'unittest/case.py',
    'plugin.egg-info/entry_points.txt',
    'package.json',
    'packages/shop/package.json',
    '.npmrc',
    '.mocharc.cjs',
    'vitest.config.mts',
    'vitest.workspace.ts',
    'jest.config.js',
    'babel.config.js',
    'tsconfig.test.json',
    '.env.test',
    '.pnp.cjs',
    'node_modules/.bin/vitest',
    'node_modules/tap/index.js',
    'packages/a/node_modules/x/index.js',
    'Makefile',
    'vendor/bundle/x.rb',
    'spec/spec_helper.rb',
    'build.gradle.kts',
    'go.mod',
  ])('%s', (path) => {
    expect(steeringFiles([path, 'src/cart.js'], NODE)).toEqual([path]);
  });

  it.each([
    [['./script/test.sh', '{file}'], 'script/test.sh'],
    [['node', '--import=./test/hooks.mjs', '--test', '{file}'], 'test/hooks.mjs'],
    [['node', '--import', './test/hooks.mjs', '--test', '{file}'], 'test/hooks.mjs'],
    [['mocha', '-r', './test/setup', '{file}'], 'test/setup.ts'],
    [['python3', '-m', 'tools.runner', '{file}'], 'tools/runner.py'],
    [['python3', '-m', 'tools.runner', '{file}'], 'tools/runner/__main__.py'],
  ])('what the command %j names: %s', (command, path) => {
    expect(steeringFiles([path], { command })).toEqual([path]);
  });

  it('also where only the command that loads a test names it', () => {
    expect(steeringFiles(['script/load.sh'], { ...NODE, collect_command: ['script/load.sh', '{file}'] })).toEqual([
      'script/load.sh',
    ]);
  });

  it('leaves out what a change ordinarily brings', () => {
    const ordinary = [
      'src/cart.js',
      'src/env.js',
      'test/cart.test.js',
      'tests/test_cart.py',
      'docs/npm.md',
      'src/package.ts',
      'test.js',
    ];
    expect(steeringFiles(ordinary.slice(0, -1), NODE)).toEqual([]);
    expect(steeringFiles(ordinary, PYTHON)).toEqual([]);
  });

  it('says each once', () => {
    expect(steeringFiles(['package.json', '.npmrc', 'package.json'], NODE)).toEqual(['.npmrc', 'package.json']);
  });
});
