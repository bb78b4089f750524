import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { isErrorCode } from './is-error-code.ts';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface OpenBeneath {
  readonly flags: number;
  /** Of a file that is created. */
  readonly mode?: number;
  /** Make parents that are missing. */
  readonly makeParents?: boolean;
  /** Called with each directory and file that was made, e.g. to hand it to another user. */
  readonly onMade?: (handle: FileHandle) => Promise<void>;
}

async function openDirectory(base: string, name: string, options: OpenBeneath): Promise<FileHandle> {
  const path = `${base}/${name}`;
  let made = false;
  if (options.makeParents === true) {
    try {
      await mkdir(path, 0o755);
      made = true;
    } catch (error) {
      if (!isErrorCode(error, 'EEXIST')) throw error;
    }
  }
  const handle = await open(path, DIRECTORY);
  if (made) await options.onMade?.(handle);
  return handle;
}

/**
 * Opens a file below a directory and never through a link: each name is opened relative to the directory that was
 * opened before it. `/proc/self/fd/N/name` is the openat(2) that Node does not have.
 *
 * @param path relative, without `.` and `..`
 * @throws ELOOP or ENOTDIR when a part of the path is a link
 */
export async function openBeneath(root: string, path: string, options: OpenBeneath): Promise<FileHandle> {
  const names = path.split('/');
  const last = names.pop();
  if (last === undefined || last === '') throw new Error(`not a relative file path: ${path}`);
  let directory = await open(root, DIRECTORY);
  try {
    for (const name of names) {
      const next = await openDirectory(`/proc/self/fd/${directory.fd}`, name, options);
      await directory.close();
      directory = next;
    }
    const flags = options.flags | constants.O_NOFOLLOW;
    const file = await open(`/proc/self/fd/${directory.fd}/${last}`, flags, options.mode);
    if ((flags & constants.O_EXCL) !== 0) await options.onMade?.(file);
    return file;
  } finally {
    await directory.close();
  }
}
