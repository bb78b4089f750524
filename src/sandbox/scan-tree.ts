import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentFailure } from '../errors.ts';
import { decideLinkRefusal } from './link-target.ts';

/** Far above any repository with its dependencies; below what would fill a disk with names. */
const MAX_ENTRIES = 500_000;

/** What a tree holds, as paths relative to its root; parents come before their children. */
export interface TreeScan {
  readonly directories: readonly string[];
  readonly files: readonly string[];
  readonly links: ReadonlyMap<string, string>;
}

export function refuseTree(path: string, why: string): PermanentFailure {
  return new PermanentFailure('SANDBOX_REFUSED', `${JSON.stringify(path)} ${why}`);
}

function nameOf(entry: Dirent<Buffer>, directory: string): string {
  if (!isUtf8(entry.name))
    throw refuseTree(`${directory}/${entry.name.toString('latin1')}`, 'has a name that is not UTF-8');
  return entry.name.toString('utf8');
}

/**
 * Lists a tree without following a link. Anything called `.git` is left out: it may hold a credential and no test
 * needs it.
 *
 * @throws {PermanentFailure} SANDBOX_REFUSED naming the path: a link that leaves, a device, a fifo, a socket.
 */
export async function scanTree(root: string, signal: AbortSignal): Promise<TreeScan> {
  const directories: string[] = [];
  const files: string[] = [];
  const links = new Map<string, string>();
  if (!(await lstat(root)).isDirectory()) throw refuseTree(root, 'is not a directory');

  const pending = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    signal.throwIfAborted();
    const entries = await readdir(join(root, directory), { withFileTypes: true, encoding: 'buffer' });
    for (const entry of entries) {
      const name = nameOf(entry, directory);
      if (name.toLowerCase() === '.git') continue;
      const path = directory === '' ? name : `${directory}/${name}`;
      if (entry.isDirectory()) {
        directories.push(path);
        pending.push(path);
      } else if (entry.isFile()) files.push(path);
      else if (entry.isSymbolicLink()) links.set(path, await readlink(join(root, path)));
      else throw refuseTree(path, 'is a device, a fifo or a socket');
    }
    if (directories.length + files.length + links.size > MAX_ENTRIES)
      throw refuseTree(root, `holds more than ${MAX_ENTRIES} files`);
  }
  for (const [link, target] of links) {
    const why = decideLinkRefusal(link, links);
    if (why !== null) throw refuseTree(link, `is a symbolic link that ${why} (to ${JSON.stringify(target)})`);
  }
  return { directories, files, links };
}
