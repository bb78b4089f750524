// Lets a replica read repositories it has no credentials for: for every service of slipway.yaml it makes a mirror under
// SLIPWAY_DATA_DIR that borrows all objects from the mirrors other replicas keep (git's alternates), mounted read-only.
// The lenders need not exist yet: git looks again at every call. Run once before the replica starts, and again after
// slipway.yaml names a new service.
// Usage: node ops/link-mirrors.mjs DIRECTORY-OF-THE-OTHERS
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { parseGitRemote } from '../dist/change/git-remote.js';
import { readConfig } from '../dist/config/read-config.js';
import { digestOf } from '../dist/ids.js';

const lenders = process.argv[2] ?? '';
if (!isAbsolute(lenders)) {
  process.stderr.write('usage: link-mirrors.mjs /absolute/directory/of/the/other/mirrors\n');
  process.exit(2);
}
const config = readConfig({});
const mirrors = join(config.env.dataDir, 'mirrors');
await mkdir(mirrors, { recursive: true, mode: 0o700 });
for (const [service, { repository }] of Object.entries(config.services)) {
  // The name under which src/change/mirror.ts looks for the mirror of this address.
  const name = `${digestOf(parseGitRemote(repository).url).slice(0, 32)}.git`;
  const place = join(mirrors, name);
  if (!existsSync(join(place, 'HEAD'))) {
    const draft = `${place}.linking`;
    await rm(draft, { recursive: true, force: true });
    await promisify(execFile)('git', ['init', '--quiet', '--bare', '--template=', '--initial-branch=slipway', draft], {
      env: { PATH: process.env.PATH, HOME: mirrors, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    await rename(draft, place);
  }
  await mkdir(join(place, 'objects', 'info'), { recursive: true });
  await writeFile(join(place, 'objects', 'info', 'alternates'), `${join(lenders, name, 'objects')}\n`);
  process.stdout.write(`${service}: ${name} borrows from ${lenders}\n`);
}
