import type { Sha } from '../ids.ts';
import { makeBlobReader } from './read-blobs.ts';
import { readTree, type Tree, type TreeEntry } from './read-tree.ts';
import type { Git } from './run-git.ts';
import { shareWork } from './share-work.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const TREES_HELD = 4;

interface Listing {
  readonly tree: Tree;
  readonly byPath: ReadonlyMap<string, TreeEntry>;
}

/** Files of commits. Reads that are asked for together share one git process. */
export interface FileReader {
  /** Text of one file; null when absent, binary, no ordinary file, or larger than 1 MB. */
  readFile(git: Git, commit: Sha, path: string, signal: AbortSignal): Promise<string | null>;
  listFiles(git: Git, commit: Sha, signal: AbortSignal): Promise<string[]>;
}

export function makeFileReader(): FileReader {
  const readBlob = makeBlobReader();
  const trees = new Map<Sha, Promise<Listing>>();

  /** Listings of the last commits asked about: an inspection reads many files of two. A commit's tree never changes. */
  async function treeOf(git: Git, commit: Sha, signal: AbortSignal): Promise<Listing> {
    return shareWork(trees, commit, signal, async () => {
      for (const oldest of [...trees.keys()].slice(0, -TREES_HELD)) trees.delete(oldest);
      const tree = await readTree(git, commit, signal);
      return { tree, byPath: new Map(tree.entries.map((entry) => [entry.path, entry])) };
    });
  }

  return {
    async readFile(git, commit, path, signal) {
      const entry = (await treeOf(git, commit, signal)).byPath.get(path);
      if (entry === undefined || entry.size > MAX_FILE_BYTES || (entry.mode !== '100644' && entry.mode !== '100755'))
        return null;
      const content = await readBlob(git, entry.object, signal);
      return content.includes(0) ? null : content.toString('utf8');
    },

    async listFiles(git, commit, signal) {
      return (await treeOf(git, commit, signal)).tree.entries.map((entry) => entry.path);
    },
  };
}
