import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import { readCopies } from './compose-file.ts';

/** The tree of the image: what the Dockerfile's last stage copies, with the packages that its `npm ci` installs. */
export function makeImage(directory: string): void {
  for (const { stage, copy } of readCopies()) {
    if (stage !== 'runtime') continue;
    for (const source of copy.sources) {
      const path = source.replace(/^\/app\//, '');
      if (path === 'node_modules') continue;
      const target = join(
        directory,
        copy.destination.endsWith('/') && copy.from === null ? copy.destination : '.',
        copy.destination === './ops/' ? (path.split('/').at(-1) ?? '') : path,
      );
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(packageRoot, path), target, { recursive: true });
    }
  }
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(packageRoot, name), join(directory, name));
  const dockerfile = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8');
  const [, OMIT] = /^ARG OMIT="([^"]+)"$/m.exec(dockerfile) ?? [];
  const [, install] = /^RUN (npm ci .*\$OMIT[^&]*?) &&/m.exec(dockerfile) ?? [];
  if (OMIT === undefined || install === undefined)
    throw new Error('the Dockerfile installs its packages in another way');
  // By the shell that the image has too.
  const env = { ...process.env, OMIT };
  execFileSync('/bin/sh', ['-c', `${install} --prefer-offline`], { cwd: directory, env, stdio: 'pipe' });
}

/** All but the stores' own directory, which they already run in. */
export function giveToImageUser(path: string, top = true): void {
  chownSync(path, 1000, 1000);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (top && (entry.name === 'stores' || entry.name === 'image')) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) giveToImageUser(child, false);
    else if (existsSync(child)) chownSync(child, 1000, 1000);
  }
}
