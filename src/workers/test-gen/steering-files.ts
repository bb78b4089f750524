import { basename } from 'node:path/posix';
import type { TestSettings } from '../../config/schema.ts';

/** Files that a runner, an interpreter or a package manager reads by itself, whichever test it is given. */
const STEERING_NAMES = new RegExp(
  `^(?:${[
    // Python: hooks, settings, and what an interpreter imports on its own
    'conftest\\.py|\\.?pytest\\.(?:ini|toml)|tox\\.ini|setup\\.(?:cfg|py)|pyproject\\.toml|noxfile\\.py|\\.coveragerc',
    '(?:sitecustomize|usercustomize|pytest|_pytest|py|pluggy|unittest|nose2?)\\.py|.*\\.pth|pyvenv\\.cfg|entry_points\\.txt',
    // JavaScript: scripts, loaders, settings of runners and compilers
    'package\\.json|\\.npmrc|\\.yarnrc(?:\\.yml)?|\\.pnp\\.[cm]?js|\\.pnp\\.loader\\.mjs|\\.pnpmfile\\.[cm]?js|pnpm-workspace\\.yaml|bunfig\\.toml|deno\\.jsonc?',
    '(?:jest|vitest|vite|ava|karma|mocha|wdio|playwright|cypress|babel|swc|nyc|c8|tsup|web-test-runner|node)\\.(?:config|conf|setup|workspace)\\..*|node\\.config\\.json',
    '\\.(?:mocharc|taprc|nycrc|c8rc|babelrc|swcrc|jasmine|tapeout)(?:\\..*)?|jasmine\\.m?js(?:on)?|[tj]sconfig(?:\\..*)?\\.json',
    // Others
    '\\.env(?:\\..*)?|\\.envrc|\\.tool-versions|\\.node-version|\\.nvmrc|\\.python-version|mise\\.toml|\\.mise\\.toml',
    '(?:GNU)?makefile|.*\\.mk|justfile|Taskfile\\.ya?ml|Rakefile|Gemfile|\\.rspec|(?:spec|rails|test)_helper\\.rb|phpunit\\.xml(?:\\.dist)?|composer\\.json',
    'pom\\.xml|build\\.gradle(?:\\.kts)?|settings\\.gradle(?:\\.kts)?|gradle\\.properties|init\\.gradle|build\\.sbt|Cargo\\.toml|build\\.rs|go\\.(?:mod|work)|.*\\.(?:csproj|runsettings|props|targets)|mix\\.exs|test_helper\\.exs|dune-project',
  ].join('|')})$`,
  'i',
);

/** Directories whose files stand in place of installed programs and packages. */
const STEERING_DIRECTORIES =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|\.venv|venv|\.yarn|\.cargo|\.mvn|\.gradle|\.bundle|\.husky|__pycache__|vendor|_?pytest|unittest)\//i;

/**
 * The changed files that decide how the tests of this change are run: settings, hooks and stand-ins of runners, and what
 * the service's own command names. With one of them the change says itself what passes, and a green run proves nothing.
 * Pure; a name too many costs a person a look, one too few lets the change judge itself.
 */
export function steeringFiles(
  paths: readonly string[],
  tests: Pick<TestSettings, 'command' | 'collect_command'>,
): string[] {
  const commands = [tests.command, tests.collect_command ?? []];
  const steers = (path: string) =>
    STEERING_NAMES.test(basename(path)) ||
    STEERING_DIRECTORIES.test(path) ||
    commands.some((words) => words.some((word, at) => isNamed(word, words[at - 1], path)));
  return [...new Set(paths)].filter(steers).toSorted();
}

/** `./script/test.sh`, `--import=./hooks.mjs`, `-r hooks`, and for `python -m runner` a `runner.py` or `runner/` beside it. */
function isNamed(word: string, before: string | undefined, path: string): boolean {
  if (word.includes('{file}')) return false;
  const named = word.replace(/^-{1,2}[\w-]+=/, '').replace(/^(?:\.\/)+/, '');
  if (named.length < 2 || named.startsWith('-')) return false;
  const module = named.replaceAll('.', '/');
  if (before === '-m' && (path === module || path.startsWith(`${module}/`))) return true;
  return path === named || path.replace(/\.[^./]+$/, '') === module;
}
