import { createHash } from 'node:crypto';
import { PermanentFailure } from '../errors.ts';
import { Digest, Sha } from '../ids.ts';
import { readBlobs } from './read-blobs.ts';
import { type Git, gitOutput } from './run-git.ts';

export interface TreeEntry {
  readonly mode: '100644' | '100755' | '120000' | '160000';
  readonly object: Sha;
  readonly path: string;
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

export interface Tree {
  readonly commit: Sha;
  readonly entries: readonly TreeEntry[];
}

const MAX_ENTRIES = 300_000;
const MAX_LISTING_BYTES = 128 * 1024 * 1024;
const MAX_TREE_BYTES = 2 * 1024 ** 3;

function parseMode(mode: string): TreeEntry['mode'] {
  if (mode === '100644' || mode === '100755' || mode === '120000' || mode === '160000') return mode;
  // 100664 was written by very old git; it means an ordinary file.
  if (mode === '100664') return '100644';
  throw new PermanentFailure('BAD_TREE', `the tree has an entry of the unknown mode ${mode}`);
}

function parseEntry(record: string): TreeEntry {
  const tab = record.indexOf('\t');
  const [mode = '', , object = '', size = ''] = record.slice(0, tab).split(/ +/);
  return {
    mode: parseMode(mode),
    object: Sha.parse(object),
    path: record.slice(tab + 1),
    size: size === '-' ? 0 : Number(size),
  };
}

/** Every file of a commit, in git's own order. Attributes play no part: what git holds is what is listed. */
export async function readTree(git: Git, commit: Sha, signal: AbortSignal): Promise<Tree> {
  const out = await gitOutput(git.run, ['ls-tree', '-r', '-z', '-l', '--full-tree', '--end-of-options', commit], {
    signal,
    maxBytes: MAX_LISTING_BYTES,
  });
  const records = out
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '');
  if (records.length > MAX_ENTRIES)
    throw new PermanentFailure(
      'TREE_TOO_LARGE',
      `the tree has ${records.length} files; at most ${MAX_ENTRIES} are handled`,
    );
  return { commit, entries: records.map(parseEntry) };
}

/** Refuses a tree that is larger than what a worker lays out. */
function checkTreeSize(tree: Tree): void {
  const bytes = tree.entries.reduce((sum, entry) => sum + entry.size, 0);
  if (bytes > MAX_TREE_BYTES)
    throw new PermanentFailure(
      'TREE_TOO_LARGE',
      `the tree holds ${bytes} bytes; at most ${MAX_TREE_BYTES} are handled`,
    );
}

/**
 * The digest of an artifact: SHA-256 over one record per file in git's order, `mode NUL path NUL sha256(content) NUL`.
 * The contents are hashed again, because git's own names are SHA-1 and an artifact's identity must not rest on that;
 * it costs one read of the tree, which laying it out needs anyway. A submodule is named by its commit.
 */
export class TreeDigest {
  readonly #hash = createHash('sha256');

  add(entry: TreeEntry, content: Uint8Array): void {
    const inner = entry.mode === '160000' ? entry.object : createHash('sha256').update(content).digest('hex');
    this.#hash.update(`${entry.mode}\0${entry.path}\0${inner}\0`);
  }

  end(): Digest {
    return Digest.parse(this.#hash.digest('hex'));
  }
}

const NOTHING = new Uint8Array(0);

/** Calls `visit` for every entry in order, with its content. */
export async function walkTree(
  git: Git,
  tree: Tree,
  signal: AbortSignal,
  visit: (entry: TreeEntry, content: Uint8Array) => Promise<void> | void,
): Promise<void> {
  checkTreeSize(tree);
  const contents = readBlobs(
    git,
    tree.entries.filter((entry) => entry.mode !== '160000').map((entry) => entry.object),
    signal,
  );
  try {
    for (const entry of tree.entries) {
      if (entry.mode === '160000') {
        await visit(entry, NOTHING);
        continue;
      }
      const next = await contents.next();
      if (next.done) throw new Error('git cat-file ended before the last file');
      await visit(entry, next.value);
    }
  } finally {
    await contents.return(undefined);
  }
}

export async function digestTree(git: Git, tree: Tree, signal: AbortSignal): Promise<Digest> {
  const digest = new TreeDigest();
  await walkTree(git, tree, signal, (entry, content) => digest.add(entry, content));
  return digest.end();
}
