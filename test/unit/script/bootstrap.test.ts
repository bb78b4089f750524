import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

let root: string;
let checkout: string;
const REDIS = ['/usr/bin', '/usr/local/bin', '/usr/sbin'].flatMap((dir) => [
  `${dir}/redis-server`,
  `${dir}/valkey-server`,
]);
const MANAGERS = ['apt-get', 'dnf', 'apk', 'pacman'];

/** First on PATH: stands in for node, npm, sudo and the package managers of other machines. */
let programs: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-bootstrap-'));
  checkout = join(root, 'checkout');
  programs = join(root, 'programs');
  await Promise.all([
    mkdir(join(checkout, 'src'), { recursive: true }),
    mkdir(join(checkout, 'script'), { recursive: true }),
    mkdir(programs),
  ]);
  await cp(join(REPOSITORY, 'script/bootstrap'), join(checkout, 'script/bootstrap'));
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
    await writeFile(join(checkout, file), '{}\n');
  await writeFile(join(checkout, 'src/cli.ts'), 'export {};\n');
  for (const name of ['redis-server', 'git', 'bwrap', 'chromium']) await makeProgram(name, '');
  await makeProgram('node', '[ "$1" = --version ] && echo v22.1.0');
  // Installs a compiler that "compiles" by copying each source.
  const compiler = 'for f in src/*.ts; do cp "$f" dist/"$(basename "$f" .ts)".js; done';
  await makeProgram(
    'npm',
    `echo "npm $*" >>../calls; rm -rf node_modules; mkdir -p node_modules/.bin; printf '%s\\n' '#!/bin/sh' 'echo tsc >>../calls' 'grep -l BROKEN src/*.ts && exit 2' '${compiler}' >node_modules/.bin/tsc; chmod +x node_modules/.bin/tsc`,
  );
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function makeProgram(name: string, body: string): Promise<void> {
  await writeFile(join(programs, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(programs, name), 0o755);
}

type Result = { code: number; out: string; err: string };

const bootstrap = (...args: string[]) => run([join(checkout, 'script/bootstrap'), ...args]);

function run([command = '', ...args]: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    const env = { PATH: `${programs}:/usr/bin:/bin`, HOME: root };
    const child = execFile(command, args, { env, cwd: '/' }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** Runs it where the programs of this machine that it looks for cannot be executed, as a user without rights. */
async function bootstrapWithoutRedis(...managers: string[]): Promise<Result> {
  await rm(join(programs, 'redis-server'));
  await makeProgram('id', 'echo 1000');
  await makeProgram('sudo', 'exit 1');
  for (const manager of managers) await makeProgram(manager, 'echo "$0 $*" >>../calls');
  const hide = [...REDIS, ...MANAGERS.flatMap((name) => (managers.includes(name) ? [] : [`/usr/bin/${name}`]))];
  const masks = hide.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', '/dev/null', path]);
  return run(['/usr/bin/bwrap', '--dev-bind', '/', '/', ...masks, '--', join(checkout, 'script/bootstrap')]);
}

const calls = async () => (await readFile(join(root, 'calls'), 'utf8').catch(() => '')).trim().split('\n');
const SILENT = { code: 0, out: '', err: '' };

describe('script/bootstrap', () => {
  it('installs and builds in a fresh checkout, then has nothing to do and says nothing', async () => {
    expect(await bootstrap()).toEqual({
      code: 0,
      out: 'bootstrap: installing the npm packages (npm ci)\nbootstrap: building dist/\n',
      err: '',
    });
    expect(await bootstrap()).toEqual(SILENT);
    expect(await calls()).toEqual(['npm ci --ignore-scripts --include=dev --include=optional --no-progress', 'tsc']);
  });

  it('installs again when the lock file is another, and builds again with it', async () => {
    await bootstrap();
    await writeFile(join(checkout, 'package-lock.json'), '{"changed":true}\n');
    expect((await bootstrap()).out).toMatch(/npm ci[^]*building/);
    expect(await bootstrap()).toEqual(SILENT);
  });

  it('builds again when a source changed or went, and removes what belonged to one that is gone', async () => {
    await writeFile(join(checkout, 'src/old.ts'), 'export {};\n');
    await bootstrap();
    expect((await readdir(join(checkout, 'dist'))).sort()).toEqual(['.built-from', 'cli.js', 'old.js']);
    await rm(join(checkout, 'src/old.ts'));
    expect((await bootstrap()).out).toBe('bootstrap: building dist/\n');
    expect((await readdir(join(checkout, 'dist'))).sort()).toEqual(['.built-from', 'cli.js']);
    await writeFile(join(checkout, 'src/cli.ts'), 'export const changed = 1;\n');
    expect((await bootstrap()).out).toBe('bootstrap: building dist/\n');
    expect(await readFile(join(checkout, 'dist/cli.js'), 'utf8')).toContain('changed');
  });

  it('shows what a failed build said, and tries again the next time', async () => {
    await writeFile(join(checkout, 'src/cli.ts'), 'BROKEN\n');
    const failed = {
      code: 1,
      err: 'src/cli.ts\nbootstrap: the build (npx tsc -p tsconfig.build.json) failed; what it said is above.\n',
    };
    expect(await bootstrap()).toMatchObject(failed);
    expect(await bootstrap()).toMatchObject(failed);
    await writeFile(join(checkout, 'src/cli.ts'), 'export {};\n');
    expect((await bootstrap()).code).toBe(0);
  });

  it('does not take a failed install for done', async () => {
    await makeProgram('npm', 'mkdir -p node_modules; echo no network; exit 1');
    const failed = { code: 1, err: 'no network\nbootstrap: npm ci failed; what it said is above.\n' };
    expect(await bootstrap()).toMatchObject(failed);
    expect(await bootstrap()).toMatchObject(failed);
  });

  it.each(['v18.20.4', 'v20.18.3'])('refuses Node %s and says where to get another', async (version) => {
    await makeProgram('node', `echo ${version}`);
    const { code, err } = await bootstrap();
    expect(code).toBe(1);
    expect(err).toBe(
      `bootstrap: ${join(programs, 'node')} is ${version}, which is too old.\n` +
        'bootstrap: Install Node.js 20.19 or newer, with npm, from https://nodejs.org/en/download and run this again.\n',
    );
    expect(await calls()).toEqual(['']);
  });

  it.each(['v20.19.0', 'v24.0.0'])('accepts Node %s', async (version) => {
    await makeProgram('node', `echo ${version}`);
    expect((await bootstrap()).code).toBe(0);
  });

  it('takes the name of another need, and refuses one that it does not know', async () => {
    expect((await bootstrap('--with', 'chromium')).code).toBe(0);
    expect(await bootstrap('--with', 'chrome')).toMatchObject({
      code: 1,
      err: 'bootstrap: --with chrome: not known; NAME is one of: redis git bwrap chromium python3-pytest prometheus postgresql haproxy nginx curl docker-compose \n',
    });
    expect((await bootstrap('chromium')).err).toContain('usage: script/bootstrap [--with NAME]...');
  });

  it('prints what to type, and changes nothing, where it may not install', async () => {
    const { code, out, err } = await bootstrapWithoutRedis('apt-get');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n')).toEqual([
      'bootstrap: missing: redis (and neither root nor sudo without a password is at hand)',
      'bootstrap: Type these lines, then run this again:',
      'bootstrap:   sudo apt-get update',
      'bootstrap:   sudo DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server ',
      'bootstrap:   sudo systemctl disable --now redis-server   # Slipway starts its own',
      '',
    ]);
    expect(await calls()).toEqual(['']);
  });

  it.each([
    ['dnf', 'sudo dnf install -y valkey'],
    ['apk', 'sudo apk add redis'],
    ['pacman', 'sudo pacman -S --needed redis'],
  ])('prints the line of %s', async (manager, line) => {
    const { code, err } = await bootstrapWithoutRedis(manager);
    expect(code).toBe(1);
    expect(err).toContain(`bootstrap: Type this line, then run this again:\nbootstrap:   ${line} \n`);
    expect(await calls()).toEqual(['']);
  });
});
