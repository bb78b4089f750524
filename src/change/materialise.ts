import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PermanentFailure } from '../errors.ts';
import type { Digest, Sha } from '../ids.ts';
import type { Mirror } from './mirror.ts';
import { digestTree, readTree, type Tree, TreeDigest, type TreeEntry, walkTree } from './read-tree.ts';
import { checkSymlink } from './resolve-symlink.ts';

const ABANDONED_AFTER_MS = 60 * 60_000;
const MAX_PATH_BYTES = 3000;

/** Git refuses most of these itself; a tree is outside data, so they are checked where the files are made. */
export function checkTreePath(path: string): void {
  const bad = path === '' || Buffer.byteLength(path) > MAX_PATH_BYTES || path.includes('\0');
  const parts = path.split('/');
  if (bad || parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) {
    throw new PermanentFailure(
      'BAD_TREE',
      `the tree has a file named ${JSON.stringify(path.slice(0, 300))}, which is not a safe path`,
    );
  }
}

async function writeEntry(
  root: string,
  entry: TreeEntry,
  content: Uint8Array,
  symlinks: Map<string, string>,
): Promise<void> {
  const path = join(root, entry.path);
  // What a submodule holds is never fetched; like a plain checkout, its place stays an empty directory.
  if (entry.mode === '160000') {
    await mkdir(path, { recursive: true });
    return;
  }
  if (entry.mode === '120000') {
    symlinks.set(entry.path, Buffer.from(content).toString('utf8'));
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, entry.mode === '100755' ? 0o755 : 0o644);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

async function layOut(mirror: Mirror, tree: Tree, root: string, signal: AbortSignal): Promise<Digest> {
  for (const entry of tree.entries) checkTreePath(entry.path);
  const digest = new TreeDigest();
  const symlinks = new Map<string, string>();
  await walkTree(mirror, tree, signal, async (entry, content) => {
    digest.add(entry, content);
    await writeEntry(root, entry, content, symlinks);
  });
  for (const path of symlinks.keys()) checkSymlink(path, symlinks);
  // Links are made last, so no file was written through one.
  for (const [path, target] of symlinks) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(target, join(root, path));
  }
  return digest.end();
}

/** Removes drafts that a killed worker left. */
async function sweepDrafts(artifactsDir: string, now: number): Promise<void> {
  for (const name of await readdir(artifactsDir)) {
    if (!name.startsWith('.draft-')) continue;
    const path = join(artifactsDir, name);
    const info = await stat(path).catch(() => null);
    if (info !== null && now - info.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Lays a commit's tree out under `artifactsDir/<digest>` and returns it. The bytes are those that git holds: no checkout
 * takes place, so no filter, attribute, hook or line-ending rule of the repository has a say. The directory appears
 * whole, by one rename; one that is there already is returned as it is.
 */
export async function materialise(
  mirror: Mirror,
  artifactsDir: string,
  commit: Sha,
  signal: AbortSignal,
): Promise<{ digest: Digest; directory: string }> {
  const tree = await readTree(mirror, commit, signal);
  const digest = await digestTree(mirror, tree, signal);
  const directory = join(artifactsDir, digest);
  if (await exists(directory)) {
    // In use again: the janitor goes by age. Where it is mounted read-only, somebody else keeps it.
    const now = new Date();
    await utimes(directory, now, now).catch(() => undefined);
    return { digest, directory };
  }

  await mkdir(artifactsDir, { recursive: true });
  await sweepDrafts(artifactsDir, Date.now());
  const draft = join(artifactsDir, `.draft-${randomUUID()}`);
  await mkdir(draft);
  try {
    const written = await layOut(mirror, tree, draft, signal);
    if (written !== digest) throw new Error('a tree changed while it was read');
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another worker may have finished the same directory first.
    if (await exists(directory)) return { digest, directory };
    throw error;
  }
  return { digest, directory };
}
