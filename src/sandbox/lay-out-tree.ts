import { chmodSync, constants, lchownSync, lstatSync } from 'node:fs';
import { copyFile, lchown, mkdir, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorCode } from './is-error-code.ts';
import { openBeneath } from './open-beneath.ts';
import { isSafeName } from './safe-name.ts';
import { refuseTree, scanTree, type TreeScan } from './scan-tree.ts';

/** Files in flight while copying; more gains nothing on libuv's four threads. */
const COPY_WIDTH = 16;

export interface TreeLayout {
  readonly sourceDirectory: string;
  /** Must not exist; its parent must. */
  readonly targetDirectory: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Removed from the copy when the tree brought it: a report that was there before the run proves nothing. */
  readonly reportFile: string | undefined;
  /** Who will own the copy; null = whoever runs this. */
  readonly ownerUid: number | null;
}

/** Content travels on libuv's threads; what only touches an inode is quicker done at once than sent there. */
async function copyOne(source: string, target: string, ownerUid: number | null): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const mode = lstatSync(source).mode & 0o7777;
  // The owner may write whatever git checked out; set-uid bits never travel.
  const wanted = (mode & 0o111) === 0 ? 0o644 : 0o755;
  if (mode !== wanted) chmodSync(target, wanted);
  if (ownerUid !== null) lchownSync(target, ownerUid, ownerUid);
}

async function copyTree(scan: TreeScan, layout: TreeLayout, signal: AbortSignal): Promise<void> {
  const { sourceDirectory, targetDirectory, ownerUid } = layout;
  await mkdir(targetDirectory, 0o700);
  for (const path of scan.directories) await mkdir(join(targetDirectory, path), 0o755);
  for (let at = 0; at < scan.files.length; at += COPY_WIDTH) {
    signal.throwIfAborted();
    const batch = scan.files.slice(at, at + COPY_WIDTH);
    await Promise.all(batch.map((path) => copyOne(join(sourceDirectory, path), join(targetDirectory, path), ownerUid)));
  }
  for (const [path, target] of scan.links) {
    await symlink(target, join(targetDirectory, path));
    if (ownerUid !== null) await lchown(join(targetDirectory, path), ownerUid, ownerUid);
  }
  if (ownerUid === null) return;
  for (const path of ['', ...scan.directories]) await lchown(join(targetDirectory, path), ownerUid, ownerUid);
}

function refusalOf(path: string, error: unknown): unknown {
  if (isErrorCode(error, 'EEXIST')) return refuseTree(path, 'is already in the tree; a file is never overwritten');
  if (isErrorCode(error, 'ELOOP', 'ENOTDIR', 'EMLINK'))
    return refuseTree(path, 'would be reached through a link or a file');
  return error;
}

async function addFile(layout: TreeLayout, file: { path: string; content: string }): Promise<void> {
  const { targetDirectory, ownerUid } = layout;
  try {
    const handle = await openBeneath(targetDirectory, file.path, {
      flags: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
      mode: 0o644,
      makeParents: true,
      onMade: async (made) => (ownerUid === null ? undefined : made.chown(ownerUid, ownerUid)),
    });
    try {
      await handle.writeFile(file.content);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw refusalOf(file.path, error);
  }
}

/** Parents that are links would make the later read fail; they are refused now, where the reason can be told. */
async function clearReport(targetDirectory: string, reportFile: string, scan: TreeScan): Promise<void> {
  const parts = reportFile.split('/');
  const parents = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
  const link = parents.find((parent) => scan.links.has(parent) || scan.files.includes(parent));
  if (link !== undefined) throw refuseTree(reportFile, 'would be reached through a link or a file');
  if (scan.directories.includes(reportFile))
    throw refuseTree(reportFile, 'is a directory; the report file must be one the command writes');
  if (scan.files.includes(reportFile) || scan.links.has(reportFile)) await unlink(join(targetDirectory, reportFile));
}

/**
 * Copies an untrusted tree into a fresh directory and adds files to the copy, never through a link and never over a
 * file that is there.
 *
 * @throws {PermanentFailure} SANDBOX_REFUSED naming the path that cannot be laid out safely.
 */
export async function layOutTree(layout: TreeLayout, signal: AbortSignal): Promise<void> {
  const names = [
    ...layout.files.map((file) => file.path),
    ...(layout.reportFile === undefined ? [] : [layout.reportFile]),
  ];
  const bad = names.find((name) => !isSafeName(name));
  if (bad !== undefined)
    throw refuseTree(bad.slice(0, 200), 'is not a plain relative file name (letters, digits, . _ - and /)');
  const scan = await scanTree(layout.sourceDirectory, signal);
  await copyTree(scan, layout, signal);
  if (layout.reportFile !== undefined) await clearReport(layout.targetDirectory, layout.reportFile, scan);
  for (const file of layout.files) await addFile(layout, file);
}
